//! API keys: what programs sign in with, each for a part of what its user may do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::ApiKeyId;

/// Keys that one user may have at the same time.
pub const MOST_KEYS: u64 = 25;
/// Longest name of a key, in characters.
pub const NAME_CHARS: usize = 64;

/// What a key is good for. Each is a part of what its user may do, and none is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything that the user may look at.
    Read,
    /// Run programs and follow them.
    Execute,
    /// Make, change and edit sessions, chat and documents included.
    Sessions,
    /// What platform admins do; nothing for everybody else.
    Admin,
}

impl Scope {
    /// Its word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Execute => "execute",
            Self::Sessions => "sessions",
            Self::Admin => "admin",
        }
    }
}

/// An API key as its user sees it. Never holds the key itself or its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Identifier.
    pub id: ApiKeyId,
    /// What its user calls it, 1 to 64 characters.
    pub name: String,
    /// What it is good for, each once.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is refused; null for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, within a minute or so; null for never.
    pub last_used_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_named_as_in_json() {
        for scope in [Scope::Read, Scope::Execute, Scope::Sessions, Scope::Admin] {
            assert_eq!(serde_json::to_value(scope).expect("JSON"), scope.name());
        }
    }
}
