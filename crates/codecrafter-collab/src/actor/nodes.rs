//! The same document in other processes: what was stored and who is here travels over the bus.
//!
//! An update is told once it is stored: otherwise others would build upon what is lost with this process. What the bus
//! loses is read from the store, from time to time and whenever a subscription has ended.

mod note;

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_bus::{BusError, Subscription};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::topic;
use codecrafter_store::StoreError;
use codecrafter_store::documents::StoredUpdate;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::saver::until;
use crate::documents::Shared;
pub(super) use note::Note;
pub(crate) use note::State;

/// Cursors that move within this time are told of together.
const PRESENCE_INTERVAL: Duration = Duration::from_millis(30);
/// Before subscribing again.
const RETRY: Duration = Duration::from_secs(1);
/// What takes longer counts as lost.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Notes that wait for the bus; others find what is dropped in the store.
const QUEUE: usize = 256;
/// Updates of one note, in bytes.
const NOTE_BYTES: usize = 512 * 1024;
/// Rows that are read at once.
const ROWS: u64 = 500;

/// Something that the document must act upon.
pub(super) enum Heard {
    /// From another process.
    Note(Note),
    /// Rows of the store after those seen so far: stored by whomever.
    Rows(Vec<StoredUpdate>),
    /// Others are to be told who is here.
    TellAll,
    /// Others are to be told of these.
    Tell(BTreeSet<u64>),
}

/// One document's line to its likes.
pub(super) struct Nodes {
    shared: Arc<Shared>,
    session: SessionId,
    notes: mpsc::Sender<Bytes>,
    subscription: Option<Subscription>,
    subscribing: Option<JoinHandle<Result<Subscription, BusError>>>,
    subscribe_at: Option<Instant>,
    reading: Option<JoinHandle<Result<Vec<StoredUpdate>, StoreError>>>,
    /// Position in the log up to which rows were read.
    seen: u64,
    again_at: Instant,
    moved: BTreeSet<u64>,
    tell_at: Option<Instant>,
}

impl Nodes {
    /// `None` where there are no other processes.
    pub(super) fn new(shared: &Arc<Shared>, session: SessionId, seen: u64) -> Option<Self> {
        if !shared.config.several_nodes {
            return None;
        }
        let (notes, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(publish(Arc::clone(shared), session, waiting));
        let now = Instant::now();
        Some(Self {
            shared: Arc::clone(shared),
            session,
            notes,
            subscription: None,
            subscribing: None,
            subscribe_at: Some(now),
            reading: None,
            seen,
            again_at: now + shared.config.reconcile_every,
            moved: BTreeSet::new(),
            tell_at: None,
        })
    }

    /// Tells of what is stored now.
    pub(super) fn tell_updates(&self, updates: impl IntoIterator<Item = Bytes>) {
        let (mut together, mut bytes) = (Vec::new(), 0);
        for update in updates {
            if bytes > 0 && bytes + update.len() > NOTE_BYTES {
                self.tell(&Note::Updates(std::mem::take(&mut together)));
                bytes = 0;
            }
            bytes += update.len();
            together.push(update);
        }
        if !together.is_empty() {
            self.tell(&Note::Updates(together));
        }
    }

    /// Has others told soon that these have moved.
    pub(super) fn moved(&mut self, clients: impl IntoIterator<Item = u64>) {
        self.moved.extend(clients);
        if !self.moved.is_empty() {
            self.tell_at.get_or_insert(Instant::now() + PRESENCE_INTERVAL);
        }
    }

    /// Whose moves others are still to be told of.
    pub(super) fn take_moved(&mut self) -> BTreeSet<u64> {
        self.tell_at = None;
        std::mem::take(&mut self.moved)
    }

    pub(super) fn tell(&self, note: &Note) {
        // Nobody waits for the bus; see `QUEUE`.
        if self.notes.try_send(note.encode(self.shared.node)).is_err() {
            tracing::debug!(session = %self.session, "too much waits for the bus: others read the store");
        }
    }

    /// Works until there is something to act upon. May be dropped and called again at any time.
    pub(super) async fn work(&mut self) -> Heard {
        loop {
            tokio::select! {
                subscribed = joined(&mut self.subscribing) => {
                    self.subscribing = None;
                    match subscribed {
                        Some(Ok(subscription)) => {
                            self.subscription = Some(subscription);
                            // After this nothing is missed; what came before is in the store.
                            self.read();
                            self.tell(&Note::WhoIsThere);
                            return Heard::TellAll;
                        }
                        _ => self.subscribe_at = Some(Instant::now() + RETRY),
                    }
                }
                () = until(self.subscribe_at) => self.subscribe(),
                message = next(&mut self.subscription) => {
                    let Some(payload) = message else {
                        self.subscription = None;
                        self.subscribe_at = Some(Instant::now());
                        continue;
                    };
                    if let Some(note) = Note::decode(&payload, self.shared.node) {
                        return Heard::Note(note);
                    }
                }
                rows = joined(&mut self.reading) => {
                    self.reading = None;
                    if let Some(Ok(rows)) = rows && let Some(last) = rows.last() {
                        self.seen = last.seq;
                        // There may be more.
                        if rows.len() as u64 == ROWS {
                            self.read();
                        }
                        return Heard::Rows(rows);
                    }
                }
                () = sleep_until(self.again_at) => {
                    self.again_at = Instant::now() + self.shared.config.reconcile_every;
                    self.read();
                    return Heard::TellAll;
                }
                () = until(self.tell_at) => return Heard::Tell(self.take_moved()),
            }
        }
    }

    fn subscribe(&mut self) {
        self.subscribe_at = None;
        let (shared, topic) = (Arc::clone(&self.shared), topic::document(self.session));
        self.subscribing = Some(tokio::spawn(async move {
            let subscribing = timeout(TIMEOUT, shared.bus.subscribe(&topic)).await;
            subscribing.unwrap_or_else(|_| Err(BusError::Unavailable("the bus does not answer".into())))
        }));
    }

    fn read(&mut self) {
        if self.reading.is_some() {
            return;
        }
        let (shared, session, seen) = (Arc::clone(&self.shared), self.session, self.seen);
        self.reading = Some(tokio::spawn(async move {
            let reading = timeout(TIMEOUT, shared.store.updates_after(session, seen, ROWS)).await;
            reading.unwrap_or_else(|_| Err(StoreError::Unavailable("the store does not answer".into())))
        }));
    }
}

/// Work of others: each once. A task that panicked counts as failed.
async fn joined<T>(task: &mut Option<JoinHandle<T>>) -> Option<T> {
    match task {
        Some(task) => task.await.ok(),
        None => pending().await,
    }
}

async fn next(subscription: &mut Option<Subscription>) -> Option<Bytes> {
    match subscription {
        Some(subscription) => subscription.next().await.map(|message| message.payload),
        None => pending().await,
    }
}

/// Publishes one after the other, until the document is gone.
async fn publish(shared: Arc<Shared>, session: SessionId, mut notes: mpsc::Receiver<Bytes>) {
    let topic = topic::document(session);
    while let Some(note) = notes.recv().await {
        match timeout(TIMEOUT, shared.bus.publish(&topic, note)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%topic, %error, "note not published"),
            Err(_) => tracing::debug!(%topic, "note not published in time"),
        }
    }
}
