//! What those are sent who join with nothing: the whole document, encoded once for all who come within seconds.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::message;
use crate::replica::{Broken, Replica};
use crate::update::merge::join;

/// How long an encoding is kept. It doubles a document's memory.
const KEPT: Duration = Duration::from_secs(10);
/// What is encoded in no time is not kept, in bytes.
const WORTH_KEEPING: usize = 64 * 1024;
/// Bytes of later updates that are kept to be joined to an encoding.
const MAX_LATER: usize = 64 * 1024;

/// Everything as it was at some time, and what came since.
struct Whole {
    /// A step 2.
    frame: Bytes,
    /// The part of the frame that is the update.
    update: Bytes,
    later: Vec<Bytes>,
    later_bytes: usize,
    until: Instant,
}

/// The latest encoding of the whole document, while others may want it.
#[derive(Default)]
pub(super) struct Joiners {
    whole: Option<Whole>,
}

impl Joiners {
    /// Takes an update that is in the replica now.
    pub(super) fn passed_on(&mut self, update: &Bytes) {
        let Some(whole) = &mut self.whole else { return };
        whole.later_bytes += update.len();
        whole.later.push(update.clone());
        if whole.later_bytes > MAX_LATER {
            self.whole = None;
        }
    }

    /// The document is another, or nobody is there.
    pub(super) fn forget(&mut self) {
        self.whole = None;
    }

    /// When the encoding need not be kept any longer.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.whole.as_ref().map(|whole| whole.until)
    }

    pub(super) fn expire(&mut self, now: Instant) {
        if self.next_expiry().is_some_and(|until| until <= now) {
            self.whole = None;
        }
    }

    /// A step 2 that holds everything.
    pub(super) fn answer(&mut self, replica: &Replica, now: Instant) -> Result<Bytes, Broken> {
        let whole = match self.whole.take().and_then(Whole::brought_up) {
            Some(whole) => whole,
            None => Whole::new(&replica.whole()?, now + KEPT),
        };
        let frame = whole.frame.clone();
        self.whole = (frame.len() >= WORTH_KEEPING).then_some(whole);
        Ok(frame)
    }
}

impl Whole {
    fn new(update: &[u8], until: Instant) -> Self {
        let frame = message::step_2(update);
        Self {
            update: frame.slice(frame.len() - update.len()..),
            frame,
            later: Vec::new(),
            later_bytes: 0,
            until,
        }
    }

    /// Nothing if it is quicker made anew.
    fn brought_up(self) -> Option<Self> {
        if self.later.is_empty() {
            return Some(self);
        }
        let parts: Vec<_> = std::iter::once(self.update).chain(self.later).collect();
        Some(Self::new(&join(&parts)?, self.until))
    }
}
