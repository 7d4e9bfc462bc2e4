//! Presence: who is there and where their cursors are. Never stored.
//!
//! Clients number their states with clocks, and take a state only if its clock is beyond the one they know,
//! even after they have dropped that state. The server therefore has clocks of its own: whoever comes back is
//! sent higher ones than before, or would not see anybody until their next move. To the owner of a state it
//! names the owner's own clock: a higher one would replace newer local state by what is on its way back.

mod elsewhere;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use codecrafter_domain::user::Person;
use tokio::time::Instant;
use uuid::Uuid;

use crate::actor::ConnectionId;
use crate::lib0::Malformed;
use wire::{Claim, Rewritten};

/// After this long without news clients drop a state themselves; from then on it is not sent any more.
const OUTDATED: Duration = Duration::from_secs(30);
/// A client that begins below this clock has just started; one beyond it has come back, and others may know
/// clocks of it that this process does not.
const FRESH: u32 = 16;
/// Remembered clocks of those who left. Beyond it the oldest are forgotten.
const MAX_GONE: usize = 256;
/// Lost connections whose presence is kept. Beyond it presence ends at once.
const MAX_LOST: usize = 64;

/// Why an awareness message closes its connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    Malformed(Malformed),
    TooLarge,
}

/// What an awareness message did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// The state to announce.
    pub(crate) changed: Option<u64>,
    /// The connection has just made itself known.
    pub(crate) is_first: bool,
}

/// Everyone's presence in one document.
pub(crate) struct Awareness {
    entries: BTreeMap<u64, Entry>,
    /// A connection speaks for one client. Those that broke off are among them until their time is over.
    owned: HashMap<ConnectionId, u64>,
    /// Largest state in bytes, the identity not counted.
    max_bytes: usize,
    /// Beyond all clocks that an earlier opening of this document may have sent.
    floor: u32,
}

struct Entry {
    user: UserId,
    holder: Holder,
    /// JSON with the identity; `None` for somebody who left.
    state: Option<Bytes>,
    /// As others know it.
    clock: u32,
    /// As its owner knows it.
    own_clock: u32,
    renewed: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Live(ConnectionId),
    /// The connection broke off; kept until then.
    Lost(ConnectionId, Instant),
    /// Another process holds the connection; kept until then, unless it says so again.
    Elsewhere(Uuid, Instant),
    Gone,
}

impl Awareness {
    /// `floor` must rise from one opening of the document to the next, see [`wire::floor_now`].
    pub(crate) fn new(max_bytes: usize, floor: u32) -> Self {
        Self {
            entries: BTreeMap::new(),
            owned: HashMap::new(),
            max_bytes,
            floor,
        }
    }

    /// A floor for [`Self::new`].
    pub(crate) fn floor_now() -> u32 {
        wire::floor_now()
    }

    /// Takes a message from a connection. Stock clients repeat to the server what they heard of others: what is
    /// not the connection's own is passed over.
    pub(crate) fn speak(
        &mut self,
        by: ConnectionId,
        person: &Person,
        message: &[u8],
        now: Instant,
    ) -> Result<Spoken, Rejected> {
        let claims = wire::decode(message).map_err(Rejected::Malformed)?;
        let mut spoken = Spoken::default();
        for claim in claims {
            let is_own = self.owned.get(&by) == Some(&claim.client);
            if !is_own && !self.may_take(by, person.id, &claim) {
                continue;
            }
            let state = match claim.state {
                Some(json) => Some(wire::rewrite(json, person, self.max_bytes)?),
                None => None,
            };
            if !is_own {
                self.take(by, person.id, &claim, now);
                spoken.is_first = true;
            }
            if self.set(&claim, state, !is_own, now) {
                spoken.changed = Some(claim.client);
            }
        }
        Ok(spoken)
    }

    fn may_take(&self, by: ConnectionId, user: UserId, claim: &Claim<'_>) -> bool {
        let has_other = self.owned.get(&by).and_then(|client| self.entries.get(client));
        if claim.state.is_none() || has_other.is_some_and(|other| other.state.is_some()) {
            return false;
        }
        let Some(entry) = self.entries.get(&claim.client) else {
            return true;
        };
        // The same user on a new connection has come back before the old one was noticed to be dead. Whoever
        // left may come back as somebody else, but not through an echo of what others last heard of them.
        entry.user == user || (entry.holder == Holder::Gone && claim.clock > entry.clock)
    }

    fn take(&mut self, by: ConnectionId, user: UserId, claim: &Claim<'_>, now: Instant) {
        let floor = if claim.clock > FRESH { self.floor } else { 0 };
        let entry = self.entries.entry(claim.client).or_insert(Entry {
            user,
            holder: Holder::Gone,
            state: None,
            clock: floor,
            own_clock: 0,
            renewed: now,
        });
        if let Holder::Live(before) | Holder::Lost(before, _) = entry.holder {
            self.owned.remove(&before);
        }
        entry.user = user;
        entry.holder = Holder::Live(by);
        let before = self.owned.insert(by, claim.client);
        if let Some(before) = before.and_then(|client| self.entries.get_mut(&client)) {
            before.holder = Holder::Gone;
        }
    }

