//! Presence of those who are connected to other processes.

use tokio::time::Instant;
use uuid::Uuid;

use super::{Awareness, Entry, Holder};
use crate::actor::State;

impl Awareness {
    /// Takes what another process says of somebody, to be kept until `until` unless it says so again. Returns what to
    /// announce here.
    pub(crate) fn hear(&mut self, node: Uuid, told: State, until: Instant, now: Instant) -> Option<u64> {
        let client = told.client;
        let Some(entry) = self.entries.get(&client) else {
            told.json.as_ref()?;
            self.entries.insert(client, Entry::elsewhere(node, told, until, now));
            return Some(client);
        };
        let is_theirs = matches!(entry.holder, Holder::Elsewhere(holder, _) if holder == node);
        match &told.json {
            None if is_theirs => return self.remove(client),
            // The same user has come back through another process, or somebody new through any.
            Some(_) if is_theirs || entry.holder == Holder::Gone || entry.user == told.user => {}
            // Whoever is here, or somewhere else by now, has not left; nor may others speak for them.
            _ => return None,
        }
        if let Holder::Live(by) | Holder::Lost(by, _) = entry.holder {
            // News of one who is here and was never told of: an echo of an earlier connection.
            if told.own_clock <= entry.own_clock {
                return None;
            }
            self.owned.remove(&by);
        }
        let entry = self.entries.get_mut(&client)?;
        let is_news = entry.state != told.json || entry.own_clock != told.own_clock;
        let next = if is_news {
            entry.clock.saturating_add(1)
        } else {
            entry.clock
        };
        *entry = Entry {
            clock: next.max(told.clock),
            renewed: if is_news { now } else { entry.renewed },
            ..Entry::elsewhere(node, told, until, now)
        };
        is_news.then_some(client)
    }

    /// What other processes are to know of these: of those who are here, and who was here and left.
    pub(crate) fn told<'a>(&self, clients: impl IntoIterator<Item = &'a u64>) -> Vec<State> {
        let known = clients.into_iter().filter_map(|client| {
            let entry = self.entries.get(client)?;
            let is_here = !matches!(entry.holder, Holder::Elsewhere(..));
            is_here.then(|| entry.told(*client))
        });
        known.collect()
    }

    /// The same of all who are here.
    pub(crate) fn all_told(&self) -> Vec<State> {
        let here = self.entries.iter().filter(|(_, entry)| {
            let is_here = matches!(entry.holder, Holder::Live(_) | Holder::Lost(..));
            is_here && entry.state.is_some()
        });
        here.map(|(client, entry)| entry.told(*client)).collect()
    }
}

impl Entry {
    fn elsewhere(node: Uuid, told: State, until: Instant, now: Instant) -> Self {
        Self {
            user: told.user,
            holder: Holder::Elsewhere(node, until),
            state: told.json,
            clock: told.clock,
            own_clock: told.own_clock,
            renewed: now,
        }
    }

    fn told(&self, client: u64) -> State {
        State {
            client,
            user: self.user,
            clock: self.clock,
            own_clock: self.own_clock,
            json: self.state.clone(),
        }
    }
}
