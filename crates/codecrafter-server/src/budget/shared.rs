//! Counters that are decided on here and shared with other nodes a moment later, so that no request waits for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecrafter_bus::{Count, Ephemeral};
use tokio::time::Instant;

/// How long counts are gathered before they are shared: what nodes together may exceed a budget by.
const GATHERING: Duration = Duration::from_millis(50);
/// Ended windows are looked for each time this many have begun.
const SWEEP_EVERY: usize = 1024;

/// Counters of this process. A cheap handle.
#[derive(Clone)]
pub(super) struct Shared {
    ephemeral: Arc<dyn Ephemeral>,
    windows: Arc<Mutex<Windows>>,
}

#[derive(Default)]
struct Windows {
    by_key: HashMap<String, Window>,
    begun: usize,
}

struct Window {
    ends: Instant,
    /// Of all nodes, as far as was heard.
    shared: u64,
    /// Of this node, since.
    own: u64,
    /// Whether somebody is about to share them.
    is_sharing: bool,
}

impl Shared {
    pub(super) fn new(ephemeral: Arc<dyn Ephemeral>) -> Self {
        Self {
            ephemeral,
            windows: Arc::default(),
        }
    }

    /// Counts one.
    pub(super) fn count(&self, key: &str, length: Duration) -> Count {
        let now = Instant::now();
        let mut windows = self.lock();
        let window = windows.live(key, now, length);
        window.own += 1;
        let count = Count {
            total: window.shared + window.own,
            resets_in: window.ends - now,
        };
        if !window.is_sharing {
            window.is_sharing = true;
            tokio::spawn(self.clone().share(key.to_owned(), length));
        }
        count
    }

    /// Tells the others what was counted here, and hears what they have.
    async fn share(self, key: String, length: Duration) {
        tokio::time::sleep(GATHERING).await;
        let Some(own) = self.lock().by_key.get(&key).map(|window| window.own) else {
            return;
        };
        let counted = self.ephemeral.count(&key, own, length).await;
        let mut windows = self.lock();
        let Some(window) = windows.by_key.get_mut(&key) else {
            return;
        };
        window.is_sharing = false;
        match counted {
            Ok(counted) => {
                window.shared = counted.total;
                window.own = window.own.saturating_sub(own);
                window.ends = Instant::now() + counted.resets_in;
            }
            // Counted on here alone; the next one tries again.
            Err(error) => tracing::warn!(%error, "requests are counted by this node alone"),
        }
    }

    // Windows change in one step each.
    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    fn live(&mut self, key: &str, now: Instant, length: Duration) -> &mut Window {
        if !self.by_key.contains_key(key) {
            self.begun += 1;
            if self.begun >= SWEEP_EVERY {
                self.begun = 0;
                self.by_key.retain(|_, window| window.ends > now);
            }
        }
        let fresh = Window {
            ends: now + length,
            shared: 0,
            own: 0,
            is_sharing: false,
        };
        let window = self.by_key.entry(key.to_owned()).or_insert(fresh);
        if window.ends <= now {
            (window.ends, window.shared, window.own) = (now + length, 0, 0);
        }
        window
    }
}
