//! Makes accepted updates durable: in batches, one at a time, in order, until it succeeds.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_store::StoreError;
use codecrafter_store::documents::NewUpdate;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::documents::Shared;
use crate::update::merge::merge;

/// An append that takes longer counts as failed and is tried again; updates can be applied twice.
pub(super) const APPEND_TIMEOUT: Duration = Duration::from_secs(10);
/// "Saved" is not said more often than this: it stands for all before it, and the session's log has other uses.
const ANNOUNCE_INTERVAL: Duration = Duration::from_millis(100);
/// Updates of one batch, in bytes.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Something the document must know.
pub(super) enum Progress {
    /// These rows are stored.
    Stored(Arc<Vec<NewUpdate>>),
    /// Nothing is left to store or to say.
    Idle,
    /// The session is gone: nothing can be stored.
    Gone,
}

struct Accepted {
    author: Option<UserId>,
    at: DateTime<Utc>,
    since: Instant,
    bytes: Bytes,
}

/// Stores one document's updates.
pub(super) struct Saver {
    shared: Arc<Shared>,
    session: SessionId,
    accepted: Vec<Accepted>,
    accepted_bytes: usize,
    /// The batch that is being stored, or is tried again.
    batch: Option<Arc<Vec<NewUpdate>>>,
    batch_bytes: usize,
    /// Accepted updates in it; rows hold several.
    batch_updates: usize,
    /// Updates accepted so far, and those of them that are stored.
    accepted_so_far: u64,
    stored_so_far: u64,
    appending: Option<JoinHandle<Result<(), StoreError>>>,
    /// When to store next.
    due: Option<Instant>,
    backoff: Duration,
    is_failing: bool,
    stored: u64,
    announcer: Announcer,
}

impl Saver {
    pub(super) fn new(shared: Arc<Shared>, session: SessionId, stored: u64) -> Self {
        let announcer = Announcer {
            shared: Arc::clone(&shared),
            session,
            next: None,
            due: None,
            running: None,
        };
        Self {
            backoff: shared.config.retry_min,
            shared,
            session,
            accepted: Vec::new(),
            accepted_bytes: 0,
            batch: None,
            batch_bytes: 0,
            batch_updates: 0,
            accepted_so_far: 0,
            stored_so_far: 0,
            appending: None,
            due: None,
            is_failing: false,
            stored,
            announcer,
        }
    }

    /// Takes an applied update.
    pub(super) fn accept(&mut self, author: Option<UserId>, bytes: Bytes) {
        let since = Instant::now();
        self.accepted_bytes += bytes.len();
        self.accepted_so_far += 1;
        self.accepted.push(Accepted {
            author,
            at: Utc::now(),
            since,
            bytes,
        });
        if self.batch.is_none() && self.due.is_none() {
            self.due = Some(since + self.shared.config.batch_interval);
        }
    }

    /// Does not wait for more to come.
    pub(super) fn hurry(&mut self) {
        if self.batch.is_none() && !self.accepted.is_empty() {
            self.due = Some(Instant::now());
        }
        self.announcer.hurry();
    }

    /// Takes rows into account that were stored in another way.
    pub(super) fn count_stored(&mut self, rows: usize) {
        self.stored += rows as u64;
        self.announcer
            .say(SessionEventKind::DocumentSaved { updates: self.stored });
    }

    /// Updates accepted since the document was opened.
    pub(super) fn accepted_so_far(&self) -> u64 {
        self.accepted_so_far
    }

    /// How many of them are stored.
    pub(super) fn stored_so_far(&self) -> u64 {
        self.stored_so_far
    }

    /// Bytes that are not stored yet.
    pub(super) fn unsaved_bytes(&self) -> usize {
        self.accepted_bytes + self.batch_bytes
    }

    /// What is not stored yet.
    pub(super) fn unsaved(&self) -> Vec<Bytes> {
        let batch = self.batch.iter().flat_map(|batch| batch.iter());
        let batch = batch.map(|update| Bytes::copy_from_slice(&update.bytes));
        batch
            .chain(self.accepted.iter().map(|accepted| accepted.bytes.clone()))
            .collect()
    }

    /// Whether everything is stored and said.
    pub(super) fn is_idle(&self) -> bool {
        self.accepted.is_empty() && self.batch.is_none() && self.announcer.is_idle()
    }

    /// Works until there is something to report. May be dropped and called again at any time.
    pub(super) async fn work(&mut self) -> Progress {
        loop {
            let due = self.due.filter(|_| self.appending.is_none());
            tokio::select! {
                result = joined(&mut self.appending) => {
                    self.appending = None;
                    if let Some(progress) = self.appended(result) {
                        return progress;
                    }
                }
                () = until(due) => self.append(),
                () = self.announcer.work() => {
                    if self.is_idle() {
                        return Progress::Idle;
                    }
                }
            }
        }
    }

