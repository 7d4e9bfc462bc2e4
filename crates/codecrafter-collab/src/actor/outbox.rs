//! What waits for one connection's socket, bounded.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{AbortHandle, BoxFuture, abortable};
use tokio::sync::mpsc;

use crate::Outgoing;

use super::ConnectionId;

/// Frames in the channel. Few: what waits longer is merged with what comes after it.
const FRAMES: usize = 64;
/// Bytes in the channel. One frame may be larger, if it is alone.
const BYTES: usize = 256 * 1024;

/// News from a connection's outbound end.
pub(super) enum Signal {
    /// Its channel is empty again.
    Drained(ConnectionId),
    /// Nobody reads it any more.
    Dropped(ConnectionId),
    /// The connection had ended before.
    Stale,
}

pub(super) type Watch = BoxFuture<'static, Signal>;

/// A connection's outbound channel.
pub(super) struct Outbox {
    id: ConnectionId,
    channel: mpsc::Sender<Outgoing>,
    /// Kept for the closing message, which must always fit.
    last: Option<mpsc::OwnedPermit<Outgoing>>,
    /// Sizes of the frames in the channel, oldest first.
    sizes: VecDeque<usize>,
    bytes: usize,
    is_draining: bool,
    watches: Vec<AbortHandle>,
}

impl Outbox {
    /// An outbox, its other end, and what tells that the other end was dropped.
    pub(super) fn new(id: ConnectionId) -> (Self, mpsc::Receiver<Outgoing>, Watch) {
        let (channel, outgoing) = mpsc::channel(FRAMES + 1);
        let mut outbox = Self {
            id,
            last: channel.clone().try_reserve_owned().ok(),
            channel,
            sizes: VecDeque::new(),
            bytes: 0,
            is_draining: false,
            watches: Vec::new(),
        };
        let channel = outbox.channel.clone();
        let watch = outbox.watch(async move {
            channel.closed().await;
            Signal::Dropped(id)
        });
        (outbox, outgoing, watch)
    }

    /// Watches hold the channel open: they end with the outbox.
    fn watch(&mut self, work: impl Future<Output = Signal> + Send + 'static) -> Watch {
        let (work, handle) = abortable(work);
        self.watches.push(handle);
        work.map(|signal| signal.unwrap_or(Signal::Stale)).boxed()
    }

    /// Whether a frame can be sent now. While [`Self::drain`] is under way it cannot.
    pub(super) fn has_room(&mut self) -> bool {
        if self.is_draining {
            return false;
        }
        let waiting = FRAMES - self.channel.capacity().min(FRAMES);
        while self.sizes.len() > waiting {
            self.bytes -= self.sizes.pop_front().unwrap_or(0);
        }
        waiting == 0 || (waiting < FRAMES && self.bytes < BYTES)
    }

    /// Sends a frame if there is room; whether there was.
    pub(super) fn send(&mut self, frame: &Bytes) -> bool {
        self.push(Outgoing::Frame(frame.clone()), frame.len())
    }

    /// Says what has become of edits, if there is room; whether there was.
    pub(super) fn send_status(&mut self, is_applied: bool, times: u32) -> bool {
        self.push(Outgoing::Status { is_applied, times }, 0)
    }

    fn push(&mut self, outgoing: Outgoing, bytes: usize) -> bool {
        if !self.has_room() || self.channel.try_send(outgoing).is_err() {
            return false;
        }
        self.sizes.push_back(bytes);
        self.bytes += bytes;
        true
    }

    /// What tells that the channel is empty; `None` if that is being watched already.
    pub(super) fn drain(&mut self) -> Option<Watch> {
        if self.is_draining {
            return None;
        }
        self.is_draining = true;
        let (id, channel) = (self.id, self.channel.clone());
        // The watch for the end of the connection stays; an earlier one for this has done its work.
        self.watches.truncate(1);
        Some(self.watch(async move {
            match channel.reserve_many(FRAMES).await {
                Ok(_) => Signal::Drained(id),
                Err(_) => Signal::Dropped(id),
            }
        }))
    }

    /// The channel is empty.
    pub(super) fn drained(&mut self) {
        self.is_draining = false;
    }

    /// Sends the last message.
    pub(super) fn close(mut self, code: u16, reason: &'static str) {
        if let Some(last) = self.last.take() {
            last.send(Outgoing::Close {
                code,
                reason: reason.into(),
            });
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        for watch in &self.watches {
            watch.abort();
        }
    }
}
