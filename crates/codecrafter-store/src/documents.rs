//! Documents: what is kept of what people edit together.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{SessionId, UserId};

use crate::Result;

/// A CRDT update to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpdate {
    /// Whose edit; `None` for the server's own.
    pub author: Option<UserId>,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// The update, Yjs encoding v1.
    pub bytes: Vec<u8>,
}

/// A stored CRDT update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Position in the session's log.
    pub seq: u64,
    /// Whose edit; `None` for the server's own.
    pub author: Option<UserId>,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// The update, Yjs encoding v1.
    pub bytes: Vec<u8>,
}

/// What is needed to open a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentRows {
    /// The merged base, Yjs encoding v1; empty if there is none yet.
    pub base: Vec<u8>,
    /// Which base; 0 if there is none yet.
    pub base_version: u64,
    /// Updates not folded into the base, in order.
    pub updates: Vec<(u64, Vec<u8>)>,
}

/// Where a document's log begins once its older part has been purged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStart {
    /// Position of the last purged update.
    pub seq: u64,
    /// When that update had arrived.
    pub at: DateTime<Utc>,
    /// The document as of then, Yjs encoding v1.
    pub base: Vec<u8>,
}

/// Documents: a log of CRDT updates per session, with author and time, and a merged base.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// Appends updates in one durable step; positions rise within a session.
    async fn append_updates(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()>;
    /// What is needed to open a document: the base and the updates not yet folded into it.
    async fn load_document(&self, session: SessionId) -> Result<DocumentRows>;
    /// Replaces the base and marks exactly the updates `folded` as part of it, in one step. `Conflict` (and
    /// nothing changed) if the base is no longer the one numbered `base_version`.
    async fn compact(&self, session: SessionId, base: &[u8], base_version: u64, folded: &[u64]) -> Result<()>;
    /// The whole log after a position, folded updates included, at most `limit`: for playback.
    async fn updates_after(&self, session: SessionId, seq: u64, limit: u64) -> Result<Vec<StoredUpdate>>;
    /// Where the log begins; `None` as long as nothing was purged.
    async fn history_start(&self, session: SessionId) -> Result<Option<HistoryStart>>;
    /// Removes exactly the updates that are folded into the base, and keeps that base as the log's beginning, in one
    /// step; returns how many were removed.
    async fn purge_history(&self, session: SessionId) -> Result<u64>;
}
