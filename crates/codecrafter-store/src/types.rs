//! What crosses the Store port besides the domain's own words.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use codecrafter_domain::account::Device;
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::audit::Act;
use codecrafter_domain::chat::{ChatContent, ChatMessage};
use codecrafter_domain::execution::Status;
use codecrafter_domain::id::{ExecutionId, LoginId, MessageId, SessionId, SnapshotId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Visibility;
use codecrafter_domain::snapshot::{FileText, SnapshotKind};
use codecrafter_domain::user::User;
use serde::{Deserialize, Serialize};

/// SHA-256 of a refresh token or of an API key's secret. The secret itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// An API key to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Whose.
    pub user: UserId,
    /// What its user sees of it.
    pub key: ApiKey,
    /// Of its secret.
    pub hash: TokenHash,
}

/// An API key that may be used, and who by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    /// Which key.
    pub key: ApiKey,
    /// Of its secret, to compare with.
    pub hash: TokenHash,
    /// Whose.
    pub user: User,
}

/// A login to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLogin {
    /// Identifier.
    pub id: LoginId,
    /// Whose.
    pub user: UserId,
    /// Its first refresh token.
    pub token: TokenHash,
    /// With what it begins.
    pub device: Device,
    /// When it begins.
    pub now: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// What a link in a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// A new password for one that was forgotten.
    Reset,
    /// Showing that an address is theirs.
    Verify,
}

/// A link to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// What of its token is stored.
    pub token: TokenHash,
    /// Whose.
    pub user: UserId,
    /// What for.
    pub purpose: LinkPurpose,
    /// Where it is sent.
    pub email: String,
    /// When.
    pub now: DateTime<Utc>,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// Links of this purpose that the user may have, this one included: the oldest go.
    pub most: u64,
}

/// What an address that was confirmed did to its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The account as it is now.
    pub user: User,
    /// The address that it had before, where that was another one.
    pub replaced: Option<String>,
}

/// What became of the sessions of somebody whose account was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Farewell {
    /// Their own with nobody to go on: deleted.
    pub deleted: Vec<SessionId>,
    /// Their own that an admin has now, and who that is.
    pub handed_over: Vec<(SessionId, UserId)>,
    /// Those of others that they were in.
    pub left: Vec<SessionId>,
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Replaced by its successor.
    Rotated {
        /// Whose login.
        user: UserId,
        /// Which login.
        login: LoginId,
    },
    /// Had been used before: the whole login has now ended.
    Reused {
        /// Whose login.
        user: UserId,
        /// Which login.
        login: LoginId,
    },
    /// Never seen, expired, or its login has ended.
    Unknown,
}

/// Changes to an account; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// Name shown to others.
    pub display_name: Option<String>,
    /// Colour, `#rrggbb`.
    pub color: Option<String>,
    /// What they say of themselves.
    pub bio: Option<String>,
    /// Where else to find them.
    pub links: Option<Vec<String>>,
}

/// Changes to a session; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionPatch {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Language id.
    pub language: Option<String>,
    /// Who may find it.
    pub visibility: Option<Visibility>,
    /// Capacity.
    pub max_participants: Option<u32>,
    /// Whether those who join wait.
    pub waiting_room: Option<bool>,
}

/// Which sessions to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionScope {
    /// Those in which this user takes part.
    Mine(UserId),
    /// Public ones.
    Public,
    /// Those that this user owned and has deleted; the one deleted last first, whatever the order asked for.
    Deleted(UserId),
}

/// Which of a scope's sessions to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Text in title, description, or the owner's names.
    pub q: Option<String>,
    /// Id of a language.
    pub language: Option<String>,
    /// What comes first.
    pub order: SessionOrder,
}

/// What comes first in a list of sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SessionOrder {
    /// The newest change.
    #[default]
    Changed,
    /// The newest session.
    Created,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// `next_cursor` of the page before; opaque. A malformed one is `Invalid("cursor")`.
    pub cursor: Option<String>,
    /// Items at most, 1 to 100.
    pub limit: u64,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next_cursor: Option<String>,
}

/// What became of an attempt to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// In, as a new participant.
    Joined,
    /// Was in already, with this role.
    Already(Role),
    /// Waits to be let in, perhaps since before.
    Waiting,
    /// Is kept out.
    Banned,
    /// The session has as many participants as it takes.
    Full,
    /// The invite is expired, used up or gone.
    InviteSpent,
}

/// What became of somebody who was to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// In, with this role.
    Admitted(Role),
    /// The session has as many participants as it takes; they go on waiting.
    Full,
    /// Does not wait.
    NotWaiting,
}

/// Somebody to be kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewBan {
    /// Who.
    pub user: UserId,
    /// Who decided it.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the invite that they came by is taken back in the same step.
    pub with_invite: bool,
}

/// A snapshot to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Identifier.
    pub id: SnapshotId,
    /// Whose files.
    pub session: SessionId,
    /// What for.
    pub kind: SnapshotKind,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Who caused it.
    pub by: Option<UserId>,
    /// The run that it is made for.
    pub execution: Option<ExecutionId>,
    /// The files, each path once.
    pub files: Vec<FileText>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Snapshots that people made which a session may have, this one included.
    pub most_named: u64,
    /// Automatic snapshots that are kept, this one included.
    pub most_automatic: u64,
}

/// A line to be added to a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Identifier.
    pub id: MessageId,
    /// Whose chat.
    pub session: SessionId,
    /// Who writes, or whose doing it tells of.
    pub author: UserId,
    /// What it says.
    pub content: ChatContent,
    /// How a repetition is known, per author and session.
    pub nonce: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What became of a message to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    New(ChatMessage),
    /// It had been added before, as this one; nothing was added.
    Already(ChatMessage),
}

/// Whose account has an address that a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// Theirs, and it is connected now.
    Yes(Box<User>),
    /// That of an account which has not confirmed it: perhaps of somebody else who claims it.
    Unconfirmed,
    /// Nobody's.
    Nobody,
}

/// Which lines of the audit log; what is `None` or empty lets all through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// One of these.
    pub acts: Vec<Act>,
    /// Done by them.
    pub actor: Option<UserId>,
    /// Done by them or to them.
    pub about: Option<UserId>,
    /// In this session.
    pub session: Option<SessionId>,
    /// From this address.
    pub address: Option<IpAddr>,
    /// By this request.
    pub request_id: Option<String>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// Which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Text in names or the address.
    pub q: Option<String>,
    /// In which state.
    pub state: Option<AccountState>,
}

/// What an account may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Can sign in.
    Active,
    /// Cannot.
    Deactivated,
    /// Administers the platform.
    Admin,
}

/// Which of everybody's sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnySessionFilter {
    /// Text in title, description, or the owner's names.
    pub q: Option<String>,
    /// Whose.
    pub owner: Option<UserId>,
    /// Those that are deleted and not forgotten yet, instead of those that are there.
    pub deleted: bool,
}

/// Which of everybody's executions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnyExecutionFilter {
    /// Whose.
    pub user: Option<UserId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// How far.
    pub status: Option<Status>,
    /// Id of a language.
    pub language: Option<String>,
}
