//! Folds stored updates into the base: from the rows, never from memory, and exactly those rows.

use std::future::pending;
use std::sync::Arc;

use codecrafter_domain::id::SessionId;
use codecrafter_store::StoreError;
use tokio::task::JoinHandle;

use super::loading;
use crate::CollabError;
use crate::documents::Shared;

/// Compacts one document.
pub(super) struct Compactor {
    shared: Arc<Shared>,
    session: SessionId,
    /// Stored rows that are not in the base.
    unfolded: usize,
    /// How many of them start a compaction.
    threshold: usize,
    running: Option<JoinHandle<Result<usize, CollabError>>>,
}

impl Compactor {
    pub(super) fn new(shared: Arc<Shared>, session: SessionId, unfolded: usize) -> Self {
        let threshold = shared.config.compact_after;
        Self {
            shared,
            session,
            unfolded,
            threshold,
            running: None,
        }
    }

    /// Takes stored rows into account.
    pub(super) fn stored(&mut self, rows: usize) {
        self.unfolded += rows;
        self.start_at(self.threshold);
    }

    /// Nobody is there: fewer rows are worth it. Whether a compaction is running now.
    pub(super) fn start_for_unload(&mut self) -> bool {
        let own = self.shared.config.compact_on_unload_after;
        // After a failure the threshold is higher: unloading does not wait for a store that is away.
        let has_failed = self.threshold > self.shared.config.compact_after;
        self.start_at(if has_failed { self.threshold } else { own });
        self.is_running()
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    fn start_at(&mut self, threshold: usize) {
        // The last row always stays.
        if self.running.is_none() && self.unfolded >= threshold.max(2) {
            self.running = Some(tokio::spawn(compact(Arc::clone(&self.shared), self.session)));
        }
    }

    /// Waits for the running compaction; for ever if there is none. May be dropped and called again at any time.
    pub(super) async fn work(&mut self) {
        let Some(task) = &mut self.running else {
            return pending().await;
        };
        let result = task
            .await
            .unwrap_or_else(|error| Err(CollabError::Unavailable(error.to_string())));
        self.running = None;
        match result {
            Ok(folded) => {
                self.unfolded = self.unfolded.saturating_sub(folded);
                self.threshold = self.shared.config.compact_after;
            }
            Err(error) => {
                tracing::warn!(session = %self.session, %error, "document not compacted");
                self.threshold = self.unfolded + self.shared.config.compact_after;
            }
        }
    }
}

/// How often folding is tried again, when the base was replaced meanwhile.
const FOLD_TRIES: usize = 5;

/// Folds all stored rows but the last.
pub(crate) async fn fold_all(shared: &Arc<Shared>, session: SessionId) -> Result<(), CollabError> {
    for _ in 0..FOLD_TRIES {
        if compact(Arc::clone(shared), session).await? == 0 {
            return Ok(());
        }
    }
    Err(CollabError::Unavailable(
        "the document is being edited very much".into(),
    ))
}

/// Returns how many rows were folded.
async fn compact(shared: Arc<Shared>, session: SessionId) -> Result<usize, CollabError> {
    let mut rows = shared.store.load_document(session).await?;
    // The last row stays: its position says how many there have been.
    rows.updates.pop();
    let (version, folded) = (
        rows.base_version,
        rows.updates.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(),
    );
    if folded.is_empty() {
        return Ok(0);
    }
    let unreadable = |broken: crate::replica::Broken| CollabError::Unreadable(broken.to_string());
    let replica = loading::build(rows, Vec::new()).await.map_err(unreadable)?;
    let encoding = tokio::task::spawn_blocking(move || replica.encode());
    let base = encoding
        .await
        .map_err(|error| CollabError::Unavailable(error.to_string()))?;
    let base = base.map_err(unreadable)?;
    match shared.store.compact(session, &base, version, &folded).await {
        // A conflict: another node was faster, and the rows are folded all the same.
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(folded.len()),
        Err(error) => Err(error.into()),
    }
}