    /// Whether others must be told.
    fn set(&mut self, claim: &Claim<'_>, state: Option<Rewritten>, is_taken: bool, now: Instant) -> bool {
        let Some(entry) = self.entries.get_mut(&claim.client) else {
            return false;
        };
        let state = state.map(|state| state.json);
        let is_same = entry.state == state;
        let is_adopted = claim.clock == entry.clock && claim.clock != entry.own_clock && is_same && !is_taken;
        entry.own_clock = claim.clock;
        entry.renewed = now;
        // Tabs of one browser pass on to the owner what they got from here, and it repeats that with our clock.
        // Numbering it once more would go round in circles. Nor is there news in leaving twice.
        if is_adopted || (is_same && state.is_none()) {
            return false;
        }
        entry.clock = entry.clock.saturating_add(1).max(claim.clock);
        entry.state = state;
        true
    }

    /// A connection broke off: its presence stays until `until` in case it comes back. Returns what to announce.
    pub(crate) fn lose(&mut self, by: ConnectionId, until: Instant) -> Option<u64> {
        let lost = self
            .entries
            .values()
            .filter(|entry| matches!(entry.holder, Holder::Lost(..)));
        if lost.count() >= MAX_LOST {
            return self.end(by);
        }
        let entry = self.owned.get(&by).and_then(|client| self.entries.get_mut(client))?;
        if entry.state.is_none() {
            return self.end(by);
        }
        entry.holder = Holder::Lost(by, until);
        None
    }

    /// A connection ended for good, also after it broke off. Returns what to announce.
    pub(crate) fn end(&mut self, by: ConnectionId) -> Option<u64> {
        let client = *self.owned.get(&by)?;
        self.remove(client)
    }

    /// Ends the presence of those who did not come back in time. Returns what to announce.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<u64> {
        let is_due = |entry: &Entry| matches!(entry.holder, Holder::Lost(_, until) | Holder::Elsewhere(_, until) if until <= now);
        let due = self.entries.iter().filter(|(_, entry)| is_due(entry));
        let due: Vec<u64> = due.map(|(client, _)| *client).collect();
        due.into_iter().filter_map(|client| self.remove(client)).collect()
    }

    /// When [`Self::expire`] will next have something to do.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        let untils = self.entries.values().filter_map(|entry| match entry.holder {
            Holder::Lost(_, until) | Holder::Elsewhere(_, until) => Some(until),
            Holder::Live(_) | Holder::Gone => None,
        });
        untils.min()
    }

    fn remove(&mut self, client: u64) -> Option<u64> {
        let entry = self.entries.get_mut(&client)?;
        if let Holder::Live(by) | Holder::Lost(by, _) = entry.holder {
            self.owned.remove(&by);
        }
        entry.holder = Holder::Gone;
        let was_there = entry.state.take().is_some();
        if was_there {
            entry.clock = entry.clock.saturating_add(1);
        }
        self.forget();
        was_there.then_some(client)
    }

    fn forget(&mut self) {
        let gone = || self.entries.iter().filter(|(_, entry)| entry.holder == Holder::Gone);
        if gone().count() <= MAX_GONE {
            return;
        }
        if let Some(oldest) = gone().min_by_key(|(_, entry)| entry.renewed).map(|(client, _)| *client) {
            self.entries.remove(&oldest);
        }
    }

    /// Whether the connection speaks for somebody.
    pub(crate) fn has_spoken(&self, connection: ConnectionId) -> bool {
        self.owned.contains_key(&connection)
    }

    /// Whether this user is there through other connections too.
    pub(crate) fn has_others_of(&self, user: UserId, connection: ConnectionId) -> bool {
        let mut entries = self.entries.values();
        entries.any(|entry| entry.user == user && entry.state.is_some() && entry.holder != Holder::Live(connection))
    }

    /// The client for which this connection must be sent a clock of its own, not the others'.
    pub(crate) fn private(&self, connection: ConnectionId) -> Option<u64> {
        let client = *self.owned.get(&connection)?;
        let entry = self.entries.get(&client)?;
        (entry.clock != entry.own_clock).then_some(client)
    }

    /// Everyone who is there, with clocks beyond what the reader may have known before. `None` if nobody is.
    ///
    /// Before the reader has spoken any presence of the same `user` may be its own from an earlier connection.
    pub(crate) fn everyone(&mut self, reader: ConnectionId, user: Option<UserId>, now: Instant) -> Option<Bytes> {
        let (own, has_spoken) = (self.owned.get(&reader).copied(), self.has_spoken(reader));
        let mut parts = Vec::new();
        for (client, entry) in &mut self.entries {
            let Some(state) = &entry.state else { continue };
            if now.duration_since(entry.renewed) >= OUTDATED {
                continue;
            }
            let is_own = own == Some(*client) || (!has_spoken && Some(entry.user) == user);
            if !is_own {
                entry.clock = entry.clock.saturating_add(1);
            }
            let clock = if is_own { entry.own_clock } else { entry.clock };
            parts.push((*client, clock, Some(state.as_ref())));
        }
        (!parts.is_empty()).then(|| wire::encode(&parts))
    }

    /// The states of these clients, gone ones included, as `reader` must see them (`None`: anybody who has no
    /// [`Self::private`] client among them).
    pub(crate) fn encode<'a>(&self, clients: impl IntoIterator<Item = &'a u64>, reader: Option<ConnectionId>) -> Bytes {
        let mut parts = Vec::new();
        for client in clients {
            if let Some(entry) = self.entries.get(client) {
                let is_own = reader.is_some_and(|reader| entry.holder == Holder::Live(reader));
                let clock = if is_own { entry.own_clock } else { entry.clock };
                parts.push((*client, clock, entry.state.as_deref()));
            }
        }
        wire::encode(&parts)
    }
}

#[cfg(test)]
mod tests;
