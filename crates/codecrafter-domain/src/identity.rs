//! Who somebody is at a single sign-on provider.

use std::fmt;

use chrono::{DateTime, Utc};

/// Longest name of a provider.
const NAME_CHARS: usize = 32;

/// A provider's name in settings and addresses: lower case letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(String);

impl ProviderName {
    /// Checks a name: 1 to 32 lower case letters, digits and `-`, the first a letter.
    pub fn new(name: &str) -> Result<Self, String> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=NAME_CHARS).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(is_plain);
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(format!(
                "must have 1 to {NAME_CHARS} lower case letters, digits and -, the first a letter"
            ))
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody at a provider who signs in to an account here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// By what its owner knows it: their address or user name there.
    pub name: String,
    /// When it was connected.
    pub created_at: DateTime<Utc>,
    /// When it signed in last.
    pub used_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for right in ["google", "g2", "our-keycloak"] {
            assert!(ProviderName::new(right).is_ok(), "{right}");
        }
        for wrong in ["", "Google", "2g", "-a", "a b", "a/b", "a_b", "é", &"a".repeat(33)] {
            assert!(ProviderName::new(wrong).is_err(), "{wrong}");
        }
    }
}
