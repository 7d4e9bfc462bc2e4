//! Copies of the files while people edit.

use std::sync::Arc;

use codecrafter_domain::id::SessionId;
use codecrafter_domain::snapshot::{FileText, SnapshotKind};
use tokio::time::Instant;

use crate::documents::Shared;
use crate::snapshot::{self, SnapshotRequest};

/// Says when a document's files are to be copied, and has it done.
pub(super) struct Snapshotter {
    shared: Arc<Shared>,
    session: SessionId,
    /// Set by the first edit after a copy.
    due: Option<Instant>,
}

impl Snapshotter {
    pub(super) fn new(shared: Arc<Shared>, session: SessionId) -> Self {
        Self {
            shared,
            session,
            due: None,
        }
    }

    /// Edits have been stored.
    pub(super) fn edited(&mut self, now: Instant) {
        self.due.get_or_insert(now + self.shared.config.snapshot_every);
    }

    /// When to copy next, if nothing is edited meanwhile either.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// Whether there are edits since the last copy.
    pub(super) fn is_waiting(&self) -> bool {
        self.due.is_some()
    }

    /// Has these files stored, if there are any to be had, while the document goes on.
    pub(super) fn take(&mut self, files: Option<Vec<FileText>>) {
        self.due = None;
        let Some(files) = files else { return };
        let (shared, session) = (Arc::clone(&self.shared), self.session);
        tokio::spawn(async move {
            let request = SnapshotRequest::of(SnapshotKind::Timed);
            if let Err(error) = snapshot::store(&shared, session, request, files).await {
                tracing::warn!(%session, %error, "no snapshot");
            }
        });
    }
}
