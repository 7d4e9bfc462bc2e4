//! A connection's two ends, without a socket.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use codecrafter_domain::user::Person;
use tokio::sync::{Semaphore, mpsc};

use crate::MAX_FRAME_BYTES;
use crate::actor::{Command, ConnectionId, OutgoingReceiver};

/// Every frame costs something besides its bytes; counting that bounds their number too.
const FRAME_COST: u32 = 64;

/// What a connection may do to its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Receive; edits are refused.
    Read,
    /// Edit too.
    Write,
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The user; `None` for an anonymous reader of a public session, who has no presence.
    pub user: Option<Person>,
    /// What the connection may do.
    pub access: Access,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client said goodbye: its presence ends at once.
    Clean,
    /// It broke off: its presence is kept for a grace period.
    Lost,
}

/// Something for the socket to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Send this as one binary message.
    Frame(Bytes),
    /// Say of this many edits, one by one, what has become of them: [`crate::hocuspocus::sync_status`]. Only for
    /// connections made by [`crate::Documents::connect_hocuspocus`].
    Status {
        /// They are stored; otherwise they were refused.
        is_applied: bool,
        /// How many.
        times: u32,
    },
    /// Close with this code; nothing follows.
    Close {
        /// See [`crate::close`].
        code: u16,
        /// For people, at most 123 bytes (RFC 6455, 5.5).
        reason: Cow<'static, str>,
    },
}

impl Outgoing {
    /// Bytes of content.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.len(),
            Self::Status { .. } | Self::Close { .. } => 0,
        }
    }
}

/// A joined connection.
pub struct Connection {
    /// Where inbound frames go.
    pub sender: ConnectionSender,
    /// What to send. Dropping it ends the connection as [`Ending::Lost`].
    pub outgoing: OutgoingReceiver,
}

/// The connection is closed or its document is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection is closed")]
pub struct Closed;

/// A connection's inbound end. When the last clone is dropped the connection ends as [`Ending::Lost`].
#[derive(Clone)]
pub struct ConnectionSender {
    inner: Arc<Inner>,
}

struct Inner {
    id: ConnectionId,
    mailbox: mpsc::UnboundedSender<Command>,
    /// Permits for bytes in the mailbox: what bounds it.
    room: Arc<Semaphore>,
    ended: AtomicBool,
}

impl ConnectionSender {
    pub(crate) fn new(id: ConnectionId, mailbox: mpsc::UnboundedSender<Command>, room: Arc<Semaphore>) -> Self {
        Self {
            inner: Arc::new(Inner {
                id,
                mailbox,
                room,
                ended: AtomicBool::new(false),
            }),
        }
    }

    /// Hands an inbound binary frame to the document; waits while the document is behind.
    pub async fn send(&self, frame: Bytes) -> Result<(), Closed> {
        let inner = &self.inner;
        if inner.ended.load(Ordering::Acquire) {
            return Err(Closed);
        }
        if frame.len() > MAX_FRAME_BYTES {
            return inner.post(Command::Oversized(inner.id));
        }
        let cost = u32::try_from(frame.len()).map_err(|_| Closed)? + FRAME_COST;
        let room = Arc::clone(&inner.room);
        let permit = room.acquire_many_owned(cost).await.map_err(|_| Closed)?;
        inner.post(Command::Frame(inner.id, frame, permit))
    }

    /// Changes what the connection may do, from the next frame on. After a promotion the client is asked
    /// for what was refused before.
    pub fn set_access(&self, access: Access) {
        let _ = self.inner.post(Command::SetAccess(self.inner.id, access));
    }

    /// Ends the connection, after the frames already sent. Later calls change nothing.
    pub fn close(&self, ending: Ending) {
        self.inner.end(ending);
    }
}

impl Inner {
    fn post(&self, command: Command) -> Result<(), Closed> {
        self.mailbox.send(command).map_err(|_| Closed)
    }

    fn end(&self, ending: Ending) {
        if !self.ended.swap(true, Ordering::AcqRel) {
            let _ = self.post(Command::Leave(self.id, ending));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end(Ending::Lost);
    }
}
