//! The open document: its loop, and what comes through the mailbox besides frames.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::id::SessionId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::client::Client;
use super::compactor::Compactor;
use super::joiners::Joiners;
use super::loading::{self, Loaded};
use super::nodes::Nodes;
use super::others::heard;
use super::outbox::Outbox;
use super::saver::{Progress, Saver, until};
use super::snapshotter::Snapshotter;
use super::turn::Turn;
use super::{Command, ConnectionId, Mailbox};
use crate::awareness::Awareness;
use crate::documents::Registration;
use crate::message::Protocol;
use crate::replica::{Broken, Replica};
use crate::{Access, CollabConfig, CollabError, Connection, ConnectionSender, Ending, FileText, Peer, close};

/// What arrives within one turn is answered together. Bounds how long the first of it waits.
const TURN_COMMANDS: usize = 512;
/// The same in bytes of updates.
const TURN_BYTES: usize = 256 * 1024;
/// How long a shutdown waits for the store.
const SHUTDOWN_FLUSH: Duration = Duration::from_secs(10);

/// Whether the document takes part in anything new.
pub(super) enum Phase {
    Open,
    /// Whatever is not stored yet is stored, within the time; everyone else is refused.
    Closing {
        until: Option<Instant>,
        replies: Vec<oneshot::Sender<()>>,
    },
}

/// An open document.
pub(super) struct Document {
    pub(super) registration: Registration,
    mailbox: Mailbox,
    pub(super) session: SessionId,
    pub(super) replica: Replica,
    /// The replica must be built again before it is used.
    pub(super) broken: Option<Broken>,
    pub(super) clients: BTreeMap<ConnectionId, Client>,
    last_id: u64,
    pub(super) awareness: Awareness,
    pub(super) turn: Turn,
    pub(super) joiners: Joiners,
    pub(super) saver: Saver,
    compactor: Compactor,
    snapshotter: Snapshotter,
    /// The line to other processes that have the document open.
    pub(super) nodes: Option<Nodes>,
    phase: Phase,
    active: Instant,
}

impl Document {
    pub(super) fn new(registration: Registration, mailbox: Mailbox, loaded: Loaded) -> Self {
        let (shared, session) = (&registration.shared, registration.session);
        let max_bytes = shared.config.limits.awareness_bytes;
        Self {
            mailbox,
            session,
            replica: loaded.replica,
            broken: None,
            clients: BTreeMap::new(),
            last_id: 0,
            awareness: Awareness::new(max_bytes, Awareness::floor_now()),
            turn: Turn::default(),
            joiners: Joiners::default(),
            saver: Saver::new(shared.clone(), session, loaded.stored),
            compactor: Compactor::new(shared.clone(), session, loaded.unfolded),
            snapshotter: Snapshotter::new(shared.clone(), session),
            nodes: Nodes::new(shared, session, loaded.stored),
            phase: Phase::Open,
            active: Instant::now(),
            registration,
        }
    }

    pub(super) fn config(&self) -> &CollabConfig {
        &self.registration.shared.config
    }

    /// Serves until the document is idle or closed.
    pub(super) async fn serve(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        while !self.may_end() || !self.registration.leave_if_idle(&commands) {
            let deadline = self.deadline();
            tokio::select! {
                Some(command) = commands.recv() => self.take_turn(command, &mut commands).await,
                progress = self.saver.work() => self.progressed(&progress),
                () = self.compactor.work() => {}
                heard = heard(&mut self.nodes) => self.hear(heard),
                () = until(deadline) => self.passed(),
            }
            self.finish_turn().await;
        }
        self.snapshot_if(Snapshotter::is_waiting);
        self.tell_of_moves();
        if let Phase::Closing { replies, .. } = self.phase {
            for reply in replies {
                // Whoever has stopped waiting needs no answer.
                let _ = reply.send(());
            }
        }
    }

    /// Takes what has arrived by now.
    async fn take_turn(&mut self, first: Command, commands: &mut mpsc::UnboundedReceiver<Command>) {
        self.active = Instant::now();
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(command) = next {
            self.take(command).await;
            taken += 1;
            let is_full = taken >= TURN_COMMANDS || self.turn.bytes() >= TURN_BYTES;
            next = if is_full || self.broken.is_some() {
                None
            } else {
                commands.try_recv().ok()
            };
        }
    }

    async fn take(&mut self, command: Command) {
        let command = match (&self.phase, command) {
            (Phase::Open, command) => command,
            (Phase::Closing { .. }, Command::Shutdown(reply)) => return self.shut_down(reply),
            (Phase::Closing { .. }, command) => {
                return command.refuse(&CollabError::Unavailable("the document is closing".into()));
            }
        };
        match command {
            Command::Join { peer, protocol, reply } => {
                let connection = self.join(peer, protocol);
                // If nobody waits any more, dropping the connection ends it.
                let _ = reply.send(Ok(connection));
            }
            Command::Frame(id, frame, _permit) => self.frame(id, &frame),
            Command::Oversized(id) => self.close(id, close::TOO_LARGE, "a message is too large"),
            Command::SetAccess(id, access) => self.set_access(id, access),
            Command::Leave(id, ending) => self.leave(id, ending),
            Command::Drained(id) => self.drained(id),
            Command::Create { author, files, reply } => {
                let result = self.create(author, &files).await;
                let _ = reply.send(result);
            }
            Command::Files(reply) => {
                let _ = reply.send(self.files());
            }
            Command::Restore { author, files, reply } => {
                let result = self.restore(author, &files).await;
                let _ = reply.send(result);
            }
            Command::Mark { author, reply } => {
                let result = self.mark(author).await;
                let _ = reply.send(result);
            }
            Command::Shutdown(reply) => self.shut_down(reply),
        }
    }

