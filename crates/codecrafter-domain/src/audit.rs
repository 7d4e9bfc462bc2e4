//! The audit log: who did what to whom, from where. An entry has room for no secret and no content: what it says beside
//! ids and names is a [`Detail`], which is made of words of this program only.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::id::{AuditId, SessionId, UserId};
use crate::identity::ProviderName;
use crate::permission::Role;
use crate::session::Visibility;
use crate::user::User;

// `tt`, not `literal`: derives do not see through the group that a literal comes in.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:tt,)+) => {
        /// A security-relevant act.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum Act {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl Act {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its word in the log and in filters.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

acts! {
    /// Somebody made an account.
    AccountRegistered = "account.registered",
    /// An account was deleted by its owner.
    AccountDeleted = "account.deleted",
    /// A password was changed by who knew the old one.
    PasswordChanged = "account.password_changed",
    /// A link to set a new password was asked for.
    PasswordResetRequested = "account.password_reset_requested",
    /// A password was replaced by means of such a link.
    PasswordReset = "account.password_reset",
    /// The address of an account changed.
    EmailChanged = "account.email_changed",
    /// The address of an account was confirmed.
    EmailVerified = "account.email_verified",
    /// Somebody exported what is kept about them.
    DataExported = "account.exported",
    /// A second factor was set up.
    SecondFactorEnabled = "account.second_factor_enabled",
    /// A second factor was given up.
    SecondFactorDisabled = "account.second_factor_disabled",
    /// A passkey was given another name.
    PasskeyRenamed = "account.passkey_renamed",
    /// An account was connected to a single sign-on provider.
    IdentityLinked = "account.identity_linked",
    /// … and disconnected.
    IdentityUnlinked = "account.identity_unlinked",
    /// Somebody signed in.
    LoginSucceeded = "login.succeeded",
    /// Somebody was refused.
    LoginFailed = "login.failed",
    /// Somebody signed out.
    LoginEnded = "login.ended",
    /// A refresh token was used twice, which ended its login.
    RefreshReused = "login.refresh_reused",
    /// Logins were ended from elsewhere.
    LoginsRevoked = "login.revoked",
    /// A guest came by an invitation.
    GuestCame = "guest.came",
    /// An API key was made.
    ApiKeyCreated = "api_key.created",
    /// An API key was taken back.
    ApiKeyRevoked = "api_key.revoked",
    /// A participant's role changed, or somebody was given one.
    RoleChanged = "session.role_changed",
    /// An invitation link was made.
    InviteCreated = "session.invite_created",
    /// An invitation link was taken back.
    InviteRevoked = "session.invite_revoked",
    /// Somebody was removed.
    ParticipantRemoved = "session.participant_removed",
    /// Somebody was banned.
    ParticipantBanned = "session.participant_banned",
    /// A ban was lifted.
    BanLifted = "session.ban_lifted",
    /// Who may find a session changed.
    VisibilityChanged = "session.visibility_changed",
    /// A session has another owner.
    OwnerChanged = "session.owner_changed",
    /// A session was deleted.
    SessionDeleted = "session.deleted",
    /// A deletion was taken back.
    SessionRestored = "session.restored",
    /// The history of a session was purged.
    HistoryPurged = "session.history_purged",
    /// The history of a session was exported.
    HistoryExported = "session.exported",
    /// Somebody became a platform administrator.
    AdminGranted = "admin.granted",
    /// … and is one no more.
    AdminRevoked = "admin.revoked",
    /// An account was made by an administrator.
    AdminAccountCreated = "admin.account_created",
    /// An account was shut off.
    AccountDeactivated = "admin.account_deactivated",
    /// An account can sign in again.
    AccountActivated = "admin.account_activated",
    /// An administrator took somebody's second factor away.
    SecondFactorReset = "admin.second_factor_reset",
    /// What somebody may use changed.
    QuotaChanged = "admin.quota_changed",
    /// An administrator deleted a session.
    AdminSessionDeleted = "admin.session_deleted",
    /// An administrator restored a session.
    AdminSessionRestored = "admin.session_restored",
    /// An administrator cancelled a run.
    AdminExecutionCancelled = "admin.execution_cancelled",
    /// A run that had been given up was queued again.
    DeadLetterRequeued = "admin.dead_letter_requeued",
    /// A run that had been given up was taken off the list.
    DeadLetterDeleted = "admin.dead_letter_deleted",
    /// The audit log was exported.
    AuditExported = "admin.audit_exported",
}

