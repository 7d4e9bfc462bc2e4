//! Roles and the table of what each may do. The only place that decides.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::session::Visibility;

/// A participant's role; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, chats, sees runs.
    Viewer,
    /// Also edits, runs, takes snapshots.
    Editor,
    /// Also manages participants, invites and settings.
    Admin,
    /// Also deletes and hands over.
    Owner,
}

impl Role {
    /// Its name, as clients write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// Something that can be done to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the session, its files, its participants and its runs.
    Read,
    /// Write chat messages and show presence.
    Chat,
    /// Copy its files into a session of one's own.
    Fork,
    /// Change files.
    Edit,
    /// Bring everybody to a place in a file.
    Gather,
    /// Run code.
    Run,
    /// See snapshots and how the files came to be what they are, deleted text included.
    History,
    /// Take, name, delete and bring back snapshots.
    Snapshot,
    /// Change title, language, description, visibility, capacity, waiting room.
    Configure,
    /// See and manage invites.
    Invite,
    /// Change roles, remove and ban participants, let those in who wait.
    ManageParticipants,
    /// Make somebody else its owner.
    HandOver,
    /// Delete what others wrote in the chat.
    Moderate,
    /// Read and write the private notes.
    Notes,
    /// Delete it.
    Delete,
}

impl Action {
    /// The least role that may do this.
    pub fn least_role(self) -> Role {
        match self {
            Self::Read | Self::Chat | Self::Fork | Self::History => Role::Viewer,
            Self::Edit | Self::Gather | Self::Run | Self::Snapshot => Role::Editor,
            Self::Configure | Self::Invite | Self::ManageParticipants | Self::Moderate | Self::Notes => Role::Admin,
            Self::HandOver | Self::Delete => Role::Owner,
        }
    }
}

/// What a request's author is to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A participant with this role.
    Participant(Role),
    /// Kept out by an admin.
    Banned,
    /// Anyone else.
    Stranger,
}

/// The answer of [`decide`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead.
    Allowed,
    /// The author may know of the session but not do this: 403.
    Forbidden,
    /// The author may not learn that it exists: 404.
    Hidden,
}

/// Whether someone with this standing may do `action` to a session of this visibility.
pub fn decide(standing: Standing, visibility: Visibility, action: Action) -> Decision {
    match standing {
        Standing::Participant(role) if role >= action.least_role() => Decision::Allowed,
        Standing::Stranger | Standing::Banned if visibility != Visibility::Public => Decision::Hidden,
        Standing::Stranger if matches!(action, Action::Read | Action::Fork) => Decision::Allowed,
        Standing::Stranger if action == Action::Notes => Decision::Hidden,
        Standing::Participant(_) | Standing::Stranger | Standing::Banned => Decision::Forbidden,
    }
}

/// Whether `actor` may change a participant from `current` to `new` (or remove, with `None`).
///
/// Nobody touches the owner or makes another one, and an admin manages only those below admin
/// and cannot promote to its own level.
pub fn may_change_role(actor: Role, current: Option<Role>, new: Option<Role>) -> bool {
    actor >= Action::ManageParticipants.least_role()
        && current.is_none_or(|role| role < actor)
        && new.is_none_or(|role| role < actor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIONS: [Action; 15] = [
        Action::Read,
        Action::Chat,
        Action::Fork,
        Action::Edit,
        Action::Run,
        Action::History,
        Action::Snapshot,
        Action::Gather,
        Action::Moderate,
        Action::Notes,
        Action::Configure,
        Action::Invite,
        Action::ManageParticipants,
        Action::HandOver,
        Action::Delete,
    ];
    const ROLES: [Role; 4] = [Role::Viewer, Role::Editor, Role::Admin, Role::Owner];

    #[test]
    fn strangers_only_read_and_fork_public_sessions() {
        for action in ACTIONS {
            let public = decide(Standing::Stranger, Visibility::Public, action);
            let allowed = matches!(action, Action::Read | Action::Fork);
            assert_eq!(public == Decision::Allowed, allowed, "{action:?}");
            for hidden in [Visibility::Private, Visibility::Link] {
                assert_eq!(decide(Standing::Stranger, hidden, action), Decision::Hidden);
            }
        }
    }

    #[test]
    fn the_banned_may_nothing() {
        for action in ACTIONS {
            let decided = |visibility| decide(Standing::Banned, visibility, action);
            assert_eq!(decided(Visibility::Public), Decision::Forbidden, "{action:?}");
            assert_eq!(decided(Visibility::Private), Decision::Hidden, "{action:?}");
            assert_eq!(decided(Visibility::Link), Decision::Hidden, "{action:?}");
        }
    }

    #[test]
    fn strangers_do_not_learn_of_notes() {
        let public = decide(Standing::Stranger, Visibility::Public, Action::Notes);
        assert_eq!(public, Decision::Hidden);
        let editor = decide(Standing::Participant(Role::Editor), Visibility::Public, Action::Notes);
        assert_eq!(editor, Decision::Forbidden);
    }

    #[test]
    fn participants_are_refused_openly() {
        let viewer = Standing::Participant(Role::Viewer);
        assert_eq!(decide(viewer, Visibility::Private, Action::Edit), Decision::Forbidden);
        assert_eq!(decide(viewer, Visibility::Private, Action::Read), Decision::Allowed);
    }

    #[test]
    fn nobody_manages_their_own_level_or_the_owner() {
        for actor in ROLES {
            assert!(!may_change_role(actor, Some(actor), Some(Role::Viewer)));
            assert!(!may_change_role(actor, Some(Role::Owner), None));
            assert!(!may_change_role(actor, Some(Role::Viewer), Some(Role::Owner)));
        }
        assert!(may_change_role(Role::Admin, Some(Role::Viewer), Some(Role::Editor)));
        assert!(!may_change_role(Role::Admin, Some(Role::Editor), Some(Role::Admin)));
        assert!(may_change_role(Role::Owner, Some(Role::Admin), Some(Role::Viewer)));
        assert!(!may_change_role(Role::Editor, Some(Role::Viewer), None));
    }
}
