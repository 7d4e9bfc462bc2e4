//! Port Store: durable data, one trait per entity.
//!
//! One method is one atomic step; no transaction crosses the port. `open` chooses the adapter by
//! URL scheme and migrates it; `conformance` is the suite that each one passes.

mod config;
pub mod conformance;
mod convert;
mod copy;
pub mod documents;
mod error;
pub mod executions;
pub mod mongo;
mod page;
pub mod passkeys;
pub mod second_factors;
pub mod sql;
pub mod types;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Device, Login, Preferences, PreferencesPatch};
use codecrafter_domain::admin::{Account, AccountUsage, Node, Quota};
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::audit::AuditEntry;
use codecrafter_domain::chat::{ChatMessage, Notes, Unread};
use codecrafter_domain::execution::ExecutionHead;
use codecrafter_domain::id::{ApiKeyId, ExecutionId, InviteId, LoginId, MessageId, SessionId, SnapshotId, UserId};
use codecrafter_domain::identity::Identity;
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Ban, Invite, Participant, Session, Waiting};
use codecrafter_domain::snapshot::{FileText, Snapshot};
use codecrafter_domain::user::User;

pub use config::StoreConfig;
pub use copy::{Progress, copy};
pub use documents::DocumentStore;
pub use error::StoreError;
pub use executions::{CallbackStore, DeadLetterStore, ExecutionStore};
pub use passkeys::PasskeyStore;
pub use second_factors::SecondFactorStore;
pub use sql::SCHEMA_VERSION;
use types::{
    AccountFilter, Added, Admission, AnyExecutionFilter, AnySessionFilter, AuditFilter, Confirmed, Connected, Farewell,
    Join, KeyHolder, LinkPurpose, NewApiKey, NewBan, NewLink, NewLogin, NewMessage, NewSnapshot, Page, PageRequest,
    Rotation, SessionFilter, SessionPatch, SessionScope, TokenHash, UserPatch,
};

/// Shorthand for this port's answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Accounts.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Adds an account. `Conflict("username")` or `Conflict("email")` where taken.
    async fn create_user(&self, user: &User, password_hash: &str) -> Result<()>;
    /// An account by id; `NotFound`.
    async fn user(&self, id: UserId) -> Result<User>;
    /// An account and its password hash by (folded) name or address; `NotFound`, as for guests.
    async fn user_by_login(&self, login: &str) -> Result<(User, String)>;
    /// Changes what the patch holds; returns the account as it is then.
    async fn update_user(&self, id: UserId, patch: &UserPatch) -> Result<User>;
    /// Ends all of a user's logins and refuses new ones, in one step; whether that was not so already.
    async fn deactivate(&self, id: UserId, now: DateTime<Utc>) -> Result<bool>;
    /// Lets a user sign in again; whether they could not.
    async fn activate(&self, id: UserId) -> Result<bool>;
}

