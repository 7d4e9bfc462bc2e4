//! How far this process knows the logs to be, so that they go on from there when Redis has lost them or is away.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Forgotten logs are looked for each time this many have been added.
const SWEEP_EVERY: usize = 1024;

/// The last position of each log that this process has appended to, for as long as the log is kept.
#[derive(Default)]
pub(super) struct Positions {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_topic: HashMap<String, Position>,
    added: usize,
}

struct Position {
    last: u64,
    forget_at: Instant,
}

impl Positions {
    /// The least position that the next message may have.
    pub(super) fn next(&self, topic: &str) -> u64 {
        let known = self.lock();
        let position = known.by_topic.get(topic);
        position
            .filter(|position| position.forget_at > Instant::now())
            .map_or(0, |position| position.last + 1)
    }

    /// A message was appended there.
    pub(super) fn note(&self, topic: &str, seq: u64, expiry: Duration) {
        let now = Instant::now();
        let fresh = Position {
            last: seq,
            forget_at: now + expiry,
        };
        let mut known = self.lock();
        if let Some(position) = known.by_topic.get_mut(topic) {
            let last = if position.forget_at > now { position.last } else { 0 };
            *position = Position {
                last: last.max(seq),
                ..fresh
            };
            return;
        }
        known.added += 1;
        if known.added >= SWEEP_EVERY {
            known.added = 0;
            known.by_topic.retain(|_, position| position.forget_at > now);
        }
        known.by_topic.insert(topic.to_owned(), fresh);
    }

    // Entries change in one step each.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
