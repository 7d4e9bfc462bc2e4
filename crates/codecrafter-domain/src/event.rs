//! Events: what is told to those who watch a run or take part in a session.
//!
//! On the bus they travel as JSON in a replayable log; the position in the log is the `seq` that
//! clients see and resume from.

mod place;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chat::{ChatMessage, Unread};
use crate::execution::{Encoding, Execution, ExecutionHead, Status, TestVerdict};
use crate::id::{ExecutionId, MessageId, SnapshotId, UserId};
use crate::live::{Signal, TerminalSize};
use crate::permission::Role;
use crate::session::{Participant, Session, Waiting};
use crate::snapshot::Snapshot;
use crate::user::Person;
pub use place::{Place, Viewport};

/// Which of a program's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What watchers of one execution are told, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExecutionEvent {
    /// It moved on.
    Status {
        /// To where.
        status: Status,
    },
    /// It wrote to standard output.
    Stdout {
        /// What, cut between characters.
        data: String,
        /// How `data` is written.
        #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
        encoding: Encoding,
    },
    /// It wrote to standard error.
    Stderr {
        /// What, cut between characters.
        data: String,
        /// How `data` is written.
        #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
        encoding: Encoding,
    },
    /// One of its tests is done.
    Test {
        /// Which, from 0.
        index: usize,
        /// What is said about it.
        verdict: TestVerdict,
    },
    /// It ended; the last event.
    Result {
        /// Everything about it.
        execution: Box<Execution>,
    },
}

/// What is asked of the worker that holds a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Control {
    /// End it as cancelled.
    Cancel,
    /// Give it more standard input.
    Stdin {
        /// What.
        data: String,
        /// How `data` is written.
        #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
        encoding: Encoding,
    },
    /// End its standard input.
    StdinEnd,
    /// Send its processes a signal.
    Signal {
        /// Which.
        signal: Signal,
    },
    /// Give its terminal another size.
    Resize(TerminalSize),
}

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionEvent {
    /// What.
    #[serde(flatten)]
    pub kind: SessionEventKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Whose doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

/// The kinds of [`SessionEvent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum SessionEventKind {
    /// Somebody became a participant.
    #[serde(rename = "participant.joined")]
    ParticipantJoined {
        /// Who.
        participant: Participant,
    },
    /// A participant left, or somebody stopped waiting.
    #[serde(rename = "participant.left")]
    ParticipantLeft {
        /// Who.
        user_id: UserId,
    },
    /// A participant's role changed.
    #[serde(rename = "participant.role_changed")]
    ParticipantRoleChanged {
        /// Whose.
        user_id: UserId,
        /// To what.
        role: Role,
    },
    /// A participant was removed by somebody else.
    #[serde(rename = "participant.removed")]
    ParticipantRemoved {
        /// Who.
        user_id: UserId,
    },
    /// Somebody asks to be let in.
    #[serde(rename = "participant.waiting")]
    ParticipantWaiting {
        /// Who.
        waiting: Waiting,
    },
    /// Somebody who waited was let in; `participant.joined` follows.
    #[serde(rename = "participant.admitted")]
    ParticipantAdmitted {
        /// Who.
        user_id: UserId,
    },
    /// Somebody who waited was turned away.
    #[serde(rename = "participant.denied")]
    ParticipantDenied {
        /// Who.
        user_id: UserId,
    },
    /// Somebody is kept out from now on.
    #[serde(rename = "participant.banned")]
    ParticipantBanned {
        /// Who.
        user_id: UserId,
    },
    /// Somebody is no longer kept out.
    #[serde(rename = "participant.unbanned")]
    ParticipantUnbanned {
        /// Who.
        user_id: UserId,
    },
    /// Something new stands in the chat. The lines of runs are told by `execution.started` and `execution.finished`.
    #[serde(rename = "chat.message")]
    ChatMessage {
        /// What.
        message: ChatMessage,
    },
    /// The text of a message changed.
    #[serde(rename = "chat.edited")]
    ChatEdited {
        /// As it is now.
        message: ChatMessage,
    },
    /// A message was deleted.
    #[serde(rename = "chat.deleted")]
    ChatDeleted {
        /// Which.
        message_id: MessageId,
    },
    /// Somebody else is writing a message; true for some 5 s. Not kept.
    #[serde(rename = "chat.typing")]
    ChatTyping,
    /// This user has read on, here or in another window. Told to no one else; not kept.
    #[serde(rename = "chat.read")]
    ChatRead {
        /// What is unread now.
        unread: Unread,
    },
    /// The private notes changed. Told to the owner and admins only; not kept.
    #[serde(rename = "notes.updated")]
    NotesUpdated {
        /// The version that they have now.
        version: u64,
    },
    /// Somebody is here who was not. Not kept: `hello` says who is here already.
    #[serde(rename = "presence.joined")]
    PresenceJoined {
        /// Who.
        user: Person,
    },
    /// Somebody is not here any more, in none of their windows. Not kept.
    #[serde(rename = "presence.left")]
    PresenceLeft {
        /// Who.
        user_id: UserId,
    },
    /// Somebody else looks at another part of the files. Not kept.
    #[serde(rename = "presence.viewport")]
    PresenceViewport(Viewport),
    /// Everybody else is asked to come to a place in a file. Not kept.
    #[serde(rename = "follow.gather")]
    FollowGather(Place),
    /// Somebody pressed Run.
    #[serde(rename = "execution.started")]
    ExecutionStarted {
        /// The run.
        execution: ExecutionHead,
    },
    /// A run moved on.
    #[serde(rename = "execution.status")]
    ExecutionStatus {
        /// Which run.
        execution_id: ExecutionId,
        /// To where.
        status: Status,
    },
    /// A run wrote something.
    #[serde(rename = "execution.output")]
    ExecutionOutput {
        /// Which run.
        execution_id: ExecutionId,
        /// To which stream.
        stream: Stream,
        /// What, cut between characters.
        data: String,
        /// How `data` is written.
        #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
        encoding: Encoding,
    },
    /// One of a run's tests is done.
    #[serde(rename = "execution.test")]
    ExecutionTest {
        /// Which run.
        execution_id: ExecutionId,
        /// Which test, from 0.
        index: usize,
        /// What is said about it.
        verdict: TestVerdict,
    },
    /// A run ended; its output is at `/executions/{id}`.
    #[serde(rename = "execution.finished")]
    ExecutionFinished {
        /// The run.
        execution: ExecutionHead,
    },
    /// Edits up to now are stored.
    #[serde(rename = "document.saved")]
    DocumentSaved {
        /// How many updates have been stored so far.
        updates: u64,
    },
    /// Edits could not be stored just now; they are kept and tried again.
    #[serde(rename = "document.unsaved")]
    DocumentUnsaved,
    /// The files were copied, or such a copy was named.
    #[serde(rename = "snapshot.created")]
    SnapshotCreated {
        /// What of it may be listed.
        snapshot: Snapshot,
    },
    /// A snapshot was brought back: the edit arrives in the document.
    #[serde(rename = "snapshot.restored")]
    SnapshotRestored {
        /// Which.
        snapshot: Snapshot,
    },
    /// A snapshot was deleted.
    #[serde(rename = "snapshot.deleted")]
    SnapshotDeleted {
        /// Which.
        snapshot_id: SnapshotId,
    },
    /// The edits up to now, and automatic snapshots, were forgotten.
    #[serde(rename = "history.purged")]
    HistoryPurged,
    /// Title, language, description, visibility, capacity, waiting room or owner changed.
    #[serde(rename = "session.updated")]
    SessionUpdated {
        /// As it is now.
        session: Session,
    },
    /// It was deleted; sockets close after this.
    #[serde(rename = "session.deleted")]
    SessionDeleted,
    /// Its owner took the deletion back.
    #[serde(rename = "session.restored")]
    SessionRestored,
}

