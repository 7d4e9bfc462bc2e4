//! How fast a connection may send: a bucket of messages and one of bytes, both filled steadily.

use codecrafter_collab::close;
use tokio::time::Instant;

use super::Goodbye;
use crate::state::RateLimits;

/// Messages at once: what a stock Hocuspocus client has queued while it was offline comes in one go.
const BURST_MESSAGES: f64 = 10_000.0;
/// Messages per second in the long run; fast typing is 20.
const MESSAGES_PER_SECOND: f64 = 1_000.0;
const MIB: f64 = 1024.0 * 1024.0;
/// Bytes at once: the largest document, twice, in frames of a MiB.
const BURST_BYTES: f64 = 64.0 * MIB;
/// Bytes per second in the long run.
const BYTES_PER_SECOND: f64 = 4.0 * MIB;

/// What one connection may still send.
pub(super) struct Pace {
    limits: RateLimits,
    messages: f64,
    bytes: f64,
    filled: Instant,
}

impl Pace {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            messages: BURST_MESSAGES,
            bytes: BURST_BYTES,
            filled: Instant::now(),
        }
    }

    /// Takes a message of this many bytes into account.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Goodbye> {
        if self.limits == RateLimits::Off {
            return Ok(());
        }
        let now = Instant::now();
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.messages = (self.messages + passed * MESSAGES_PER_SECOND).min(BURST_MESSAGES) - 1.0;
        #[expect(clippy::cast_precision_loss, reason = "a frame's size is far below 2^52")]
        let bytes = bytes as f64;
        self.bytes = (self.bytes + passed * BYTES_PER_SECOND).min(BURST_BYTES) - bytes;
        if self.messages < 0.0 {
            return Err(too_fast(format!(
                "at most {MESSAGES_PER_SECOND} messages a second, and {BURST_MESSAGES} at once"
            )));
        }
        if self.bytes < 0.0 {
            let (steady, burst) = (BYTES_PER_SECOND / MIB, BURST_BYTES / MIB);
            return Err(too_fast(format!("at most {steady} MiB a second, and {burst} at once")));
        }
        Ok(())
    }
}

fn too_fast(reason: String) -> Goodbye {
    Goodbye::new(close::TOO_FAST, reason)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bursts_are_taken_and_floods_are_not() {
        let mut pace = Pace::new(RateLimits::On);
        for _ in 0..10_000 {
            assert_eq!(pace.take(1), Ok(()));
        }
        assert!(pace.take(1).is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..999 {
            assert_eq!(pace.take(1), Ok(()));
        }
        assert!(pace.take(1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_counted_too() {
        let mut pace = Pace::new(RateLimits::On);
        for _ in 0..64 {
            assert_eq!(pace.take(1024 * 1024), Ok(()));
        }
        assert!(pace.take(1024 * 1024).is_err());
        let mut off = Pace::new(RateLimits::Off);
        for _ in 0..100_000 {
            assert_eq!(off.take(1024 * 1024), Ok(()));
        }
    }
}