/// By which way an act came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A request to the API.
    Api,
    /// The command line on the server's machine.
    CommandLine,
}

/// A word about an act. Made of this program's own words and of numbers, never of what somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// As it is stored and shown.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&'static str> for Detail {
    fn from(word: &'static str) -> Self {
        Self(word.to_owned())
    }
}

/// The platform's own word for a provider.
impl From<&ProviderName> for Detail {
    fn from(provider: &ProviderName) -> Self {
        Self(format!("by {provider}"))
    }
}

impl From<Role> for Detail {
    fn from(role: Role) -> Self {
        Self(role.name().to_owned())
    }
}

impl From<Visibility> for Detail {
    fn from(visibility: Visibility) -> Self {
        let word = match visibility {
            Visibility::Private => "private",
            Visibility::Public => "public",
            Visibility::Link => "link",
        };
        Self(word.to_owned())
    }
}

/// An act that is about to be recorded: what is known of it by who does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    act: Act,
    actor: Option<(UserId, String)>,
    user: Option<UserId>,
    session: Option<SessionId>,
    object: Option<Uuid>,
    detail: Option<Detail>,
}

impl Audit {
    /// An act of nobody that is known.
    pub const fn new(act: Act) -> Self {
        Self {
            act,
            actor: None,
            user: None,
            session: None,
            object: None,
            detail: None,
        }
    }

    /// Who did it.
    #[must_use]
    pub fn by(mut self, actor: &User) -> Self {
        self.actor = Some((actor.id, actor.username.clone()));
        self
    }

    /// Whose account it concerns.
    #[must_use]
    pub fn user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// In which session.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// What else it was done to: an invite, a key, a run.
    #[must_use]
    pub fn object(mut self, object: Uuid) -> Self {
        self.object = Some(object);
        self
    }

    /// A word more.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Detail>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The entry, as of now.
    pub fn recorded(self, origin: Origin) -> AuditEntry {
        let (actor_id, actor) = self.actor.unzip();
        AuditEntry {
            id: AuditId::new(),
            at: crate::time::now(),
            act: self.act,
            actor_id,
            actor,
            user_id: self.user,
            session_id: self.session,
            object_id: self.object,
            detail: self.detail.map(Detail::into_string),
            channel: origin.channel,
            address: origin.address,
            request_id: origin.request_id,
        }
    }
}

/// Where an act came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// By which way.
    pub channel: Channel,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The request's id, as in the log.
    pub request_id: Option<String>,
}

impl Origin {
    /// The command line.
    pub const fn command_line() -> Self {
        Self {
            channel: Channel::CommandLine,
            address: None,
            request_id: None,
        }
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Identifier.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub act: Act,
    /// Who did it; null where that is not known, as with a wrong password, and on the command line.
    pub actor_id: Option<UserId>,
    /// Their user name at that time.
    pub actor: Option<String>,
    /// Whose account it concerns.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// What else it was done to: an invite, a key, a run.
    pub object_id: Option<Uuid>,
    /// A word more: the role, the visibility, the reason.
    pub detail: Option<String>,
    /// By which way it came.
    pub channel: Channel,
    /// The client's address.
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// The request's id, as in the server's log.
    pub request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_act_has_one_word() {
        let words: HashSet<_> = Act::ALL.iter().map(|act| act.word()).collect();
        assert_eq!(words.len(), Act::ALL.len());
        for act in Act::ALL {
            let json = serde_json::to_value(act).expect("a word");
            assert_eq!(json, act.word());
        }
    }

    #[test]
    fn an_entry_says_what_was_said() {
        let ada = User::guest("Ada", SessionId::new(), crate::time::now());
        let entry = Audit::new(Act::RoleChanged)
            .by(&ada)
            .detail(Role::Admin)
            .recorded(Origin::command_line());
        assert_eq!(entry.actor_id, Some(ada.id));
        assert_eq!(entry.detail.as_deref(), Some("admin"));
        assert_eq!(entry.channel, Channel::CommandLine);
    }
}
