//! How many connections a user and an address may have open, counted in this process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codecrafter_domain::id::UserId;

/// Most `WebSocket` connections that are open at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Of one user.
    pub per_user: usize,
    /// From one address. Behind a reverse proxy all come from the proxy's.
    pub per_address: usize,
}

impl Default for ConnectionLimits {
    /// A tab has two connections, a class behind one address some hundreds.
    fn default() -> Self {
        Self {
            per_user: 50,
            per_address: 500,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    User(UserId),
    Address(IpAddr),
}

/// Everyone who is connected. A cheap handle.
#[derive(Clone)]
pub(crate) struct Seats {
    /// `None`: nobody is counted.
    limits: Option<ConnectionLimits>,
    taken: Arc<Mutex<HashMap<Key, usize>>>,
}

/// A place among those who are connected; given up when dropped.
#[must_use]
pub(crate) struct Seat {
    key: Key,
    taken: Arc<Mutex<HashMap<Key, usize>>>,
}

/// There is no place left: how many there are, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    User(usize),
    Address(usize),
}

impl Full {
    /// For a person.
    pub(crate) fn reason(self) -> String {
        match self {
            Self::User(most) => format!("you have {most} connections open already: close some"),
            Self::Address(most) => format!("{most} connections are open from your address already"),
        }
    }
}

impl Seats {
    pub(crate) fn new(limits: Option<ConnectionLimits>) -> Self {
        Self {
            limits,
            taken: Arc::default(),
        }
    }

    /// A connection of a user.
    pub(crate) fn of_user(&self, user: UserId) -> Result<Option<Seat>, Full> {
        let Some(limits) = self.limits else { return Ok(None) };
        let seat = self.take(Key::User(user), limits.per_user);
        seat.map(Some).ok_or(Full::User(limits.per_user))
    }

    /// A connection from an address.
    pub(crate) fn of_address(&self, address: IpAddr) -> Result<Option<Seat>, Full> {
        let Some(limits) = self.limits else { return Ok(None) };
        let seat = self.take(Key::Address(network_of(address)), limits.per_address);
        seat.map(Some).ok_or(Full::Address(limits.per_address))
    }

    fn take(&self, key: Key, limit: usize) -> Option<Seat> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(key).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Seat {
            key,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

/// Whoever has one IPv6 address has its whole /64.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

// Counts change in one step: a panic elsewhere leaves them right.
fn lock(taken: &Mutex<HashMap<Key, usize>>) -> MutexGuard<'_, HashMap<Key, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits {
        per_user: 2,
        per_address: 1,
    };

    #[test]
    fn seats_are_given_up_when_dropped() {
        let seats = Seats::new(Some(LIMITS));
        let (ada, bob) = (UserId::new(), UserId::new());
        let first = seats.of_user(ada);
        let _second = seats.of_user(ada);
        assert_eq!(seats.of_user(ada).err(), Some(Full::User(2)));
        assert!(seats.of_user(bob).is_ok());
        drop(first);
        assert!(seats.of_user(ada).is_ok());
        assert_eq!(lock(&seats.taken).len(), 1);
    }

    #[test]
    fn neighbours_of_one_network_share_its_seats() {
        let seats = Seats::new(Some(LIMITS));
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let _v6 = seats.of_address(address("2001:db8::1"));
        assert_eq!(seats.of_address(address("2001:db8::2")).err(), Some(Full::Address(1)));
        assert!(seats.of_address(address("2001:db8:0:1::1")).is_ok());
        let _v4 = seats.of_address(address("192.0.2.1"));
        assert!(seats.of_address(address("::ffff:192.0.2.1")).is_err());
        assert!(seats.of_address(address("192.0.2.2")).is_ok());
    }

    #[test]
    fn without_limits_nobody_is_counted() {
        let seats = Seats::new(None);
        let user = UserId::new();
        for _ in 0..1_000 {
            assert!(seats.of_user(user).is_ok_and(|seat| seat.is_none()));
        }
    }
}
