//! Snapshots: copies of a session's files at a moment.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ExecutionId, SessionId, SnapshotId};
use crate::user::Person;

/// Longest name of a snapshot, in characters.
pub const NAME_CHARS: usize = 120;

/// A text file of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileText {
    /// Relative path, `/`-separated; checked by [`crate::path`].
    pub path: String,
    /// Its text.
    pub content: String,
}

/// What a snapshot was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotKind {
    /// Somebody asked for it.
    Named,
    /// A program was run.
    Run,
    /// People have been editing for some time.
    Timed,
    /// An older state was about to be brought back.
    Restore,
}

impl SnapshotKind {
    /// Whether nobody asked for it: such snapshots make room for newer ones.
    pub fn is_automatic(self) -> bool {
        self != Self::Named
    }
}

/// A copy of a session's files at a moment; the files themselves are told apart from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// Identifier.
    pub id: SnapshotId,
    /// Whose files.
    pub session_id: SessionId,
    /// What for.
    pub kind: SnapshotKind,
    /// 1 to 120 characters; automatic ones have none until somebody names them.
    pub name: Option<String>,
    /// Who caused it; nobody did for timed ones, and accounts may be gone.
    pub by: Option<Person>,
    /// The run that it was made for.
    pub execution_id: Option<ExecutionId>,
    /// How many files.
    pub files: u32,
    /// Bytes of their text.
    pub bytes: u64,
    /// When.
    pub created_at: DateTime<Utc>,
}
