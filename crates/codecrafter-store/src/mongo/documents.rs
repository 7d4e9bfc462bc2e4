//! Documents: one of the server's for each, with the base, and which updates are in it. Updates never change, so that
//! a compaction is one step.

use async_trait::async_trait;
use codecrafter_domain::id::SessionId;
use futures::TryStreamExt as _;
use mongodb::bson::{Binary, deserialize_from_document, doc};
use serde::{Deserialize, Serialize};

use super::append::{self, ChunkDocument, last_position};
use super::engine::{Engine, Stored, TRIES, crowded, key, pause};
use super::people::binary;
use super::{Mongo, sessions};
use crate::convert;
use crate::documents::{DocumentRows, HistoryStart, NewUpdate, StoredUpdate};
use crate::error::StoreError;
use crate::{DocumentStore, Result};

/// What is known of a document besides its updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LogDocument {
    #[serde(rename = "_id")]
    pub(super) session: String,
    pub(super) version: i64,
    pub(super) base_version: i64,
    pub(super) base: Binary,
    /// Of the base.
    pub(super) bytes: i64,
    /// Updates that are in the base.
    pub(super) folded: Runs,
    /// Those of them that are no part of the log any more.
    pub(super) purged: Runs,
    pub(super) start: Option<StartPart>,
}

/// Where the log begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StartPart {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) base: Binary,
}

impl Stored for LogDocument {
    const COLLECTION: &'static str = "documents";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl LogDocument {
    fn new(session: &str) -> Self {
        Self {
            session: session.to_owned(),
            version: 0,
            base_version: 0,
            base: binary([]),
            bytes: 0,
            folded: Runs::default(),
            purged: Runs::default(),
            start: None,
        }
    }
}

/// Neighbouring positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Positions as runs of neighbours, in order and apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Runs(Vec<Run>);

impl Runs {
    /// Whether a position is one of them.
    pub(super) fn contains(&self, position: i64) -> bool {
        self.covers(position, position)
    }

    /// Whether all these neighbours are.
    pub(super) fn covers(&self, first: i64, last: i64) -> bool {
        self.0.iter().any(|run| run.first <= first && last <= run.last)
    }

    /// The largest; 0 where there are none.
    pub(super) fn last(&self) -> i64 {
        self.0.last().map_or(0, |run| run.last)
    }

    /// Up to where there is no gap from the first position on.
    fn prefix(&self) -> i64 {
        self.0.first().filter(|run| run.first == 1).map_or(0, |run| run.last)
    }

    fn count(&self) -> i64 {
        self.0.iter().map(|run| run.last - run.first + 1).sum()
    }

    /// Adds positions.
    pub(super) fn add(&mut self, positions: impl Iterator<Item = i64>) {
        let single = |position| Run {
            first: position,
            last: position,
        };
        self.0.extend(positions.map(single));
        self.0.sort_unstable();
        let mut merged: Vec<Run> = Vec::new();
        for run in std::mem::take(&mut self.0) {
            match merged.last_mut() {
                Some(before) if run.first <= before.last.saturating_add(1) => before.last = before.last.max(run.last),
                _ => merged.push(run),
            }
        }
        self.0 = merged;
    }

    /// The largest that is not in `others`, which are all among these.
    fn last_beyond(&self, others: &Self) -> Option<i64> {
        if self.count() == others.count() {
            return None;
        }
        let mut positions = self.0.iter().rev().flat_map(|run| (run.first..=run.last).rev());
        positions.find(|position| !others.contains(*position))
    }
}

#[async_trait]
impl DocumentStore for Mongo {
    async fn append_updates(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
        sessions::require(&self.engine, session).await?;
        append::append(&self.engine, session, updates).await
    }

    async fn load_document(&self, session: SessionId) -> Result<DocumentRows> {
        sessions::require(&self.engine, session).await?;
        let session = key(session.0);
        for tried in 0..TRIES {
            let document = log(&self.engine, &session).await?;
            let later = doc! { "session": &session, "last": { "$gt": document.folded.prefix() } };
            let chunks: Vec<ChunkDocument> = self.engine.list(later, doc! { "first": 1 }).await?;
            // Updates never change. What was purged meanwhile, however, may be neither in this base nor among these.
            if purged(&self.engine, &session).await? == document.purged {
                return into_rows(document, chunks);
            }
            pause(tried).await;
        }
        Err(crowded())
    }

    async fn compact(&self, session: SessionId, base: &[u8], base_version: u64, folded: &[u64]) -> Result<()> {
        sessions::require(&self.engine, session).await?;
        let session = key(session.0);
        let last = last_position(&self.engine, &session).await?;
        let expected = convert::column(base_version);
        let next = expected.checked_add(1).ok_or(StoreError::Conflict("base_version"))?;
        let folded: Vec<i64> = folded.iter().map(|seq| convert::column(*seq)).collect();
        let compacted = self
            .engine
            .change_or(&session, LogDocument::new(&session), |document: &mut LogDocument| {
                if document.base_version != expected {
                    return Err(StoreError::Conflict("base_version"));
                }
                // A base that claims what was never stored, or is in a base already, was not built from the updates.
                let is_pending = |seq: &i64| (1..=last).contains(seq) && !document.folded.contains(*seq);
                if !folded.iter().all(is_pending) {
                    return Err(StoreError::Invalid("folded"));
                }
                document.folded.add(folded.iter().copied());
                document.base = binary(base);
                document.bytes = convert::column(base.len());
                document.base_version = next;
                Ok(())
            });
        compacted.await
    }

