//! Where the store is, by URL scheme.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Which engine holds the data.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// `sqlite:<path>`: one file, made when missing.
    Sqlite {
        /// The database file.
        path: PathBuf,
    },
    /// `postgres://user:password@host:port/database?options`: a database of a PostgreSQL server.
    Postgres {
        /// As libpq has it (<https://www.postgresql.org/docs/current/libpq-connect.html>, 32.1.1.2); holds a password.
        url: Url,
    },
    /// `mongodb://user:password@host:port,host:port/database?options`, or `mongodb+srv://`: a database of a server, or of a
    /// replica set, that speaks MongoDB's protocol.
    Mongo {
        /// As MongoDB has it (<https://www.mongodb.com/docs/manual/reference/connection-string/>); holds a password.
        url: String,
    },
}

/// The URL without what is secret in it.
impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "sqlite:{}", path.display()),
            // Options may hold a password, too.
            Self::Postgres { url } => write!(
                f,
                "postgres://{}{}{}",
                url.host_str().unwrap_or_default(),
                url.port().map(|port| format!(":{port}")).unwrap_or_default(),
                url.path()
            ),
            Self::Mongo { url } => write!(f, "{}", mongo_shown(url)),
        }
    }
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreConfig({self})")
    }
}

impl FromStr for StoreConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite { path: path.into() }),
            Some(("postgres" | "postgresql", _)) => postgres(text),
            Some(("mongodb" | "mongodb+srv", _)) => mongo(text),
            // Not the text itself: it may hold a password.
            _ => Err(
                "the store is not known: use sqlite:<path>, postgres://user:password@host/database or \
                      mongodb://user:password@host/database"
                    .into(),
            ),
        }
    }
}

fn postgres(text: &str) -> Result<StoreConfig, String> {
    let url = Url::parse(text).map_err(|error| format!("the store's postgres: URL cannot be read: {error}"))?;
    if url.path().len() < 2 {
        return Err("the store's postgres: URL names no database: postgres://user:password@host/database".into());
    }
    Ok(StoreConfig::Postgres { url })
}

/// A MongoDB URL in its parts: scheme, hosts and database. Several hosts make it none of the common kind.
fn mongo_parts(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let (rest, _options) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = rest.split_once('/')?;
    // A password has its own @ and / encoded.
    let hosts = hosts.rsplit_once('@').map_or(hosts, |(_secret, hosts)| hosts);
    (!hosts.is_empty() && !database.is_empty()).then_some((scheme, hosts, database))
}

fn mongo_shown(text: &str) -> String {
    let (scheme, hosts, database) = mongo_parts(text).unwrap_or(("mongodb", "", ""));
    format!("{scheme}://{hosts}/{database}")
}

fn mongo(text: &str) -> Result<StoreConfig, String> {
    match mongo_parts(text) {
        Some(_) => Ok(StoreConfig::Mongo { url: text.to_owned() }),
        None => {
            Err("the store's mongodb: URL names no host or no database: mongodb://user:password@host/database".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_checked() {
        assert_eq!(
            "sqlite:/a/b.db".parse(),
            Ok(StoreConfig::Sqlite { path: "/a/b.db".into() })
        );
        for right in [
            "postgres://u:p@h/db",
            "postgresql://h:5433/db?sslmode=require",
            "mongodb://h/db",
            "mongodb://u:p@h:1,i:2/db?replicaSet=rs0",
            "mongodb+srv://u:p@h/db",
        ] {
            assert!(right.parse::<StoreConfig>().is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "sqlite:",
            "mysql://x",
            "/a/b.db",
            "postgres:",
            "postgres://h",
            "postgres://h/",
            "mongodb:",
            "mongodb://h",
            "mongodb://h/?replicaSet=rs0",
            "mongodb:///db",
        ] {
            assert!(wrong.parse::<StoreConfig>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        let config: StoreConfig = "postgres://user:hunter2@db.example:5433/cc?password=hunter2"
            .parse()
            .unwrap();
        assert_eq!(config.to_string(), "postgres://db.example:5433/cc");
        assert!(!format!("{config:?}").contains("hunter2"));
        let config: StoreConfig = "mongodb://user:hunter2@a:1,b:2/cc?authSource=hunter2".parse().unwrap();
        assert_eq!(config.to_string(), "mongodb://a:1,b:2/cc");
        assert!(!format!("{config:?}").contains("hunter2"));
        for wrong in [
            "mongodb://user:hunter2@h",
            "mysql://user:hunter2@h/d",
            "postgres://user:hunter2@h:port/d",
            "postgres://user:hunter2@h",
        ] {
            assert!(!wrong.parse::<StoreConfig>().unwrap_err().contains("hunter2"));
        }
    }
}
