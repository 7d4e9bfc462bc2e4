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
            // Not the text itself: it may hold a password.
            _ => Err("the store is not known: use sqlite:<path> or postgres://user:password@host/database".into()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_checked() {
        assert_eq!(
            "sqlite:/a/b.db".parse(),
            Ok(StoreConfig::Sqlite { path: "/a/b.db".into() })
        );
        for right in ["postgres://u:p@h/db", "postgresql://h:5433/db?sslmode=require"] {
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
        for wrong in [
            "mysql://user:hunter2@h/d",
            "postgres://user:hunter2@h:port/d",
            "postgres://user:hunter2@h",
        ] {
            assert!(!wrong.parse::<StoreConfig>().unwrap_err().contains("hunter2"));
        }
    }
}
