//! What the document does with what it hears of the same document in other processes.

use std::collections::BTreeSet;
use std::future::pending;

use bytes::Bytes;
use tokio::time::Instant;

use super::document::Document;
use super::nodes::{Heard, Nodes, Note, State};
use crate::replica::Fault;
use crate::update::scan;

/// The next thing to act upon; never, where there are no other processes.
pub(super) async fn heard(nodes: &mut Option<Nodes>) -> Heard {
    match nodes {
        Some(nodes) => nodes.work().await,
        None => pending().await,
    }
}

impl Document {
    pub(super) fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Note(Note::Updates(updates)) => updates.into_iter().for_each(|update| self.take_stored(update)),
            Heard::Note(Note::Presence(node, states)) => {
                let now = Instant::now();
                let until = now + 3 * self.config().reconcile_every;
                for state in states {
                    let moved = self.awareness.hear(node, state, until, now);
                    self.turn.moved.extend(moved);
                }
            }
            Heard::Note(Note::Stateless(message)) => self.pass_on_note(None, &message),
            Heard::Note(Note::WhoIsThere) | Heard::TellAll => self.tell_presence(self.awareness.all_told()),
            Heard::Rows(rows) => rows.into_iter().for_each(|row| self.take_stored(row.bytes.into())),
            Heard::Tell(moved) => self.tell_of(&moved),
        }
    }

    /// Takes an update that is stored already. Most are known: this process has stored them itself, or heard of them.
    fn take_stored(&mut self, update: Bytes) {
        let Ok(summary) = scan(&update) else {
            return tracing::error!(session = %self.session, "a stored update cannot be read");
        };
        match self.replica.apply_step_2(&update, &summary) {
            Ok(applied) => self.tell_all(applied.told(update)),
            Err(Fault::Broken(broken)) => self.broken = Some(broken),
            Err(Fault::Malformed(why)) => {
                tracing::error!(session = %self.session, why, "a stored update cannot be read");
            }
        }
    }

    /// Tells others now of what they would be told of soon.
    pub(super) fn tell_of_moves(&mut self) {
        if let Some(moved) = self.nodes.as_mut().map(Nodes::take_moved) {
            self.tell_of(&moved);
        }
    }

    fn tell_of(&self, moved: &BTreeSet<u64>) {
        self.tell_presence(self.awareness.told(moved));
    }

    fn tell_presence(&self, states: Vec<State>) {
        if let Some(nodes) = &self.nodes
            && !states.is_empty()
        {
            nodes.tell(&Note::Presence(self.registration.shared.node, states));
        }
    }
}
