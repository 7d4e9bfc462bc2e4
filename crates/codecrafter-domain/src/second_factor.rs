//! What shows who signs in besides the password.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::id::PasskeyId;

/// What an account has set up. Logins ask for one of these after the password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecondFactors {
    /// One-time codes of an authenticator app; null where not set up.
    #[schema(required)]
    pub totp: Option<Totp>,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

impl SecondFactors {
    /// Whether logins ask for one.
    pub const fn is_asked_for(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// One-time codes (TOTP, RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totp {
    /// Since when they are asked for.
    pub enabled_at: DateTime<Utc>,
}

/// A passkey (`WebAuthn`): what a device, or what several devices share, signs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Passkey {
    /// Identifier.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is kept on more than one device.
    pub backed_up: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody signed in by it last; null for never.
    #[schema(required)]
    pub used_at: Option<DateTime<Utc>>,
}
