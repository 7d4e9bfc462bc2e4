//! The documents that are open in this process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecrafter_bus::{Bus, LogBounds};
use codecrafter_domain::event::{SessionEvent, SessionEventKind};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::snapshot::FileText;
use codecrafter_domain::topic;
use codecrafter_domain::user::Person;
use codecrafter_store::{DocumentStore, SnapshotStore};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use crate::actor::{self, Command};
use crate::message::Protocol;
use crate::{CollabConfig, CollabError, Connection, Peer};

/// A bus that takes longer costs its listeners this event.
const ANNOUNCE_TIMEOUT: Duration = Duration::from_secs(5);

/// All documents. A cheap handle.
#[derive(Clone)]
pub struct Documents {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").finish_non_exhaustive()
    }
}

/// What the actors share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn DocumentStore>,
    pub(crate) snapshots: Arc<dyn SnapshotStore>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) config: CollabConfig,
    /// Tells this process from others.
    pub(crate) node: Uuid,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_session: HashMap<SessionId, Handle>,
    opened: u64,
    is_closing: bool,
}

/// The way to one open document.
#[derive(Clone)]
struct Handle {
    /// Tells a document from the same one opened again.
    generation: u64,
    mailbox: mpsc::UnboundedSender<Command>,
}

impl Documents {
    /// Documents kept in `store`, and copies of their files in `snapshots`; events go to `bus`.
    pub fn new(
        store: Arc<dyn DocumentStore>,
        snapshots: Arc<dyn SnapshotStore>,
        bus: Arc<dyn Bus>,
        config: CollabConfig,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                snapshots,
                bus,
                config,
                node: Uuid::new_v4(),
                open: Mutex::default(),
            }),
        }
    }

    /// A new session's first files (path and content). Returns once they are stored; `Exists` where there are any,
    /// `Invalid` for a path or a size beyond the limits.
    pub async fn create(
        &self,
        session: SessionId,
        author: UserId,
        files: &[(String, String)],
    ) -> Result<(), CollabError> {
        let files = files.to_vec();
        self.ask(session, |reply| Command::Create { author, files, reply })
            .await
    }

    /// Joins a document, loading it where needed; concurrent first joins share one load.
    pub async fn connect(&self, session: SessionId, peer: Peer) -> Result<Connection, CollabError> {
        self.join(session, peer, Protocol::YWebsocket).await
    }

    /// Joins a document as [`Self::connect`] does, for a Hocuspocus client: frames hold one message each, without the
    /// document's name, and each edit is answered by an [`crate::Outgoing::Status`].
    pub async fn connect_hocuspocus(&self, session: SessionId, peer: Peer) -> Result<Connection, CollabError> {
        self.join(session, peer, Protocol::Hocuspocus).await
    }

    async fn join(&self, session: SessionId, peer: Peer, protocol: Protocol) -> Result<Connection, CollabError> {
        self.ask(session, |reply| Command::Join { peer, protocol, reply }).await
    }

    /// The text files as they are now, by path. Entries without a usable path, and all but the first of several
    /// with the same path, are left out.
    pub async fn files(&self, session: SessionId) -> Result<Vec<FileText>, CollabError> {
        self.ask(session, Command::Files).await
    }

    /// Makes the files those given, by an edit of `author` that changes as little as it can; others see it arrive.
    /// Returns once it is stored; whether anything changed. `Invalid` for sizes beyond the limits.
    pub async fn restore(&self, session: SessionId, author: UserId, files: Vec<FileText>) -> Result<bool, CollabError> {
        self.ask(session, |reply| Command::Restore { author, files, reply })
            .await
    }

    /// Forgets how the files came to be what they are: deleted text is nowhere in the log afterwards, which begins anew
    /// with a mark by `author`.
    pub async fn purge_history(&self, session: SessionId, author: UserId) -> Result<(), CollabError> {
        self.ask(session, |reply| Command::Mark { author, reply }).await?;
        actor::fold_all(&self.shared, session).await?;
        self.shared.store.purge_history(session).await?;
        Ok(())
    }

    /// Stores what is not stored yet and closes all connections retryably. Documents cannot be opened afterwards.
    pub async fn shutdown(&self) {
        let handles: Vec<Handle> = {
            let mut open = self.shared.lock();
            open.is_closing = true;
            open.by_session.values().cloned().collect()
        };
        let mut done = Vec::with_capacity(handles.len());
        for handle in handles {
            let (reply, answer) = oneshot::channel();
            if handle.mailbox.send(Command::Shutdown(reply)).is_ok() {
                done.push(answer);
            }
        }
        for answer in done {
            // An error means that the document was gone already.
            let _ = answer.await;
        }
    }

    async fn ask<T>(
        &self,
        session: SessionId,
        command: impl FnOnce(oneshot::Sender<Result<T, CollabError>>) -> Command,
    ) -> Result<T, CollabError> {
        let (reply, answer) = oneshot::channel();
        self.shared.post(session, command(reply))?;
        answer
            .await
            .unwrap_or_else(|_| Err(CollabError::Unavailable("the document was closed".into())))
    }
}