    fn append(&mut self) {
        self.due = None;
        if self.batch.is_none() {
            self.batch = self.next_batch().map(Arc::new);
        }
        let Some(batch) = self.batch.clone() else { return };
        let (shared, session) = (Arc::clone(&self.shared), self.session);
        self.appending = Some(tokio::spawn(async move {
            let started = Instant::now();
            let appending = timeout(APPEND_TIMEOUT, shared.store.append_updates(session, &batch));
            let result = appending.await;
            metrics::histogram!("codecrafter_document_store_seconds").record(started.elapsed().as_secs_f64());
            result.unwrap_or_else(|_| Err(StoreError::Unavailable("the store does not answer".into())))
        }));
    }

    fn next_batch(&mut self) -> Option<Vec<NewUpdate>> {
        let (mut bytes, mut count) = (0, 0);
        for accepted in &self.accepted {
            if count > 0 && bytes + accepted.bytes.len() > BATCH_BYTES {
                break;
            }
            bytes += accepted.bytes.len();
            count += 1;
        }
        let rest = self.accepted.split_off(count);
        let taken = std::mem::replace(&mut self.accepted, rest);
        self.accepted_bytes -= bytes;
        self.batch_bytes = bytes;
        self.batch_updates = count;
        (!taken.is_empty()).then(|| rows(taken))
    }

    fn appended(&mut self, result: Result<(), StoreError>) -> Option<Progress> {
        match result {
            Ok(()) => {
                let batch = self.batch.take().unwrap_or_default();
                self.batch_bytes = 0;
                self.stored_so_far += std::mem::take(&mut self.batch_updates) as u64;
                self.is_failing = false;
                self.backoff = self.shared.config.retry_min;
                self.due = self
                    .accepted
                    .first()
                    .map(|first| first.since + self.shared.config.batch_interval);
                metrics::counter!("codecrafter_document_updates_stored_total").increment(batch.len() as u64);
                self.count_stored(batch.len());
                Some(Progress::Stored(batch))
            }
            Err(StoreError::NotFound) => {
                self.accepted.clear();
                (self.batch, self.batch_bytes, self.accepted_bytes) = (None, 0, 0);
                Some(Progress::Gone)
            }
            Err(error) => {
                tracing::warn!(session = %self.session, %error, "updates not stored, trying again");
                if !self.is_failing {
                    self.is_failing = true;
                    self.announcer.say(SessionEventKind::DocumentUnsaved);
                }
                self.due = Some(Instant::now() + self.backoff);
                self.backoff = (self.backoff * 2).min(self.shared.config.retry_max);
                None
            }
        }
    }
}

/// One row per author, or a few: updates of one author are merged.
fn rows(accepted: Vec<Accepted>) -> Vec<NewUpdate> {
    let mut order: Vec<(Option<UserId>, DateTime<Utc>, Vec<Bytes>)> = Vec::new();
    let mut places = BTreeMap::new();
    for update in accepted {
        let place = *places.entry(update.author).or_insert_with(|| {
            order.push((update.author, update.at, Vec::new()));
            order.len() - 1
        });
        order[place].2.push(update.bytes);
    }
    let rows = order.into_iter().flat_map(|(author, at, updates)| {
        let merged = merge(&updates);
        merged.into_iter().map(move |bytes| NewUpdate {
            author,
            at,
            bytes: bytes.into(),
        })
    });
    rows.collect()
}

/// Tells the session, one event at a time; of those that wait the last stands for all.
struct Announcer {
    shared: Arc<Shared>,
    session: SessionId,
    next: Option<SessionEventKind>,
    due: Option<Instant>,
    running: Option<JoinHandle<()>>,
}

impl Announcer {
    fn say(&mut self, kind: SessionEventKind) {
        self.next = Some(kind);
    }

    fn hurry(&mut self) {
        self.due = None;
    }

    fn is_idle(&self) -> bool {
        self.next.is_none() && self.running.is_none()
    }

    /// One step of work.
    async fn work(&mut self) {
        if self.running.is_some() {
            joined_quietly(&mut self.running).await;
            self.running = None;
            return;
        }
        if self.next.is_none() {
            return pending().await;
        }
        if let Some(due) = self.due {
            sleep_until(due).await;
        }
        let Some(kind) = self.next.take() else { return };
        self.due = Some(Instant::now() + ANNOUNCE_INTERVAL);
        let (shared, session) = (Arc::clone(&self.shared), self.session);
        self.running = Some(tokio::spawn(async move { shared.tell(session, kind, None).await }));
    }
}

/// Waits for a task; for ever if there is none.
async fn joined(task: &mut Option<JoinHandle<Result<(), StoreError>>>) -> Result<(), StoreError> {
    match task {
        Some(task) => task
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string()))),
        None => pending().await,
    }
}

async fn joined_quietly(task: &mut Option<JoinHandle<()>>) {
    if let Some(task) = task
        && let Err(error) = task.await
    {
        tracing::error!(%error, "telling a session");
    }
}

/// Waits for a moment; for ever if there is none.
pub(super) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}
