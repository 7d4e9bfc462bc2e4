//! How fast a connection, and a user by all connections together, may send: buckets of messages and of bytes, which fill
//! steadily.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use codecrafter_collab::close;
use codecrafter_domain::id::UserId;
use tokio::time::Instant;

use super::Goodbye;
use crate::state::RateLimits;

const MIB: f64 = 1024.0 * 1024.0;

/// What a bucket holds, and what comes in per second.
struct Bounds {
    /// Whose, for the reason of a close.
    whose: &'static str,
    messages: f64,
    messages_per_second: f64,
    bytes: f64,
    bytes_per_second: f64,
}

/// Of one connection. At once: what a stock Hocuspocus client has queued while it was offline, and the largest document,
/// twice, in frames of a MiB. Fast typing is 20 messages a second.
const CONNECTION: Bounds = Bounds {
    whose: "by one connection",
    messages: 10_000.0,
    messages_per_second: 1_000.0,
    bytes: 64.0 * MIB,
    bytes_per_second: 4.0 * MIB,
};
/// Of a user: as three connections at their fastest.
const USER: Bounds = Bounds {
    whose: "by all your connections",
    messages: 30_000.0,
    messages_per_second: 3_000.0,
    bytes: 192.0 * MIB,
    bytes_per_second: 12.0 * MIB,
};

/// What may still be sent.
pub(super) struct Bucket {
    bounds: &'static Bounds,
    messages: f64,
    bytes: f64,
    filled: Instant,
}

impl Bucket {
    fn new(bounds: &'static Bounds) -> Self {
        Self {
            bounds,
            messages: bounds.messages,
            bytes: bounds.bytes,
            filled: Instant::now(),
        }
    }

    fn fill(&mut self) {
        let now = Instant::now();
        let passed = now.duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.messages = (self.messages + passed * self.bounds.messages_per_second).min(self.bounds.messages);
        self.bytes = (self.bytes + passed * self.bounds.bytes_per_second).min(self.bounds.bytes);
    }

    /// Whether it is as a new one.
    fn is_full(&mut self) -> bool {
        self.fill();
        self.messages >= self.bounds.messages && self.bytes >= self.bounds.bytes
    }

    /// Takes a message of this many bytes into account.
    fn take(&mut self, bytes: usize) -> Result<(), Goodbye> {
        self.fill();
        self.messages -= 1.0;
        #[expect(clippy::cast_precision_loss, reason = "a frame's size is far below 2^52")]
        let bytes = bytes as f64;
        self.bytes -= bytes;
        let bounds = self.bounds;
        let whose = bounds.whose;
        if self.messages < 0.0 {
            let (steady, burst) = (bounds.messages_per_second, bounds.messages);
            return Err(too_fast(format!(
                "at most {steady} messages a second {whose}, and {burst} at once"
            )));
        }
        if self.bytes < 0.0 {
            let (steady, burst) = (bounds.bytes_per_second / MIB, bounds.bytes / MIB);
            return Err(too_fast(format!(
                "at most {steady} MiB a second {whose}, and {burst} at once"
            )));
        }
        Ok(())
    }
}

fn too_fast(reason: String) -> Goodbye {
    Goodbye::new(close::TOO_FAST, reason)
}

/// What all connections of a user may still send.
pub(super) type Shared = Arc<Mutex<Bucket>>;

/// The pace of every user who sends, or has just sent: who connects again does not begin anew.
pub(crate) struct Paces {
    limits: RateLimits,
    users: Mutex<HashMap<UserId, Shared>>,
}

impl Paces {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            users: Mutex::default(),
        }
    }

    /// That of a connection on which nobody has signed in yet.
    pub(super) fn of_nobody(&self) -> Pace {
        Pace {
            own: (self.limits == RateLimits::On).then(|| Bucket::new(&CONNECTION)),
            user: None,
        }
    }

    /// That of a user's connection.
    pub(super) fn of(&self, user: UserId) -> Pace {
        Pace {
            user: self.shared(user),
            ..self.of_nobody()
        }
    }

    /// What a user's connections share; nothing where nobody counts.
    pub(super) fn shared(&self, user: UserId) -> Option<Shared> {
        if self.limits == RateLimits::Off {
            return None;
        }
        let mut users = lock(&self.users);
        if users.len() == users.capacity() {
            // Those who are away and would begin anew anyway.
            users.retain(|_, bucket| Arc::strong_count(bucket) > 1 || !lock(bucket).is_full());
        }
        let bucket = users
            .entry(user)
            .or_insert_with(|| Arc::new(Mutex::new(Bucket::new(&USER))));
        Some(Arc::clone(bucket))
    }
}

// Nothing is half done while one of these locks is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one connection may still send.
pub(super) struct Pace {
    own: Option<Bucket>,
    user: Option<Shared>,
}

impl Pace {
    /// Counts what comes from now on as the user's, too, once it is known who that is.
    pub(super) fn belong_to(&mut self, user: &OnceLock<Shared>) {
        if self.user.is_none() {
            self.user = user.get().cloned();
        }
    }

    /// Takes a message of this many bytes into account.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Goodbye> {
        if let Some(own) = &mut self.own {
            own.take(bytes)?;
        }
        self.user.as_ref().map_or(Ok(()), |user| lock(user).take(bytes))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bursts_are_taken_and_floods_are_not() {
        let mut pace = Paces::new(RateLimits::On).of_nobody();
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
        let mut pace = Paces::new(RateLimits::On).of(UserId::new());
        for _ in 0..64 {
            assert_eq!(pace.take(1024 * 1024), Ok(()));
        }
        assert!(pace.take(1024 * 1024).is_err());
        let mut off = Paces::new(RateLimits::Off).of(UserId::new());
        for _ in 0..100_000 {
            assert_eq!(off.take(1024 * 1024), Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn more_connections_do_not_send_more() {
        let paces = Paces::new(RateLimits::On);
        let user = UserId::new();
        let mut connections: Vec<_> = (0..10).map(|_| paces.of(user)).collect();
        for turn in 0..30_000 {
            assert_eq!(connections[turn % 10].take(1), Ok(()));
        }
        assert!(connections.iter_mut().all(|pace| pace.take(1).is_err()));
        assert_eq!(paces.of(UserId::new()).take(1), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn connecting_again_is_no_new_beginning() {
        let paces = Paces::new(RateLimits::On);
        let user = UserId::new();
        for _ in 0..3 {
            let mut pace = paces.of(user);
            for _ in 0..10_000 {
                assert_eq!(pace.take(1), Ok(()));
            }
        }
        assert!(paces.of(user).take(1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_have_left_are_forgotten_once_that_makes_no_difference() {
        let paces = Paces::new(RateLimits::On);
        for _ in 0..1_000 {
            assert_eq!(paces.of(UserId::new()).take(1), Ok(()));
        }
        assert_eq!(lock(&paces.users).len(), 1_000);
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..10_000 {
            drop(paces.of(UserId::new()));
        }
        assert!(lock(&paces.users).len() < 4_000);
    }
}