impl Shared {
    // A panic while the lock is held cannot leave the map half changed: every change is one call.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a session. A bus that is away costs its listeners this event, never the act itself.
    pub(crate) async fn tell(&self, session: SessionId, kind: SessionEventKind, by: Option<Person>) {
        let topic = topic::session(session);
        let payload = match serde_json::to_vec(&SessionEvent::now(kind, by)) {
            Ok(payload) => payload,
            Err(error) => return tracing::error!(%topic, %error, "event cannot be written as JSON"),
        };
        let telling = self.bus.append(&topic, payload.into(), LogBounds::session());
        match timeout(ANNOUNCE_TIMEOUT, telling).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%topic, %error, "event not published"),
            Err(_) => tracing::warn!(%topic, "event not published in time"),
        }
    }

    /// Sends under the lock, so that a document cannot be unloaded between look-up and arrival.
    fn post(self: &Arc<Self>, session: SessionId, command: Command) -> Result<(), CollabError> {
        let mut open = self.lock();
        if open.is_closing {
            return Err(CollabError::Unavailable("shutting down".into()));
        }
        let command = match open.by_session.get(&session) {
            Some(handle) => match handle.mailbox.send(command) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::SendError(command)) => command,
            },
            None => command,
        };
        let (mailbox, commands) = mpsc::unbounded_channel();
        // The receiver was made just above.
        let _ = mailbox.send(command);
        open.opened += 1;
        let generation = open.opened;
        let handle = Handle {
            generation,
            mailbox: mailbox.clone(),
        };
        open.by_session.insert(session, handle);
        let registration = Registration {
            shared: Arc::clone(self),
            session,
            generation,
        };
        let room = Arc::new(Semaphore::new(self.config.limits.inbound_bytes));
        tokio::spawn(actor::run(registration, mailbox, commands, room));
        Ok(())
    }
}

/// A document's place in the map; given up when dropped.
pub(crate) struct Registration {
    pub(crate) shared: Arc<Shared>,
    pub(crate) session: SessionId,
    generation: u64,
}

impl Registration {
    /// Gives the place up unless a command has arrived; whether it did.
    pub(crate) fn leave_if_idle(&self, commands: &mpsc::UnboundedReceiver<Command>) -> bool {
        let mut open = self.shared.lock();
        let is_idle = commands.is_empty();
        if is_idle {
            open.remove(self.session, self.generation);
        }
        is_idle
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.shared.lock().remove(self.session, self.generation);
    }
}

impl Open {
    fn remove(&mut self, session: SessionId, generation: u64) {
        if self
            .by_session
            .get(&session)
            .is_some_and(|handle| handle.generation == generation)
        {
            self.by_session.remove(&session);
        }
    }
}
