//! Whether somebody is still at the other end.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// How often silent peers are asked.
const ASK_EVERY: Duration = Duration::from_secs(12);
/// A peer that has said nothing for this long, not even that it is there, is gone.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// Follows when a peer was last heard.
pub(crate) struct Heartbeat {
    ticks: tokio::time::Interval,
    heard: Instant,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Ask whether the peer is there.
    Ask,
    /// It is not.
    Gone,
}

impl Heartbeat {
    pub(crate) fn new() -> Self {
        let mut ticks = interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        Self {
            ticks,
            heard: Instant::now(),
        }
    }

    /// The peer said something.
    pub(crate) fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// Waits until there is something to do. Safe to drop while waiting.
    pub(crate) async fn next(&mut self) -> Beat {
        tokio::select! {
            biased;
            () = sleep_until(self.heard + GONE_AFTER) => Beat::Gone,
            _ = self.ticks.tick() => Beat::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silent_peers_are_asked_and_then_gone() {
        let mut heartbeat = Heartbeat::new();
        assert_eq!(heartbeat.next().await, Beat::Ask);
        heartbeat.heard();
        assert_eq!(heartbeat.next().await, Beat::Ask);
        assert_eq!(heartbeat.next().await, Beat::Ask);
        let heard = heartbeat.heard;
        assert_eq!(heartbeat.next().await, Beat::Gone);
        assert_eq!(heard.elapsed(), GONE_AFTER);
    }
}
