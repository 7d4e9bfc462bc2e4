//! One task per open document: all its state is inside, and everything goes through its mailbox.

mod client;
mod compactor;
mod document;
mod inbound;
mod joiners;
mod loading;
mod nodes;
mod others;
mod outbox;
mod own;
mod receipts;
mod saver;
mod snapshotter;
mod turn;

use std::sync::Arc;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::documents::Registration;
use crate::message::Protocol;
use crate::{Access, CollabError, Connection, Ending, FileText, Peer};
pub(crate) use compactor::fold_all;
use document::Document;
pub(crate) use nodes::State;
pub use outbox::OutgoingReceiver;

/// A connection of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

pub(crate) type Reply<T> = oneshot::Sender<Result<T, CollabError>>;

/// What a document can be asked.
pub(crate) enum Command {
    Join {
        peer: Peer,
        protocol: Protocol,
        reply: Reply<Connection>,
    },
    /// An inbound frame; the permit bounds the mailbox.
    Frame(ConnectionId, Bytes, OwnedSemaphorePermit),
    /// A frame beyond the bound, not kept.
    Oversized(ConnectionId),
    SetAccess(ConnectionId, Access),
    Leave(ConnectionId, Ending),
    /// All that was to be sent to it has been taken.
    Drained(ConnectionId),
    Create {
        author: UserId,
        files: Vec<(String, String)>,
        reply: Reply<()>,
    },
    Files(Reply<Vec<FileText>>),
    Restore {
        author: UserId,
        files: Vec<FileText>,
        reply: Reply<bool>,
    },
    /// An update that changes nothing goes into the log.
    Mark {
        author: UserId,
        reply: Reply<()>,
    },
    Shutdown(oneshot::Sender<()>),
}

impl Command {
    /// Answers with an error whatever waits for an answer.
    fn refuse(self, error: &CollabError) {
        // Whoever has stopped waiting needs no answer.
        match self {
            Self::Join { reply, .. } => drop(reply.send(Err(error.clone()))),
            Self::Create { reply, .. } | Self::Mark { reply, .. } => drop(reply.send(Err(error.clone()))),
            Self::Files(reply) => drop(reply.send(Err(error.clone()))),
            Self::Restore { reply, .. } => drop(reply.send(Err(error.clone()))),
            Self::Shutdown(reply) => drop(reply.send(())),
            Self::Frame(..) | Self::Oversized(_) | Self::SetAccess(..) | Self::Leave(..) | Self::Drained(_) => {}
        }
    }
}

/// The ends of the mailbox that connections are given.
struct Mailbox {
    sender: mpsc::UnboundedSender<Command>,
    room: Arc<Semaphore>,
}

/// Whoever waits for room learns that the document is gone.
impl Drop for Mailbox {
    fn drop(&mut self) {
        self.room.close();
    }
}

/// Counts something for as long as it is there.
struct Gauged(&'static str);

impl Gauged {
    fn new(name: &'static str) -> Self {
        metrics::gauge!(name).increment(1);
        Self(name)
    }
}

impl Drop for Gauged {
    fn drop(&mut self) {
        metrics::gauge!(self.0).decrement(1);
    }
}

/// Serves a document until it is idle. Until it is loaded commands wait in the mailbox.
pub(crate) async fn run(
    registration: Registration,
    mailbox: mpsc::UnboundedSender<Command>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    room: Arc<Semaphore>,
) {
    let _open = Gauged::new("codecrafter_documents_open");
    let mailbox = Mailbox { sender: mailbox, room };
    let session = registration.session;
    match loading::load(registration.shared.store.as_ref(), session, Vec::new()).await {
        Ok(loaded) => Document::new(registration, mailbox, loaded).serve(commands).await,
        Err(error) => {
            tracing::warn!(%session, %error, "document not loaded");
            refuse_all(&registration, &mut commands, &error);
        }
    }
}

/// Answers all who wait, and makes way for the next attempt.
fn refuse_all(registration: &Registration, commands: &mut mpsc::UnboundedReceiver<Command>, error: &CollabError) {
    loop {
        while let Ok(command) = commands.try_recv() {
            command.refuse(error);
        }
        if registration.leave_if_idle(commands) {
            return;
        }
    }
}
