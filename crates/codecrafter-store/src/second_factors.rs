//! What shows who signs in besides the password, and logins that wait for it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::second_factor::SecondFactors;

use crate::Result;
use crate::types::TokenHash;

/// A secret of one-time codes as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTotp {
    /// Encrypted.
    pub secret: Vec<u8>,
    /// Since when it is asked for; not yet where `None`.
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// A login that waits for the second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChallenge {
    /// What of its token is stored.
    pub token: TokenHash,
    /// Who signs in.
    pub user: UserId,
    /// When.
    pub now: DateTime<Utc>,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// Challenges that the user may have, this one included: the oldest go.
    pub most: u64,
}

/// Second factors of accounts. Guests and deleted accounts are `NotFound` where something is added.
#[async_trait]
pub trait SecondFactorStore: Send + Sync {
    /// What is set up.
    async fn second_factors(&self, user: UserId) -> Result<SecondFactors>;
    /// Keeps a secret that is not asked for yet, in place of another such. `Conflict("totp")` where one is asked for.
    async fn begin_totp(&self, user: UserId, secret: &[u8], now: DateTime<Utc>) -> Result<()>;
    /// The secret, asked for or not yet.
    async fn totp(&self, user: UserId) -> Result<Option<StoredTotp>>;
    /// Has this very secret be asked for from now on, with this step spent, and replaces the recovery codes, in one
    /// step; whether it was there and not asked for yet.
    async fn confirm_totp(
        &self,
        user: UserId,
        secret: &[u8],
        step: u64,
        codes: &[TokenHash],
        now: DateTime<Utc>,
    ) -> Result<bool>;
    /// Spends a step of the secret that is asked for; `false` if it, or a later one, was spent before.
    async fn spend_totp(&self, user: UserId, step: u64) -> Result<bool>;
    /// Forgets the secret, and the recovery codes with the last factor; whether it was asked for.
    async fn remove_totp(&self, user: UserId) -> Result<bool>;
    /// Uses a recovery code up; whether it was one.
    async fn spend_recovery_code(&self, user: UserId, code: &TokenHash) -> Result<bool>;
    /// Replaces all recovery codes. `Conflict("second_factor")` where nothing is set up.
    async fn replace_recovery_codes(&self, user: UserId, codes: &[TokenHash]) -> Result<()>;
    /// Forgets everything that was set up, passkeys included, and logins that wait for it; whether anything was asked for.
    async fn reset_second_factors(&self, user: UserId) -> Result<bool>;
    /// Keeps a login that waits. It ends whenever all of the user's logins do. `Conflict("deactivated")` where the user
    /// may not sign in.
    async fn create_challenge(&self, new: &NewChallenge) -> Result<()>;
    /// Who signs in, without counting a try; `None` as with [`Self::try_challenge`].
    async fn challenge_user(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>>;
    /// Counts a try, and says who signs in; `None` once it has expired, ended, or had `most` tries.
    async fn try_challenge(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>>;
    /// Ends the waiting; whether it still went on: of several at once, one gets `true`.
    async fn end_challenge(&self, token: &TokenHash) -> Result<bool>;
}
