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
    /// Change files.
    Edit,
    /// Bring everybody to a place in a file.
    Gather,
    /// Run code.
    Run,
    /// Change title, language, description, visibility, capacity.
    Configure,
    /// See and manage invites.
    Invite,
    /// Change roles and remove participants.
    ManageParticipants,
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
            Self::Read | Self::Chat => Role::Viewer,
            Self::Edit | Self::Gather | Self::Run => Role::Editor,
            Self::Configure | Self::Invite | Self::ManageParticipants | Self::Moderate | Self::Notes => Role::Admin,
            Self::Delete => Role::Owner,
        }
    }
}

/// What a request's author is to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A participant with this role.
    Participant(Role),
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
        Standing::Participant(_) => Decision::Forbidden,
        Standing::Stranger => match (visibility, action) {
            (Visibility::Public, Action::Read) => Decision::Allowed,
            (Visibility::Public, Action::Notes) | (Visibility::Private | Visibility::Link, _) => Decision::Hidden,
            (Visibility::Public, _) => Decision::Forbidden,
        },
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

    const ROLES: [Role; 4] = [Role::Viewer, Role::Editor, Role::Admin, Role::Owner];

    #[test]
    fn strangers_only_read_public_sessions() {
        use Action::{Chat, Configure, Delete, Edit, Gather, Invite, ManageParticipants, Moderate, Notes, Read, Run};
        for action in [
            Read,
            Chat,
            Edit,
            Gather,
            Run,
            Configure,
            Invite,
            ManageParticipants,
            Moderate,
            Notes,
            Delete,
        ] {
            let public = decide(Standing::Stranger, Visibility::Public, action);
            assert_eq!(public == Decision::Allowed, action == Read, "{action:?}");
            for hidden in [Visibility::Private, Visibility::Link] {
                assert_eq!(decide(Standing::Stranger, hidden, action), Decision::Hidden);
            }
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
