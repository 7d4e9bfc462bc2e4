//! How much a program may write.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use codecrafter_domain::event::Stream;
use tokio::sync::{Notify, mpsc};

use crate::Output;

/// What both streams together may still write.
pub(crate) struct Budget {
    left: AtomicU64,
    is_exceeded: AtomicBool,
    exceeded: Notify,
}

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
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

    /// Passes on as much of `bytes` as is left; whoever is to hear it may be gone.
    pub(crate) async fn pass(&self, stream: Stream, mut bytes: Bytes, to: &mpsc::Sender<Output>) {
        bytes.truncate(self.take(bytes.len()));
        if !bytes.is_empty() {
            let _ = to.send(Output { stream, bytes }).await;
        }
    }

    /// Comes back once more was written than is allowed.
    pub(crate) async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    pub(crate) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}