/// An event that not everybody is told, or that is true only now: it is not kept for those who come later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whisper {
    /// Who is told.
    pub to: Audience,
    /// What.
    pub event: SessionEvent,
}

/// Who is told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody who may read the session.
    Everyone,
    /// Everybody but this user.
    Others(UserId),
    /// This user, in all windows.
    User(UserId),
    /// Participants with at least this role at the moment of telling.
    AtLeast(Role),
}

impl Audience {
    /// Whether somebody with this role, `None` for readers of a public session, is told.
    pub fn includes(self, user: UserId, role: Option<Role>) -> bool {
        match self {
            Self::Everyone => true,
            Self::Others(but) => user != but,
            Self::User(only) => user == only,
            Self::AtLeast(least) => role.is_some_and(|role| role >= least),
        }
    }
}

impl SessionEvent {
    /// An event of now.
    pub fn now(kind: SessionEventKind, by: Option<Person>) -> Self {
        Self {
            kind,
            at: crate::time::now(),
            by,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_tell_people_apart() {
        let (ada, bob) = (UserId::new(), UserId::new());
        for (to, ada_hears, bob_hears) in [
            (Audience::Everyone, true, true),
            (Audience::Others(ada), false, true),
            (Audience::User(ada), true, false),
            (Audience::AtLeast(Role::Admin), true, false),
        ] {
            assert_eq!(to.includes(ada, Some(Role::Owner)), ada_hears, "{to:?}");
            assert_eq!(to.includes(bob, Some(Role::Editor)), bob_hears, "{to:?}");
        }
        assert!(!Audience::AtLeast(Role::Viewer).includes(ada, None));
    }

    #[test]
    fn places_are_bounded() {
        let place = |file_id: &str, line| Place {
            file_id: file_id.into(),
            line,
        };
        assert_eq!(place("f", 1).check(), Ok(()));
        for wrong in [place("", 1), place(&"x".repeat(65), 1), place("a\n", 1), place("f", 0)] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
        let upside_down = Viewport {
            file_id: "f".into(),
            top_line: 5,
            bottom_line: 4,
        };
        let wrong = upside_down.check().expect_err("upside down");
        assert_eq!(wrong.0[0].field, "bottom_line");
    }
}
