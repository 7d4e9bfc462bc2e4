//! What shows who signs in besides the password.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// What an account has set up. Logins ask for one of these after the password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecondFactors {
    /// One-time codes of an authenticator app; null where not set up.
    #[schema(required)]
    pub totp: Option<Totp>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

impl SecondFactors {
    /// Whether logins ask for one.
    pub const fn is_asked_for(&self) -> bool {
        self.totp.is_some()
    }
}

/// One-time codes (TOTP, RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totp {
    /// Since when they are asked for.
    pub enabled_at: DateTime<Utc>,
}
