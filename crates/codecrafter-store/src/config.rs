//! Where the store is, by URL scheme.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which engine holds the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// `sqlite:<path>`: one file, made when missing.
    Sqlite {
        /// The database file.
        path: PathBuf,
    },
}

/// The URL without what is secret in it.
impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path } => write!(f, "sqlite:{}", path.display()),
        }
    }
}

impl FromStr for StoreConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite { path: path.into() }),
            _ => Err(format!("store {text:?} is not known: use sqlite:<path>")),
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
        for wrong in ["", "sqlite:", "mysql://x", "/a/b.db"] {
            assert!(wrong.parse::<StoreConfig>().is_err(), "{wrong:?}");
        }
    }
}
