//! The end of a turn: everyone is sent what happened in it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tokio::time::Instant;

use super::ConnectionId;
use super::client::{Client, Sources};
use super::document::Document;
use crate::awareness::Awareness;
use crate::update::merge::merge;
use crate::{close, message};

/// What has happened in a turn.
#[derive(Default)]
pub(super) struct Turn {
    updates: Vec<(ConnectionId, Bytes)>,
    bytes: usize,
    /// Whose presence has changed.
    pub(super) moved: BTreeSet<u64>,
}

impl Turn {
    /// Takes an update to be passed on to all but its sender.
    pub(super) fn push(&mut self, from: ConnectionId, update: Bytes) {
        self.bytes += update.len();
        self.updates.push((from, update));
    }

    /// Bytes of its updates.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A turn's updates for those who sent none of them, encoded once.
struct Broadcast {
    senders: BTreeSet<ConnectionId>,
    updates: Vec<(ConnectionId, Bytes)>,
    /// Each update with its frame.
    shared: Vec<(Bytes, Bytes)>,
    moved: BTreeSet<u64>,
    presence: Option<Bytes>,
}

impl Broadcast {
    fn new(turn: Turn, awareness: &Awareness) -> Self {
        let updates = by_sender(turn.updates);
        let shared = framed(updates.iter().map(|(_, update)| update.clone()));
        let presence = (!turn.moved.is_empty()).then(|| awareness.encode(&turn.moved, None));
        let senders = updates.iter().map(|(from, _)| *from).collect();
        Self {
            senders,
            updates,
            shared,
            moved: turn.moved,
            presence,
        }
    }

    fn send(&self, client: &mut Client, awareness: &Awareness) {
        if self.senders.contains(&client.id) {
            let others = self.updates.iter().filter(|(from, _)| *from != client.id);
            send_updates(client, &framed(others.map(|(_, update)| update.clone())));
        } else {
            send_updates(client, &self.shared);
        }
        let Some(presence) = &self.presence else { return };
        let is_private = awareness
            .private(client.id)
            .is_some_and(|own| self.moved.contains(&own));
        let is_sent = !is_private && client.wants.moved.is_empty() && client.outbox.send(presence);
        if !is_sent {
            client.wants.moved.extend(&self.moved);
        }
    }
}

/// Each sender's updates merged: every sender needs a selection of its own, and those are quicker made from few.
/// One that refers to another sender's may come before it; replicas wait for what is missing.
fn by_sender(updates: Vec<(ConnectionId, Bytes)>) -> Vec<(ConnectionId, Bytes)> {
    let mut grouped: BTreeMap<ConnectionId, Vec<Bytes>> = BTreeMap::new();
    for (from, update) in updates {
        grouped.entry(from).or_default().push(update);
    }
    let merged = grouped
        .iter()
        .flat_map(|(from, updates)| merge(updates).into_iter().map(|update| (*from, update)));
    merged.collect()
}

fn framed(updates: impl Iterator<Item = Bytes>) -> Vec<(Bytes, Bytes)> {
    let merged = merge(&updates.collect::<Vec<_>>());
    merged
        .into_iter()
        .map(|update| (update.clone(), message::update(&update)))
        .collect()
}

fn send_updates(client: &mut Client, updates: &[(Bytes, Bytes)]) {
    for (update, frame) in updates {
        // The answer to its step 1, sent at the end of this turn, holds them.
        let is_answered = client.wants.question.is_some();
        if is_answered || client.wants.backlog() > 0 || !client.outbox.send(frame) {
            client.wants.push_update(update);
        }
    }
}

impl Document {
    /// Sends everyone what the turn brought, and what they waited for.
    pub(super) async fn finish_turn(&mut self) {
        loop {
            if let Some(broken) = self.broken.take() {
                self.recover(&broken).await;
            }
            if let Some(nodes) = &mut self.nodes {
                nodes.moved(self.turn.moved.iter().copied());
            }
            if self.clients.is_empty() {
                self.turn = Turn::default();
                self.joiners.forget();
            }
            let broadcast = Broadcast::new(std::mem::take(&mut self.turn), &self.awareness);
            for (_, update) in &broadcast.updates {
                self.joiners.passed_on(update);
            }
            let slow = self.send(&broadcast);
            for id in slow {
                self.close(id, close::TRY_LATER, "too much is waiting to be read");
            }
            // Closing connections is news for the others.
            let is_done = self.turn.moved.is_empty() || self.clients.is_empty();
            if self.broken.is_none() && is_done {
                return;
            }
        }
    }

    /// Returns who is too slow.
    fn send(&mut self, broadcast: &Broadcast) -> Vec<ConnectionId> {
        let max_backlog = self.config().limits.backlog_bytes;
        let mut sources = Sources {
            replica: &self.replica,
            awareness: &mut self.awareness,
            answers: &mut Vec::new(),
            joiners: &mut self.joiners,
            now: Instant::now(),
            stored: self.saver.stored_so_far(),
        };
        let mut slow = Vec::new();
        for (id, client) in &mut self.clients {
            broadcast.send(client, sources.awareness);
            if let Err(broken) = client.flush(&mut sources) {
                // Not its fault: it asks again after the reload.
                self.broken = Some(broken);
                return slow;
            }
            if client.wants.backlog() > max_backlog {
                slow.push(*id);
            }
        }
        slow
    }
}
