//! One task per open document: all its state is inside.

use std::sync::Arc;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::documents::Registration;
use crate::{Access, CollabError, Connection, Ending, FileText, Peer};

/// A connection of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

pub(crate) type Reply<T> = oneshot::Sender<Result<T, CollabError>>;

/// What a document can be asked.
pub(crate) enum Command {
    Join { peer: Peer, reply: Reply<Connection> },
    /// An inbound frame; the permit bounds the mailbox.
    Frame(ConnectionId, Bytes, OwnedSemaphorePermit),
    /// A frame beyond the bound, not kept.
    Oversized(ConnectionId),
    SetAccess(ConnectionId, Access),
    Leave(ConnectionId, Ending),
    Create { author: UserId, files: Vec<(String, String)>, reply: Reply<()> },
    Files(Reply<Vec<FileText>>),
    Shutdown(oneshot::Sender<()>),
}

/// Serves a document until it is idle.
pub(crate) async fn run(
    registration: Registration,
    _mailbox: mpsc::UnboundedSender<Command>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    _room: Arc<Semaphore>,
) {
    while commands.recv().await.is_some() && !registration.leave_if_idle(&commands) {}
}