/// Logins: families of refresh tokens, each token used once. Only hashes are stored.
#[async_trait]
pub trait LoginStore: Send + Sync {
    /// Begins a login with its first refresh token. `Conflict("deactivated")` where the user may not sign in.
    async fn create_login(&self, new: &NewLogin) -> Result<()>;
    /// Replaces a token by its successor, atomically: of two calls with one token one gets `Reused`,
    /// which ends the whole login. Notes with what it was used, and when.
    async fn rotate(
        &self,
        old: &TokenHash,
        new: &TokenHash,
        device: &Device,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation>;
    /// Ends the login that a token belongs to, if any; returns it and whose it was.
    async fn end_login(&self, token: &TokenHash) -> Result<Option<(UserId, LoginId)>>;
    /// Ends one login of this user; whether there was one that had not ended.
    async fn end_login_of(&self, user: UserId, id: LoginId) -> Result<bool>;
    /// Ends a user's logins, all or all but one; returns how many had not ended.
    async fn end_logins(&self, user: UserId, keep: Option<LoginId>) -> Result<u64>;
    /// A user's logins that have neither ended nor expired, the one used last first.
    async fn logins(&self, user: UserId, now: DateTime<Utc>) -> Result<Vec<Login>>;
    /// Whose login it is, if it has neither ended nor expired.
    async fn login_user(&self, id: LoginId, now: DateTime<Utc>) -> Result<Option<User>>;
    /// Whether a login has neither ended nor expired.
    async fn login_is_live(&self, id: LoginId, now: DateTime<Utc>) -> Result<bool>;
}

/// API keys. Only hashes are stored.
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Adds a key. `Full("api_keys")` where the user has `most` of them already, counted in the same step;
    /// `Conflict("deactivated")` where they may not sign in.
    async fn create_api_key(&self, new: &NewApiKey, most: u64) -> Result<()>;
    /// A user's keys, newest first, those that have expired included.
    async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>>;
    /// Removes a key; whether that user had it.
    async fn delete_api_key(&self, user: UserId, id: ApiKeyId) -> Result<bool>;
    /// A key that has not expired, and its user, unless they may not sign in.
    async fn api_key_holder(&self, id: ApiKeyId, now: DateTime<Utc>) -> Result<Option<KeyHolder>>;
    /// Notes when keys were used last; earlier moments and unknown keys change nothing.
    async fn note_api_keys_used(&self, used: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()>;
}

/// Passwords, addresses and preferences of accounts, and their end. Guests and deleted accounts are `NotFound`.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// The hash of an account's password.
    async fn password_hash(&self, id: UserId) -> Result<String>;
    /// Replaces the password, ends the logins (all, or all but one) and forgets links that would replace it, in one
    /// step; returns how many logins had not ended.
    async fn set_password(&self, id: UserId, hash: &str, keep: Option<LoginId>) -> Result<u64>;
    /// Keeps a link that is sent.
    async fn add_link(&self, new: &NewLink) -> Result<()>;
    /// Whose link it is, if it is for this and can still be used.
    async fn link_user(&self, token: &TokenHash, purpose: LinkPurpose, now: DateTime<Utc>) -> Result<Option<User>>;
    /// Uses a link up: replaces the password as [`Self::set_password`] does for all logins, and confirms the address if
    /// it is still the account's; if it was not confirmed before, identities, passkeys and API keys are forgotten: they
    /// may be of somebody who only claimed the address. `None` (and nothing changed) if the link cannot be used (any more).
    async fn reset_password(&self, token: &TokenHash, hash: &str, now: DateTime<Utc>) -> Result<Option<UserId>>;
    /// Says which address is to replace the present one once it is confirmed, if any; links for others are forgotten.
    /// `Conflict("email")` where another account has it.
    async fn set_pending_email(&self, id: UserId, email: Option<&str>) -> Result<User>;
    /// Uses a link up: confirms the account's address, or replaces it by the pending one and forgets all links to the
    /// one before. `None` if the link cannot be used (any more), `Conflict("email")` where another account has got it.
    async fn confirm_email(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Confirmed>>;
    /// How somebody likes the page; the defaults unless they have said so.
    async fn preferences(&self, id: UserId) -> Result<Preferences>;
    /// Changes what the patch holds; returns what is then.
    async fn patch_preferences(&self, id: UserId, patch: &PreferencesPatch) -> Result<Preferences>;
    /// Ends an account for good, in one step: its logins, links and preferences, its runs outside of sessions, and all
    /// that tells whose it was. It leaves its sessions; its own go to the admin who has been there longest, or else are
    /// deleted. What it wrote elsewhere stays, under the name of nobody.
    async fn delete_account(&self, id: UserId, now: DateTime<Utc>) -> Result<Farewell>;
}

/// Who accounts are at single sign-on providers: each identity is one account's, which has one of each issuer.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// Whose identity it is; notes that it was used.
    async fn identity_user(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<Option<User>>;
    /// Adds an account without a password, with this identity. `Conflict` over `username`, `email` or `identities`.
    async fn create_user_of(&self, user: &User, identity: &Identity) -> Result<()>;
    /// Connects an account. `Conflict("identities")` where the identity is another's, `Conflict("connected")` where the
    /// account has another one of that issuer, `Conflict("deactivated")` where the user may not sign in.
    async fn connect(&self, user: UserId, identity: &Identity) -> Result<()>;
    /// Connects the account that has this address, as [`Self::connect`] does, if it has confirmed it.
    async fn connect_by_email(&self, email: &str, identity: &Identity) -> Result<Connected>;
    /// A user's identities, oldest first.
    async fn identities(&self, user: UserId) -> Result<Vec<Identity>>;
    /// Disconnects an account from an issuer; whether it was connected. `Conflict("last")` where it has no password and
    /// no identity of another of these issuers.
    async fn disconnect(&self, user: UserId, issuer: &str, issuers: &[String]) -> Result<bool>;
}

/// Sessions, their participants and invites. Deleted sessions are `NotFound`.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Adds a session with its owner as participant.
    async fn create_session(&self, session: &Session) -> Result<()>;
    /// A session; `NotFound`.
    async fn session(&self, id: SessionId) -> Result<Session>;
    /// Sessions of a scope that the filter lets through, in its order.
    async fn sessions(&self, scope: SessionScope, filter: &SessionFilter, page: &PageRequest) -> Result<Page<Session>>;
    /// Changes what the patch holds; returns the session as it is then.
    async fn update_session(&self, id: SessionId, patch: &SessionPatch) -> Result<Session>;
    /// Marks a session deleted.
    async fn delete_session(&self, id: SessionId) -> Result<()>;
    /// Takes a deletion back that `owner` made, or could have made, after `since`. `NotFound` otherwise.
    async fn restore_session(&self, id: SessionId, owner: UserId, since: DateTime<Utc>) -> Result<Session>;
    /// Forgets sessions that were deleted before this moment, at most `limit`, with all that belongs to them, their
    /// guests included; returns how many. Forks of them have no origin from then on.
    async fn purge_sessions(&self, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64>;
    /// Makes a participant the owner and the owner an admin, in one step. `Conflict("owner")` if `from` is not the
    /// owner (any more), `NotFound` if `to` takes no part, `Invalid("user_id")` if `to` cannot own: a guest, or
    /// somebody who cannot sign in.
    async fn hand_over(&self, id: SessionId, from: UserId, to: UserId) -> Result<Session>;
    /// A user's role; `None` for strangers.
    async fn role(&self, session: SessionId, user: UserId) -> Result<Option<Role>>;
    /// All participants, in order of joining.
    async fn participants(&self, session: SessionId) -> Result<Vec<Participant>>;
    /// Adds a participant unless already in (`Already(role)`, role unchanged), banned or full. With an invite, its
    /// use is counted in the same step, and `InviteSpent` is answered when it is expired or used up. Where the
    /// session has a waiting room they wait instead, which counts the invite's use, once.
    async fn join(
        &self,
        session: SessionId,
        user: UserId,
        role: Role,
        invite: Option<InviteId>,
        now: DateTime<Utc>,
    ) -> Result<Join>;
    /// Sets a participant's role (adding the participant where missing, within the capacity: `Full`);
    /// returns the role before. `Conflict("owner")` for the owner, `Conflict("banned")` for the banned,
    /// `Invalid("role")` for a guest and more than an editor; guests of other sessions are `NotFound`.
    async fn set_role(&self, session: SessionId, user: UserId, role: Role, now: DateTime<Utc>) -> Result<Option<Role>>;
    /// Removes a participant; whether there was one. `Conflict("owner")` for the owner.
    async fn remove_participant(&self, session: SessionId, user: UserId) -> Result<bool>;
    /// Adds an invite.
    async fn create_invite(&self, invite: &Invite) -> Result<()>;
    /// All invites of a session, oldest first.
    async fn invites(&self, session: SessionId) -> Result<Vec<Invite>>;
    /// The invite with this token; `NotFound`.
    async fn invite_by_token(&self, token: &str) -> Result<Invite>;
    /// Removes an invite; whether there was one in that session.
    async fn delete_invite(&self, session: SessionId, id: InviteId) -> Result<bool>;
}

/// Who is let into a session, and who is kept out. Deleted sessions are `NotFound`.
#[async_trait]
pub trait DoorStore: Send + Sync {
    /// Adds a guest of the session that the guest names, who joins as in [`SessionStore::join`]; a guest who neither
    /// gets in nor waits is not added.
    async fn join_as_guest(&self, guest: &User, role: Role, invite: InviteId, now: DateTime<Utc>) -> Result<Join>;
    /// Who waits, the longest waiting first.
    async fn waiting(&self, session: SessionId) -> Result<Vec<Waiting>>;
    /// Whether this user waits.
    async fn is_waiting(&self, session: SessionId, user: UserId) -> Result<bool>;
    /// Lets somebody in who waits, within the capacity.
    async fn admit(&self, session: SessionId, user: UserId, now: DateTime<Utc>) -> Result<Admission>;
    /// Turns somebody away; whether they waited. They may ask again.
    async fn turn_away(&self, session: SessionId, user: UserId) -> Result<bool>;
    /// Removes somebody, from the waiting too, and keeps them out until that is lifted. Returns the role they had.
    /// `Conflict("owner")` for the owner. Banning again changes nothing.
    async fn ban(&self, session: SessionId, ban: &NewBan) -> Result<Option<Role>>;
    /// Lets somebody join again; whether they were banned.
    async fn lift_ban(&self, session: SessionId, user: UserId) -> Result<bool>;
    /// Who is banned, the latest first.
    async fn bans(&self, session: SessionId) -> Result<Vec<Ban>>;
    /// Whether this user is banned.
    async fn is_banned(&self, session: SessionId, user: UserId) -> Result<bool>;
}

/// Snapshots of sessions' files.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// Adds a snapshot. An automatic one that has the same files as the session's latest is not added: `None`; one
    /// that is makes the oldest automatic ones beyond the bound go. `Full("snapshots")` where people have made as many
    /// as allowed.
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<Option<Snapshot>>;
    /// A session's snapshots, newest first.
    async fn snapshots(&self, session: SessionId, page: &PageRequest) -> Result<Page<Snapshot>>;
    /// A snapshot of that session with its files, by path; `NotFound`.
    async fn snapshot(&self, session: SessionId, id: SnapshotId) -> Result<(Snapshot, Vec<FileText>)>;
    /// Names a snapshot, which is then no automatic one any more; `Full("snapshots")` as for a new one.
    async fn name_snapshot(&self, session: SessionId, id: SnapshotId, name: &str, most_named: u64) -> Result<Snapshot>;
    /// Removes a snapshot; whether there was one in that session.
    async fn delete_snapshot(&self, session: SessionId, id: SnapshotId) -> Result<bool>;
    /// Removes all automatic snapshots; returns how many there were.
    async fn delete_automatic_snapshots(&self, session: SessionId) -> Result<u64>;
}

