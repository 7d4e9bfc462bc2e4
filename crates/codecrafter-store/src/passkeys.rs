//! Passkeys, and what browsers were asked that has no answer yet.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{PasskeyId, UserId};

use crate::Result;
use crate::types::TokenHash;

/// A passkey that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// Identifier.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What authenticators call it: no two passkeys have the same.
    pub credential_id: Vec<u8>,
    /// What answers are checked with.
    pub state: PasskeyState,
    /// When.
    pub now: DateTime<Utc>,
}

/// What every use changes of a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyState {
    /// Public key and flags, in JSON that the store does not read.
    pub credential: String,
    /// How often it was used, by its own count; 0 for those that do not count.
    pub counter: u32,
    /// Whether it is kept on more than one device.
    pub backed_up: bool,
}

/// A passkey that somebody presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// Identifier.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// As in [`PasskeyState`].
    pub credential: String,
}

/// What a browser was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCeremony {
    /// What of its token is stored.
    pub token: TokenHash,
    /// Who it is asked of, if that is known.
    pub user: Option<UserId>,
    /// What the answer is checked with; the store does not read it.
    pub state: Vec<u8>,
    /// When.
    pub now: DateTime<Utc>,
    /// Until when it can be answered.
    pub expires_at: DateTime<Utc>,
    /// Ceremonies that a user may have, this one included: the oldest go.
    pub most: u64,
}

/// What a browser was asked, taken out of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// Who it was asked of, if that was known.
    pub user: Option<UserId>,
    /// As it was kept.
    pub state: Vec<u8>,
}

/// Passkeys of accounts. Guests and deleted accounts are `NotFound` where something is added.
#[async_trait]
pub trait PasskeyStore: Send + Sync {
    /// Adds a passkey, and recovery codes where the user has none, in one step; whether these were kept.
    /// `Full("passkeys")` where the user has `most` of them already, `Conflict("credential_id")` where it is known.
    async fn add_passkey(&self, new: &NewPasskey, most: u64, codes: &[TokenHash]) -> Result<bool>;
    /// A user's passkeys, the oldest first.
    async fn passkeys(&self, user: UserId) -> Result<Vec<StoredPasskey>>;
    /// The passkey that authenticators call so.
    async fn passkey_by_credential(&self, credential_id: &[u8]) -> Result<Option<StoredPasskey>>;
    /// Notes a use. `false`, and nothing changed, where the passkey is gone or does not count further than before
    /// (though it counts, or did).
    async fn note_passkey_used(&self, id: PasskeyId, state: &PasskeyState, now: DateTime<Utc>) -> Result<bool>;
    /// Gives a passkey another name; whether that user had it.
    async fn rename_passkey(&self, user: UserId, id: PasskeyId, name: &str) -> Result<bool>;
    /// Removes a passkey, and the recovery codes with the last factor; whether that user had it.
    async fn remove_passkey(&self, user: UserId, id: PasskeyId) -> Result<bool>;
    /// Keeps what a browser was asked. What was asked of a user ends whenever all of their logins do.
    async fn keep_ceremony(&self, new: &NewCeremony) -> Result<()>;
    /// Takes out what a browser was asked, unless it has expired: of several at once, one gets it.
    async fn take_ceremony(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Ceremony>>;
    /// Forgets ceremonies that have expired; how many.
    async fn purge_ceremonies(&self, now: DateTime<Utc>) -> Result<u64>;
}
