//! Sessions: shared workspaces with files, participants and runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{InviteId, SessionId, UserId};
use crate::permission::Role;
use crate::user::Person;

/// Who may find and read a session without being a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Nobody: looks like it does not exist.
    Private,
    /// Everybody may find, read and fork it.
    Public,
    /// Whoever holds an invite may join.
    Link,
}

/// A shared workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Identifier.
    pub id: SessionId,
    /// 1 to 120 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// Id of the language that Run uses, for example `python`.
    pub language: String,
    /// Who may find it.
    pub visibility: Visibility,
    /// The user who owns it.
    pub owner_id: UserId,
    /// How many participants it takes, 1 to 500.
    pub max_participants: u32,
    /// Whether those who join wait until an admin lets them in.
    #[serde(default)]
    pub waiting_room: bool,
    /// The session that it was forked from.
    pub forked_from: Option<SessionId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it or its documents last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; null while it is not.
    #[serde(default)]
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A user in a session with a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    /// Who.
    pub user: Person,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

/// Somebody who has asked to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// Who.
    pub user: Person,
    /// The role that they would have.
    pub role: Role,
    /// Since when.
    pub asked_at: DateTime<Utc>,
}

/// Somebody who is kept out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ban {
    /// Who.
    pub user: Person,
    /// Who decided it.
    pub by: Person,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// An invitation link: whoever presents its token joins with its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// Identifier.
    pub id: InviteId,
    /// Session it leads into.
    pub session_id: SessionId,
    /// The secret part of the link.
    pub token: String,
    /// Role given on joining; never owner.
    pub role: Role,
    /// After this it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// How many joins it allows; without a number, any.
    pub max_uses: Option<u32>,
    /// How many joins it has served.
    pub uses: u32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
