//! What waits for one connection's socket, bounded.
//!
//! A queue of its own rather than a channel of tokio's: those allocate 1.8 KiB each, and most connections are idle.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Command, ConnectionId};
use crate::{Ending, Outgoing};

/// Frames that wait. Few: what waits longer is merged with what comes after it.
const FRAMES: usize = 64;
/// Their bytes. One frame may be larger, if it is alone.
const BYTES: usize = 256 * 1024;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Outgoing>,
    bytes: usize,
    /// The document waits for it to be empty, and sends nothing until then.
    is_draining: bool,
    /// Nothing comes any more.
    is_closed: bool,
    /// Of the task that waits for something to send.
    reader: Option<Waker>,
}

impl Queue {
    fn has_room(&self) -> bool {
        let waiting = self.waiting.len();
        !self.is_draining && (waiting == 0 || (waiting < FRAMES && self.bytes < BYTES))
    }

    fn push(&mut self, outgoing: Outgoing) {
        self.bytes += outgoing.len();
        self.waiting.push_back(outgoing);
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let next = self.waiting.pop_front()?;
        self.bytes -= next.len();
        Some(next)
    }
}

type Shared = Arc<Mutex<Queue>>;

// Nothing panics between two changes of a queue.
fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The document's end of a connection's queue.
pub(super) struct Outbox(Shared);

impl Outbox {
    /// An outbox and its other end, which tells the mailbox when it is empty again and when it is dropped.
    pub(super) fn new(id: ConnectionId, mailbox: mpsc::UnboundedSender<Command>) -> (Self, OutgoingReceiver) {
        let queue = Shared::default();
        let receiver = OutgoingReceiver {
            queue: Arc::clone(&queue),
            id,
            mailbox,
        };
        (Self(queue), receiver)
    }

    /// Whether a frame can be sent now. After [`Self::drain`] it cannot until [`Self::drained`].
    pub(super) fn has_room(&self) -> bool {
        lock(&self.0).has_room()
    }

    /// Sends a frame if there is room; whether there was.
    pub(super) fn send(&self, frame: &Bytes) -> bool {
        self.push(|| Outgoing::Frame(frame.clone()))
    }

    /// Says what has become of edits, if there is room; whether there was.
    pub(super) fn send_status(&self, is_applied: bool, times: u32) -> bool {
        self.push(|| Outgoing::Status { is_applied, times })
    }

    fn push(&self, outgoing: impl FnOnce() -> Outgoing) -> bool {
        let reader = {
            let mut queue = lock(&self.0);
            if !queue.has_room() {
                return false;
            }
            queue.push(outgoing());
            queue.reader.take()
        };
        reader.into_iter().for_each(Waker::wake);
        true
    }

    /// Asks to be told when everything has been taken; whether anything is still to be.
    pub(super) fn drain(&self) -> bool {
        let mut queue = lock(&self.0);
        queue.is_draining |= !queue.waiting.is_empty();
        queue.is_draining
    }

    /// Everything has been taken.
    pub(super) fn drained(&self) {
        lock(&self.0).is_draining = false;
    }

    /// Sends the last message, for which there is always room.
    pub(super) fn close(self, code: u16, reason: &'static str) {
        lock(&self.0).push(Outgoing::Close {
            code,
            reason: reason.into(),
        });
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let reader = {
            let mut queue = lock(&self.0);
            queue.is_closed = true;
            queue.reader.take()
        };
        reader.into_iter().for_each(Waker::wake);
    }
}

/// The socket's end: what it is to do, in order. Dropping it ends the connection as [`Ending::Lost`].
pub struct OutgoingReceiver {
    queue: Shared,
    id: ConnectionId,
    mailbox: mpsc::UnboundedSender<Command>,
}

impl OutgoingReceiver {
    /// What comes next; `None` once the connection has ended. Safe to drop while waiting.
    pub async fn recv(&mut self) -> Option<Outgoing> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<Outgoing>> {
        let mut queue = lock(&self.queue);
        match self.take(&mut queue) {
            None if !queue.is_closed => {
                queue.reader = Some(context.waker().clone());
                Poll::Pending
            }
            next => Poll::Ready(next),
        }
    }

    /// What is there already.
    pub fn try_recv(&mut self) -> Option<Outgoing> {
        self.take(&mut lock(&self.queue))
    }

    fn take(&self, queue: &mut Queue) -> Option<Outgoing> {
        let next = queue.pop()?;
        if queue.is_draining && queue.waiting.is_empty() {
            // A document that is gone needs not know.
            let _ = self.mailbox.send(Command::Drained(self.id));
        }
        Some(next)
    }
}

impl Drop for OutgoingReceiver {
    fn drop(&mut self) {
        // After the frames that the client has sent: they are in the mailbox already.
        let _ = self.mailbox.send(Command::Leave(self.id, Ending::Lost));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> (Outbox, OutgoingReceiver, mpsc::UnboundedReceiver<Command>) {
        let (sender, mailbox) = mpsc::unbounded_channel();
        let (outbox, receiver) = Outbox::new(ConnectionId(1), sender);
        (outbox, receiver, mailbox)
    }

    #[tokio::test]
    async fn it_is_bounded_and_tells_when_it_is_empty_again() {
        let (outbox, mut receiver, mut mailbox) = outbox();
        let frame = Bytes::from_static(b"frame");
        let sent = (0..2 * FRAMES).filter(|_| outbox.send(&frame)).count();
        assert_eq!(sent, FRAMES);
        assert!(outbox.drain());
        for _ in 0..FRAMES {
            assert!(!outbox.send(&frame) && mailbox.is_empty());
            assert_eq!(receiver.recv().await, Some(Outgoing::Frame(frame.clone())));
        }
        assert!(matches!(mailbox.try_recv(), Ok(Command::Drained(ConnectionId(1)))));
        // It has been told, and has not looked yet.
        assert!(outbox.drain() && !outbox.has_room());
        outbox.drained();
        assert!(!outbox.drain());
        assert!(outbox.send(&frame));
    }

    #[tokio::test]
    async fn a_large_frame_goes_alone() {
        let (outbox, mut receiver, _mailbox) = outbox();
        let large = Bytes::from(vec![0; 2 * BYTES]);
        assert!(outbox.send(&large) && !outbox.send(&large));
        assert!(receiver.try_recv().is_some() && receiver.try_recv().is_none());
        assert!(outbox.send(&large));
    }

    #[tokio::test]
    async fn the_last_message_always_fits() {
        let (outbox, mut receiver, _mailbox) = outbox();
        let frame = Bytes::from_static(b"frame");
        while outbox.send(&frame) {}
        assert!(outbox.drain());
        outbox.close(4404, "gone");
        for _ in 0..FRAMES {
            assert_eq!(receiver.recv().await, Some(Outgoing::Frame(frame.clone())));
        }
        assert!(matches!(
            receiver.recv().await,
            Some(Outgoing::Close { code: 4404, .. })
        ));
        assert_eq!(receiver.recv().await, None);
    }

    #[tokio::test]
    async fn each_end_hears_of_the_others() {
        let (outbox, mut receiver, mut mailbox) = outbox();
        let waiting = tokio::spawn(async move { (receiver.recv().await, receiver) });
        tokio::task::yield_now().await;
        drop(outbox);
        let (nothing, receiver) = waiting.await.expect("no panic");
        assert_eq!(nothing, None);
        drop(receiver);
        assert!(matches!(
            mailbox.try_recv(),
            Ok(Command::Leave(ConnectionId(1), Ending::Lost))
        ));
    }
}
