//! Counters and groups within this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use super::group::Groups;
use crate::{BusError, Count, Ephemeral, Said};

/// Ended counters are looked for each time this many more have been made.
const SWEEP_EVERY: usize = 1024;

/// Counters and groups within this process.
#[derive(Default)]
pub struct InProcessEphemeral {
    counters: Mutex<Counters>,
    groups: Mutex<Groups>,
}

#[derive(Default)]
struct Counters {
    by_key: HashMap<String, Counter>,
    made_since_sweep: usize,
}

#[derive(Clone, Copy)]
struct Counter {
    total: u64,
    ends: Instant,
}

impl InProcessEphemeral {
    /// No counters and no groups.
    pub fn new() -> Self {
        Self::default()
    }
}

impl InProcessEphemeral {
    /// Adds, in one step.
    pub(crate) fn add(&self, key: &str, amount: u64, window: Duration) -> Count {
        let now = Instant::now();
        let mut counters = self.lock();
        let counter = counters.live(key, now, window);
        counter.total = counter.total.saturating_add(amount);
        Count {
            total: counter.total,
            resets_in: counter.ends - now,
        }
    }

    /// Goes on from what was counted elsewhere.
    pub(crate) fn adopt(&self, key: &str, count: Count) {
        let now = Instant::now();
        let mut counters = self.lock();
        let counter = counters.live(key, now, count.resets_in);
        // Answers may overtake each other.
        counter.total = counter.total.max(count.total);
        counter.ends = now + count.resets_in;
    }

    // Every counter is whole after every single operation.
    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Ephemeral for InProcessEphemeral {
    async fn count(&self, key: &str, amount: u64, window: Duration) -> Result<Count, BusError> {
        Ok(self.add(key, amount, window))
    }

    async fn share(&self, key: &str, member: &str, says: Bytes, expiry: Duration) -> Result<Vec<Said>, BusError> {
        // As with counters.
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(groups.share(key, member, says, expiry))
    }
}

impl Counters {
    fn live(&mut self, key: &str, now: Instant, window: Duration) -> &mut Counter {
        let fresh = Counter {
            total: 0,
            ends: now + window,
        };
        if !self.by_key.contains_key(key) {
            self.made_since_sweep += 1;
            if self.made_since_sweep >= SWEEP_EVERY {
                self.made_since_sweep = 0;
                self.by_key.retain(|_, counter| counter.ends > now);
            }
        }
        let counter = self.by_key.entry(key.to_owned()).or_insert(fresh);
        if counter.ends <= now {
            *counter = fresh;
        }
        counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::ephemeral_conformance!(async { std::sync::Arc::new(InProcessEphemeral::new()) });

    #[tokio::test(start_paused = true)]
    async fn ended_counters_are_forgotten() {
        let ephemeral = InProcessEphemeral::new();
        for round in 0..10 {
            for n in 0..SWEEP_EVERY {
                let window = Duration::from_secs(1);
                ephemeral
                    .count(&format!("{round}-{n}"), 1, window)
                    .await
                    .expect("in process");
            }
            tokio::time::advance(Duration::from_secs(2)).await;
        }
        let counters = ephemeral.counters.lock().expect("not poisoned");
        assert!(counters.by_key.len() <= 2 * SWEEP_EVERY);
    }
}
