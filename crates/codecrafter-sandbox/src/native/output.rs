//! Output on its way from the program to the reader, counted.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::BytesMut;
use codecrafter_domain::event::Stream;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::{Notify, mpsc};

use super::streams::Activity;
use crate::Output;

/// Longest piece; also what a pipe holds.
const PIECE: usize = 64 * 1024;

/// What both streams together may still write.
pub(super) struct Budget {
    left: AtomicU64,
    is_exceeded: AtomicBool,
    exceeded: Notify,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            left: AtomicU64::new(bytes),
            is_exceeded: AtomicBool::new(false),
            exceeded: Notify::new(),
        }
    }

    /// How many of `wanted` bytes may go on; notes if not all.
    fn take(&self, wanted: usize) -> usize {
        let wanted = wanted as u64;
        let mut granted = 0;
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            granted = left.min(wanted);
            Some(left - granted)
        });
        if granted < wanted {
            self.is_exceeded.store(true, Ordering::Relaxed);
            self.exceeded.notify_one();
        }
        usize::try_from(granted).expect("not more than wanted, a usize")
    }

    /// Comes back once more was written than is allowed.
    pub(super) async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}

/// Passes on what comes, until the last writer is gone. A slow reader stops it, and so the program; one that is gone
/// does not.
pub(super) async fn pump(
    mut from: pipe::Receiver,
    stream: Stream,
    budget: &Budget,
    activity: &Activity,
    to: mpsc::Sender<Output>,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(PIECE);
        let mut piece = buffer.split_off(buffer.len());
        let length = match (&mut from).take(PIECE as u64).read_buf(&mut piece).await {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            // How a terminal says that nobody has it open any more.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => return Ok(()),
            Err(error) => return Err(error),
        };
        activity.note();
        let granted = budget.take(length);
        if granted > 0 {
            let bytes = piece.split_to(granted).freeze();
            let _ = to.send(Output { stream, bytes }).await;
        }
        piece.clear();
        buffer = piece;
    }
}