/// Chats, and how far each participant has read them.
#[async_trait]
pub trait MessageStore: Send + Sync {
    /// Adds a message. With a nonce that its author has used in the session before, adds nothing: `Already`.
    async fn add_message(&self, new: &NewMessage) -> Result<Added>;
    /// A message; `NotFound`.
    async fn message(&self, session: SessionId, id: MessageId) -> Result<ChatMessage>;
    /// A session's messages, newest first, deleted ones without their text.
    async fn messages(&self, session: SessionId, page: &PageRequest) -> Result<Page<ChatMessage>>;
    /// Replaces the text of what a person wrote; `Conflict("message")` where it is deleted or a line of the session's own.
    async fn edit_message(
        &self,
        session: SessionId,
        id: MessageId,
        text: &str,
        mentions: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<ChatMessage>;
    /// Forgets the text of what a person wrote; whether there was something to forget.
    async fn delete_message(&self, session: SessionId, id: MessageId, now: DateTime<Utc>) -> Result<bool>;
    /// Notes that a user has read up to a message, unless they had read further; returns what is unread then.
    async fn mark_read(&self, session: SessionId, user: UserId, id: MessageId) -> Result<Unread>;
    /// What a participant has not read; nothing for others.
    async fn unread(&self, session: SessionId, user: UserId) -> Result<Unread>;
}

/// Private notes of a session's owner and admins.
#[async_trait]
pub trait NoteStore: Send + Sync {
    /// The notes; empty, with version 0, before the first were written.
    async fn notes(&self, session: SessionId) -> Result<Notes>;
    /// Replaces the notes that have this version; `Conflict("notes")` where they have another.
    async fn write_notes(
        &self,
        session: SessionId,
        text: &str,
        version: u64,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Notes>;
}

/// The audit log. Entries are added, and removed by age; nothing changes them.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds entries, all or none. One that is there already, by its id, stays as it is.
    async fn record(&self, entries: &[AuditEntry]) -> Result<()>;
    /// Entries that the filter lets through, the latest first.
    async fn audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>>;
    /// Removes entries from before this moment, at most `limit`; returns how many.
    async fn purge_audit(&self, before: DateTime<Utc>, limit: u64) -> Result<u64>;
}

/// What platform administrators see and set. Guests are no accounts: `NotFound`.
#[async_trait]
pub trait AdminStore: Send + Sync {
    /// Accounts that the filter lets through, the newest first.
    async fn accounts(&self, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>>;
    /// One account; `NotFound`.
    async fn account(&self, id: UserId) -> Result<Account>;
    /// Makes somebody a platform administrator, or none; whether that was not so already. `Conflict("last_admin")` where
    /// nobody who can sign in would be one any more, `Invalid("user_id")` for guests.
    async fn set_platform_admin(&self, id: UserId, is_admin: bool) -> Result<bool>;
    /// Everybody's sessions, the one that changed last first.
    async fn any_sessions(&self, filter: &AnySessionFilter, page: &PageRequest) -> Result<Page<Session>>;
    /// A session, be it deleted; `NotFound`.
    async fn any_session(&self, id: SessionId) -> Result<Session>;
    /// Everybody's executions, newest first.
    async fn any_executions(&self, filter: &AnyExecutionFilter, page: &PageRequest) -> Result<Page<ExecutionHead>>;
    /// Takes an execution off the list of the dead; it stays finished. `Conflict("dead")` if it is not on it.
    async fn forget_dead(&self, id: ExecutionId) -> Result<()>;
    /// What of the platform's defaults does not hold for a user.
    async fn quota(&self, id: UserId) -> Result<Quota>;
    /// Replaces that; `NotFound` for nobody.
    async fn set_quota(&self, id: UserId, quota: &Quota) -> Result<()>;
    /// What a user uses just now.
    async fn usage(&self, id: UserId) -> Result<AccountUsage>;
}

/// The processes that are at work.
#[async_trait]
pub trait NodeStore: Send + Sync {
    /// Notes what a process says of itself, and forgets those not heard of since `forget_before`.
    async fn beat(&self, node: &Node, forget_before: DateTime<Utc>) -> Result<()>;
    /// Forgets a process that has ended.
    async fn forget_node(&self, id: &str) -> Result<()>;
    /// All that are known, the oldest first.
    async fn nodes(&self) -> Result<Vec<Node>>;
}

/// All of it, behind one handle.
#[async_trait]
pub trait Store:
    UserStore
    + LoginStore
    + AccountStore
    + ApiKeyStore
    + IdentityStore
    + SecondFactorStore
    + PasskeyStore
    + SessionStore
    + DoorStore
    + ExecutionStore
    + DeadLetterStore
    + CallbackStore
    + DocumentStore
    + SnapshotStore
    + MessageStore
    + NoteStore
    + AuditStore
    + AdminStore
    + NodeStore
    + 'static
{
    /// Whether the engine answers.
    async fn ping(&self) -> Result<()>;
}

/// The version of the schema that the store has, 0 where it has none yet; [`SCHEMA_VERSION`] is this executable's. Changes
/// nothing.
pub async fn schema_version(config: &StoreConfig) -> Result<usize> {
    match config {
        StoreConfig::Sqlite { .. } | StoreConfig::Postgres { .. } => sql::schema_version(config).await,
        StoreConfig::Mongo { .. } => mongo::schema_version(config).await,
    }
}

/// Opens the adapter that the configuration names and brings its schema up to date. A schema that a
/// newer executable wrote is `Unreadable`.
pub async fn open(config: &StoreConfig) -> Result<Arc<dyn Store>> {
    match config {
        StoreConfig::Sqlite { .. } | StoreConfig::Postgres { .. } => Ok(Arc::new(sql::Sql::open(config).await?)),
        StoreConfig::Mongo { .. } => Ok(Arc::new(mongo::Mongo::open(config).await?)),
    }
}