    async fn updates_after(&self, session: SessionId, seq: u64, limit: u64) -> Result<Vec<StoredUpdate>> {
        sessions::require(&self.engine, session).await?;
        let session = key(session.0);
        let purged = purged(&self.engine, &session).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let later = doc! { "session": &session, "last": { "$gt": convert::column(seq) } };
        let mut chunks = self
            .engine
            .all::<ChunkDocument>()
            .find(later)
            .sort(doc! { "first": 1 })
            .await?;
        let mut updates = Vec::new();
        while updates.len() < most
            && let Some(chunk) = chunks.try_next().await?
        {
            let kept = |update: &StoredUpdate| update.seq > seq && !purged.contains(convert::column(update.seq));
            updates.extend(chunk.into_updates()?.into_iter().filter(kept));
        }
        updates.truncate(most);
        Ok(updates)
    }

    async fn history_start(&self, session: SessionId) -> Result<Option<HistoryStart>> {
        sessions::require(&self.engine, session).await?;
        let start = log(&self.engine, &key(session.0)).await?.start;
        let start = start.map(|start| {
            Ok(HistoryStart {
                seq: convert::number(start.seq)?,
                at: convert::time(start.at)?,
                base: start.base.bytes,
            })
        });
        start.transpose()
    }

    async fn purge_history(&self, session: SessionId) -> Result<u64> {
        sessions::require(&self.engine, session).await?;
        let session = key(session.0);
        let _turn = self.engine.turn::<LogDocument>(&session).await;
        for tried in 0..TRIES {
            let before = log(&self.engine, &session).await?;
            let Some(last) = before.folded.last_beyond(&before.purged) else {
                append::sweep(&self.engine, &session, &before.purged).await?;
                return Ok(0);
            };
            let removed = before.folded.count() - before.purged.count();
            let mut after = before.clone();
            after.start = Some(StartPart {
                seq: last,
                at: arrival(&self.engine, &session, last).await?,
                base: before.base.clone(),
            });
            after.purged = before.folded.clone();
            let purged = after.purged.clone();
            if self.engine.put(&session, Some(before), after).await? {
                append::sweep(&self.engine, &session, &purged).await?;
                return convert::number(removed);
            }
            pause(tried).await;
        }
        Err(crowded())
    }
}

/// What is known of a document; what is known of a new one where nothing is stored.
pub(super) async fn log(engine: &Engine, session: &str) -> Result<LogDocument> {
    let found = engine.find(session).await?;
    Ok(found.unwrap_or_else(|| LogDocument::new(session)))
}

/// Which updates of a log were purged. Unlike [`log`] it does not read the base, which may have megabytes.
pub(super) async fn purged(engine: &Engine, session: &str) -> Result<Runs> {
    #[derive(Deserialize)]
    struct Part {
        purged: Runs,
    }
    let found = engine
        .fields::<LogDocument>(doc! { "_id": session }, &["purged"], doc! {}, 1)
        .await?;
    let Some(document) = found.into_iter().next() else {
        return Ok(Runs::default());
    };
    let part: Part = deserialize_from_document(document).map_err(mongodb::error::Error::from)?;
    Ok(part.purged)
}

/// When an update had arrived.
async fn arrival(engine: &Engine, session: &str, seq: i64) -> Result<i64> {
    let around = doc! { "session": session, "first": { "$lte": seq }, "last": { "$gte": seq } };
    let chunk: Option<ChunkDocument> = engine.first(around).await?;
    let updates = chunk.map(ChunkDocument::into_updates).transpose()?.unwrap_or_default();
    let update = updates.iter().find(|update| convert::column(update.seq) == seq);
    let gone = || StoreError::Unreadable(format!("update {seq} of {session} is gone"));
    Ok(convert::micros(update.ok_or_else(gone)?.at))
}

fn into_rows(document: LogDocument, chunks: Vec<ChunkDocument>) -> Result<DocumentRows> {
    let mut updates = Vec::new();
    for chunk in chunks {
        let pending = |update: &StoredUpdate| !document.folded.contains(convert::column(update.seq));
        let all = chunk.into_updates()?.into_iter();
        updates.extend(all.filter(pending).map(|update| (update.seq, update.bytes)));
    }
    Ok(DocumentRows {
        base: document.base.bytes,
        base_version: convert::number(document.base_version)?,
        updates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(positions: impl IntoIterator<Item = i64>) -> Runs {
        let mut runs = Runs::default();
        runs.add(positions.into_iter());
        runs
    }

    fn spans(runs: &Runs) -> Vec<(i64, i64)> {
        runs.0.iter().map(|run| (run.first, run.last)).collect()
    }

    #[test]
    fn neighbours_become_runs() {
        assert_eq!(spans(&runs([3, 1, 2, 2, 7, 8, 10])), [(1, 3), (7, 8), (10, 10)]);
        let mut more = runs([1, 2, 6]);
        more.add([4, 5, 3].into_iter());
        assert_eq!(spans(&more), [(1, 6)]);
    }

    #[test]
    fn runs_say_what_is_in_them() {
        let some = runs([1, 2, 3, 7, 8]);
        assert!(some.covers(2, 3) && some.contains(8) && !some.covers(3, 7) && !some.contains(4));
        assert_eq!((some.prefix(), some.last(), some.count()), (3, 8, 5));
        assert_eq!((runs([2, 3]).prefix(), runs([]).last()), (0, 0));
        assert_eq!(some.last_beyond(&runs([8])), Some(7));
        assert_eq!(some.last_beyond(&some), None);
    }
}
