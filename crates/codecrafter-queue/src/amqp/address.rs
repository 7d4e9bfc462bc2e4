//! Where the broker is: `amqp://user:password@host:port/vhost?prefix=codecrafter.`.

use std::fmt;
use std::str::FromStr;

use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use url::Url;

/// Begins the names of our queues.
const PREFIX: &str = "codecrafter.";
/// Names of queues have 255 bytes; this leaves room for ours.
const PREFIX_MAX: usize = 100;
/// Jobs of one class that may wait. The broker keeps this with the queue, which cannot be declared with another value.
const CAPACITY: u32 = 10_000;
/// Seconds of silence, twice, after which a peer is thought gone.
const HEARTBEAT: u16 = 10;

/// How to reach a broker, and which queues to use there. Holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct AmqpConfig {
    pub(super) uri: AMQPUri,
    pub(super) prefix: String,
    pub(super) capacity: u32,
}

impl AmqpConfig {
    /// With room for so many jobs of each class. Queues that are there already must have been made with as many.
    #[must_use]
    pub fn with_capacity(self, capacity: u32) -> Self {
        Self { capacity, ..self }
    }

    pub(super) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }
}

/// Without user and password.
impl fmt::Display for AmqpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AMQPAuthority { host, port, .. } = &self.uri.authority;
        let vhost = self.uri.vhost.strip_prefix('/').unwrap_or(&self.uri.vhost);
        if host.contains(':') {
            write!(f, "{}://[{host}]:{port}/{vhost}", self.uri.scheme)
        } else {
            write!(f, "{}://{host}:{port}/{vhost}", self.uri.scheme)
        }
    }
}

impl fmt::Debug for AmqpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AmqpConfig({self}, prefix {:?}, {} jobs)",
            self.prefix, self.capacity
        )
    }
}

impl FromStr for AmqpConfig {
    type Err = String;

    // No message holds the text itself, since that holds a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|error| format!("the amqp: URL cannot be read: {error}"))?;
        let scheme: AMQPScheme = url.scheme().parse()?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("the amqp: URL names no host: amqp://user:password@host:port/vhost")?;
        if url.fragment().is_some() {
            return Err("the amqp: URL has a #: write it as %23 in user, password and vhost".into());
        }
        let authority = AMQPAuthority {
            userinfo: userinfo(&url)?,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(scheme.default_port()),
        };
        let query = AMQPQueryString {
            heartbeat: Some(HEARTBEAT),
            ..AMQPQueryString::default()
        };
        Ok(Self {
            prefix: prefix(&url)?,
            uri: AMQPUri {
                scheme,
                authority,
                vhost: vhost(&url)?,
                query,
            },
            capacity: CAPACITY,
        })
    }
}

/// The broker's own first user where none is named; brokers take that one from their own machine only.
fn userinfo(url: &Url) -> Result<AMQPUserInfo, String> {
    let (username, password) = match (url.username(), url.password()) {
        ("", None) => ("guest", "guest"),
        (user, password) => (user, password.unwrap_or_default()),
    };
    Ok(AMQPUserInfo {
        username: decode("user", username)?,
        password: decode("password", password)?,
    })
}

/// None means `/`, the one that every broker begins with.
fn vhost(url: &Url) -> Result<String, String> {
    let path = url.path().strip_prefix('/').unwrap_or_default();
    if path.contains('/') {
        return Err("the amqp: URL's vhost has a / in it: write it as %2F".into());
    }
    Ok(match decode("vhost", path)? {
        vhost if vhost.is_empty() => "/".to_owned(),
        vhost => vhost,
    })
}

fn prefix(url: &Url) -> Result<String, String> {
    let mut prefix = PREFIX.to_owned();
    for (key, value) in url.query_pairs() {
        if key != "prefix" {
            return Err("the amqp: URL has an option that is not known: there is only ?prefix=".into());
        }
        prefix = value.into_owned();
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if prefix.is_empty() || prefix.len() > PREFIX_MAX || !prefix.chars().all(fits) {
        return Err(format!(
            "the amqp: URL's prefix must be 1 to {PREFIX_MAX} of A-Z, a-z, 0-9, dot, underscore and dash"
        ));
    }
    Ok(prefix)
}

fn decode(part: &str, text: &str) -> Result<String, String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| format!("the amqp: URL's {part} is not percent-encoded UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> AmqpConfig {
        text.parse().expect(text)
    }

    #[test]
    fn parts_are_found() {
        let config = parse("amqps://ada:p%40ss%2Fword@mq.example:5673/a%2Fb?prefix=test-1.");
        assert_eq!(config.uri.authority.userinfo.password, "p@ss/word");
        assert_eq!(config.uri.vhost, "a/b");
        assert_eq!(config.prefix, "test-1.");
        assert_eq!(config.to_string(), "amqps://mq.example:5673/a/b");
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        for text in ["amqp://h", "amqp://h/", "amqp://h/%2F"] {
            let config = parse(text);
            assert_eq!((config.user(), config.uri.vhost.as_str()), ("guest", "/"), "{text}");
            assert_eq!(config.to_string(), "amqp://h:5672/");
            assert_eq!(config.prefix, PREFIX);
        }
        assert_eq!(parse("amqps://h").uri.authority.port, 5671);
        assert_eq!(parse("amqp://[::1]:5672").uri.authority.host, "::1");
    }

    #[test]
    fn mistakes_are_named_without_the_password() {
        for (text, named) in [
            ("amqp:", "host"),
            ("amqp://", "host"),
            ("amqp://ada:hunter2@h:port/", "port"),
            ("amqp://ada:hunter2@h/a/b", "%2F"),
            ("amqp://ada:hunter2@h/%ff", "vhost"),
            ("amqp://ada:hunter2@h/?heartbeat=1", "option"),
            ("amqp://ada:hunter2@h/?prefix=", "prefix"),
            ("amqp://ada:hunter2@h/?prefix=a/b", "prefix"),
            ("amqp://ada:hunter2@h/v#x", "%23"),
        ] {
            let refused = text.parse::<AmqpConfig>().expect_err(text);
            assert!(
                refused.contains(named) && !refused.contains("hunter2"),
                "{text}: {refused}"
            );
        }
        let shown = format!("{0} {0:?}", parse("amqp://ada:hunter2@h/v"));
        assert!(!shown.contains("hunter2") && !shown.contains("ada"), "{shown}");
    }
}
