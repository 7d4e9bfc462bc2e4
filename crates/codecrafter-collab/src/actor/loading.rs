//! Building a document from what is stored.

use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::id::SessionId;
use codecrafter_store::DocumentStore;
use codecrafter_store::documents::DocumentRows;

use crate::CollabError;
use crate::replica::{Broken, Replica};

/// A store that has not answered by then is as good as away.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A document as it is stored.
pub(super) struct Loaded {
    pub(super) replica: Replica,
    /// How many updates have been stored so far.
    pub(super) stored: u64,
    /// How many of them are not folded into the base.
    pub(super) unfolded: usize,
}

/// Reads and builds a document; `more` comes on top of what is stored.
pub(super) async fn load(
    store: &dyn DocumentStore,
    session: SessionId,
    more: Vec<Bytes>,
) -> Result<Loaded, CollabError> {
    let reading = tokio::time::timeout(TIMEOUT, store.load_document(session));
    let rows = reading
        .await
        .map_err(|_| CollabError::Unavailable("the store does not answer".into()))??;
    // Positions begin at 1, and compaction leaves the last row.
    let stored = rows.updates.last().map_or(0, |(seq, _)| *seq);
    let unfolded = rows.updates.len();
    let replica = build(rows, more)
        .await
        .map_err(|broken| CollabError::Unreadable(broken.to_string()))?;
    Ok(Loaded {
        replica,
        stored,
        unfolded,
    })
}

/// Builds a replica where it holds up nobody.
pub(super) async fn build(rows: DocumentRows, more: Vec<Bytes>) -> Result<Replica, Broken> {
    let building = tokio::task::spawn_blocking(move || {
        let stored = rows.updates.iter().map(|(_, update)| update.as_slice());
        let all = std::iter::once(rows.base.as_slice()).chain(stored);
        Replica::load(all.chain(more.iter().map(AsRef::as_ref)))
    });
    building
        .await
        .unwrap_or_else(|error| Err(Broken::new(error.to_string())))
}
