//! URLs of Redis servers.

use std::fmt;

use percent_encoding::percent_decode_str;

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// Longest prefix, in bytes.
const MAX_PREFIX: usize = 64;
const FORMS: &str = "redis://user:password@host:port/database, rediss:// for TLS, redis+sentinel://host,host/master or \
                     redis+cluster://host,host";

/// Which servers, and what is said to them. Shown without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// How the servers belong together.
    pub servers: RedisServers,
    /// Name and port of each.
    pub hosts: Vec<(String, u16)>,
    /// Whether connections are encrypted and the servers' certificates checked.
    pub tls: bool,
    /// User of the access list, where it is not `default`.
    pub user: Option<String>,
    /// Secret.
    pub password: Option<String>,
    /// Number of the database; always 0 in a cluster.
    pub database: u16,
    /// What the names of all keys and channels begin with.
    pub prefix: String,
}

/// How Redis servers belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisServers {
    /// One server.
    One,
    /// The hosts are Sentinels, who know which server is the master of this name.
    Sentinel {
        /// The name that the Sentinels watch it under.
        master: String,
    },
    /// The hosts are some nodes of a cluster.
    Cluster,
}

impl RedisConfig {
    fn scheme(&self) -> &'static str {
        match (&self.servers, self.tls) {
            (RedisServers::One, false) => "redis",
            (RedisServers::One, true) => "rediss",
            (RedisServers::Sentinel { .. }, _) => "redis+sentinel",
            (RedisServers::Cluster, _) => "redis+cluster",
        }
    }
}

impl fmt::Display for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme())?;
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
            write!(f, "{comma}{open}{host}{close}:{port}")?;
        }
        match &self.servers {
            RedisServers::Sentinel { master } => write!(f, "/{master}"),
            RedisServers::One if self.database > 0 => write!(f, "/{}", self.database),
            RedisServers::One | RedisServers::Cluster => Ok(()),
        }
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisConfig({self})")
    }
}

/// Reads what stands after `scheme://`. Errors never repeat it: it may hold a password.
pub(super) fn parse(scheme: &str, rest: &str) -> Result<RedisConfig, String> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    let (servers, port) = match scheme {
        "redis" | "rediss" => (RedisServers::One, PORT),
        "redis+sentinel" => (RedisServers::Sentinel { master: master(path)? }, SENTINEL_PORT),
        "redis+cluster" => (RedisServers::Cluster, PORT),
        "rediss+sentinel" | "rediss+cluster" => {
            return Err("TLS is for one Redis server only, not for Sentinel or a cluster".into());
        }
        _ => return Err(format!("the bus is not known: use {FORMS}")),
    };
    let hosts = hosts
        .split(',')
        .map(|text| host(text, port))
        .collect::<Result<Vec<_>, _>>()?;
    if servers == RedisServers::One && hosts.len() > 1 {
        return Err("redis:// names one host; several are for redis+sentinel:// or redis+cluster://".into());
    }
    let database = if servers == RedisServers::One { path } else { "" };
    if servers == RedisServers::Cluster && !path.is_empty() {
        return Err("a Redis cluster has no databases: redis+cluster://host,host".into());
    }
    let (user, password) = login.map_or(Ok((None, None)), credentials)?;
    Ok(RedisConfig {
        servers,
        hosts,
        tls: scheme == "rediss",
        user,
        password,
        database: match database {
            "" => 0,
            number => number
                .parse()
                .map_err(|_| "a Redis database is a number: redis://host:port/0")?,
        },
        prefix: prefix(query)?,
    })
}

fn master(path: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if path.is_empty() || !path.chars().all(allowed) {
        return Err("Sentinels need the name of a master: redis+sentinel://host,host/master".into());
    }
    Ok(path.to_owned())
}

fn host(text: &str, default: u16) -> Result<(String, u16), String> {
    let wrong = || format!("a host of the Redis URL cannot be read: use {FORMS}");
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(wrong)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            (
                address,
                port.strip_prefix(':')
                    .or(port.is_empty().then_some(""))
                    .ok_or_else(wrong)?,
            )
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(wrong());
    }
    let port = match port {
        "" => default,
        port => port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?,
    };
    Ok((name.to_owned(), port))
}

fn credentials(login: &str) -> Result<(Option<String>, Option<String>), String> {
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded
            .map(|text| Some(text.into_owned()).filter(|text| !text.is_empty()))
            .map_err(|_| "user or password of the Redis URL is not percent-encoded UTF-8".to_owned())
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (user, password) = (decode(user)?, decode(password)?);
    if user.is_some() && password.is_none() {
        return Err("the Redis URL names a user without a password: redis://user:password@host".into());
    }
    Ok((user, password))
}

fn prefix(query: &str) -> Result<String, String> {
    match query.split_once('=') {
        None if query.is_empty() => Ok("codecrafter".into()),
        Some(("prefix", prefix)) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if prefix.is_empty() || prefix.len() > MAX_PREFIX || !prefix.chars().all(allowed) {
                return Err("the prefix of the Redis URL is 1 to 64 letters, digits and -_.".into());
            }
            Ok(prefix.to_owned())
        }
        _ => Err("the Redis URL knows one option: ?prefix=name".into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::BusConfig;

    fn shown(text: &str) -> String {
        text.parse::<BusConfig>()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .to_string()
    }

    #[test]
    fn forms_are_read() {
        assert_eq!(shown("memory:"), "memory:");
        assert_eq!(shown("redis://h"), "redis://h:6379");
        assert_eq!(shown("rediss://u:p@h:1/2"), "rediss://h:1/2");
        assert_eq!(shown("redis://:p@[::1]:7?prefix=a"), "redis://[::1]:7");
        assert_eq!(
            shown("redis+sentinel://a,b:9/main"),
            "redis+sentinel://a:26379,b:9/main"
        );
        assert_eq!(shown("redis+cluster://a,b"), "redis+cluster://a:6379,b:6379");
    }

    #[test]
    fn logins_are_decoded() {
        let parsed = super::parse("redis", "a%40b:p%3A%2F@h").expect("right");
        assert_eq!(
            (parsed.user.as_deref(), parsed.password.as_deref()),
            (Some("a@b"), Some("p:/"))
        );
        let parsed = super::parse("redis", ":p@h").expect("right");
        assert_eq!((parsed.user, parsed.password.as_deref()), (None, Some("p")));
    }

    #[test]
    fn wrong_ones_are_refused_without_showing_secrets() {
        for wrong in [
            "",
            "memory",
            "redis:",
            "redis://",
            "redis://u:hunter2@",
            "redis://u:hunter2@h:0",
            "redis://u:hunter2@h:99999",
            "redis://u:hunter2@h/x",
            "redis://u:hunter2@a,b",
            "redis://hunter2@h",
            "redis://u:hunter2@h?password=hunter2",
            "redis://u:hunter2@h?prefix=",
            "redis://u:hunter2@[::1",
            "redis://u:%FFhunter2@h",
            "redis+sentinel://u:hunter2@h",
            "redis+cluster://u:hunter2@h/1",
            "rediss+cluster://u:hunter2@h",
            "redis+other://u:hunter2@h",
            "nats://u:hunter2@h",
        ] {
            let refused = wrong.parse::<BusConfig>().expect_err(wrong);
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let config: BusConfig = "redis://u:hunter2@h".parse().expect("right");
        assert!(!format!("{config} {config:?}").contains("hunter2"));
    }
}