    pub(super) fn files(&mut self) -> Result<Vec<FileText>, CollabError> {
        self.replica.files().map_err(|broken| {
            let error = CollabError::Unreadable(broken.to_string());
            self.broken = Some(broken);
            error
        })
    }

    fn shut_down(&mut self, reply: oneshot::Sender<()>) {
        self.begin_closing(close::RESTART, "shutting down");
        if let Phase::Closing { until, replies } = &mut self.phase {
            until.get_or_insert(Instant::now() + SHUTDOWN_FLUSH);
            replies.push(reply);
        }
        self.saver.hurry();
    }

    fn join(&mut self, peer: Peer, protocol: Protocol) -> Connection {
        self.last_id += 1;
        let id = ConnectionId(self.last_id);
        let (outbox, outgoing) = Outbox::new(id, self.mailbox.sender.clone());
        self.clients.insert(id, Client::new(id, peer, protocol, outbox));
        let sender = ConnectionSender::new(id, self.mailbox.sender.clone(), self.mailbox.room.clone());
        Connection { sender, outgoing }
    }

    fn set_access(&mut self, id: ConnectionId, access: Access) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.set_access(access);
        }
    }

    fn leave(&mut self, id: ConnectionId, ending: Ending) {
        let was_there = self.clients.remove(&id).is_some();
        if was_there {
            self.active = Instant::now();
        }
        let grace = self.config().presence_grace;
        let moved = match ending {
            // Also for those whose outbound end was seen to go first.
            Ending::Clean => self.awareness.end(id),
            Ending::Lost if was_there => self.awareness.lose(id, Instant::now() + grace),
            Ending::Lost => None,
        };
        self.turn.moved.extend(moved);
    }

    /// Closes a connection. Its presence ends at once if it is told not to come back.
    pub(super) fn close(&mut self, id: ConnectionId, code: u16, reason: &'static str) {
        let Some(client) = self.clients.remove(&id) else { return };
        tracing::debug!(session = %self.session, user = ?client.user(), code, reason, "connection closed");
        client.outbox.close(code, reason);
        self.active = Instant::now();
        let grace = self.config().presence_grace;
        let moved = match code {
            close::RESTART | close::TRY_LATER => self.awareness.lose(id, Instant::now() + grace),
            _ => self.awareness.end(id),
        };
        self.turn.moved.extend(moved);
    }

    /// Closes all connections; the document ends when everything is stored.
    pub(super) fn begin_closing(&mut self, code: u16, reason: &'static str) {
        while let Some(id) = self.clients.keys().next().copied() {
            self.close(id, code, reason);
        }
        if matches!(self.phase, Phase::Open) {
            self.phase = Phase::Closing {
                until: None,
                replies: Vec::new(),
            };
        }
    }

    fn progressed(&mut self, progress: &Progress) {
        match progress {
            Progress::Stored(batch) => {
                self.compactor.stored(batch.len());
                if let Some(nodes) = &self.nodes {
                    nodes.tell_updates(batch.iter().map(|update| Bytes::copy_from_slice(&update.bytes)));
                }
                self.snapshotter.edited(Instant::now());
            }
            // Whether the document may end is looked at after each event.
            Progress::Idle => {}
            Progress::Gone => self.begin_closing(close::GONE, "the session is gone"),
        }
    }

    fn drained(&self, id: ConnectionId) {
        if let Some(client) = self.clients.get(&id) {
            client.outbox.drained();
        }
    }

    /// A deadline has passed.
    fn passed(&mut self) {
        self.joiners.expire(Instant::now());
        let gone = self.awareness.expire(Instant::now());
        self.turn.moved.extend(gone);
        self.snapshot_if(Snapshotter::is_due);
    }

    /// Has the files copied if the snapshotter says so.
    fn snapshot_if(&mut self, wanted: fn(&Snapshotter) -> bool) {
        if wanted(&self.snapshotter) {
            // A broken document is loaded again first; the next edit asks anew.
            let files = self.files().ok();
            self.snapshotter.take(files);
        }
    }

    fn is_unused(&self, now: Instant) -> bool {
        self.clients.is_empty() && now >= self.active + self.config().idle_unload
    }

    /// Whether nothing is left to do. Begins what is to be done before unloading.
    fn may_end(&mut self) -> bool {
        let now = Instant::now();
        match &self.phase {
            Phase::Open => self.is_unused(now) && self.saver.is_idle() && !self.compactor.start_for_unload(),
            Phase::Closing { until, .. } => self.saver.is_idle() || until.is_some_and(|until| now >= until),
        }
    }

    /// The next moment at which something is to be done without being asked.
    fn deadline(&self) -> Option<Instant> {
        let end = match &self.phase {
            Phase::Open if self.clients.is_empty() && self.saver.is_idle() && !self.compactor.is_running() => {
                Some(self.active + self.config().idle_unload)
            }
            Phase::Open => None,
            Phase::Closing { until, .. } => *until,
        };
        let moments = [
            end,
            self.awareness.next_expiry(),
            self.snapshotter.due(),
            self.joiners.next_expiry(),
        ];
        moments.into_iter().flatten().min()
    }

    /// Builds the replica again, from what is stored and what is about to be.
    pub(super) async fn recover(&mut self, broken: &Broken) {
        let session = self.session;
        tracing::error!(%session, %broken, "document broken, loading it again");
        metrics::counter!("codecrafter_document_reloads_total").increment(1);
        self.joiners.forget();
        let store = self.registration.shared.store.clone();
        match loading::load(store.as_ref(), session, self.saver.unsaved()).await {
            Ok(loaded) => self.replica = loaded.replica,
            Err(error) => {
                tracing::error!(%session, %error, "document not loaded again");
                self.begin_closing(close::RESTART, "the document is reloaded");
            }
        }
    }
}
