//! Frames from connections: each message in them is checked on its own.

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::time::Instant;

use super::ConnectionId;
use super::document::Document;
use crate::awareness::Rejected;
use crate::lib0::{Malformed, Reader};
use crate::message::{self, Inbound};
use crate::replica::{Applied, Broken, Fault};
use crate::update::{Summary, scan, scan_state_vector};
use crate::{Access, MAX_FRAME_BYTES, close};

/// Updates that refer to unknown ones and are kept until those come, in bytes.
const WAITING_BYTES: usize = 4 * MAX_FRAME_BYTES;

const READ_ONLY: &str = "you may read this session, but not edit it";
const INCOMPLETE: &str = "the edits refer to others that are not here";

/// Why a connection is closed.
enum Stop {
    Malformed,
    TooLarge,
    /// Too much waits for the store.
    Busy,
    Broken(Broken),
}

impl From<Malformed> for Stop {
    fn from(why: Malformed) -> Self {
        tracing::debug!(why, "malformed frame");
        Self::Malformed
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(why) => {
                tracing::debug!(why, "malformed update");
                Self::Malformed
            }
            Fault::Broken(broken) => Self::Broken(broken),
        }
    }
}

/// How an update arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As the answer to our step 1: mostly known.
    Answer,
    /// As an edit.
    Edit,
}

impl Document {
    /// Takes a frame, or closes the connection for it.
    pub(super) fn frame(&mut self, id: ConnectionId, frame: &Bytes) {
        match self.messages(id, frame) {
            Ok(()) => {}
            Err(Stop::Malformed) => self.close(id, close::MALFORMED, "a message cannot be read"),
            Err(Stop::TooLarge) => self.close(id, close::TOO_LARGE, "an awareness state is too large"),
            Err(Stop::Busy) => self.close(id, close::TRY_LATER, "edits cannot be stored just now"),
            Err(Stop::Broken(broken)) => {
                self.broken = Some(broken);
                self.close(id, close::MALFORMED, "an update cannot be applied");
            }
        }
    }

    fn messages(&mut self, id: ConnectionId, frame: &Bytes) -> Result<(), Stop> {
        let mut reader = Reader::new(frame);
        while !reader.is_empty() {
            let message = message::next(&mut reader)?;
            let Some(client) = self.clients.get_mut(&id) else {
                return Ok(());
            };
            match message {
                Inbound::Step1(state_vector) => {
                    scan_state_vector(state_vector)?;
                    // Only the last one of a turn is answered: its sender's state is the newest.
                    client.wants.question = Some(Bytes::copy_from_slice(state_vector));
                }
                Inbound::Step2(update) => {
                    client.is_asked = false;
                    self.update(id, frame, update, Kind::Answer)?;
                }
                Inbound::Update(update) => self.update(id, frame, update, Kind::Edit)?,
                Inbound::Awareness(states) => self.presence(id, states)?,
                Inbound::QueryAwareness => client.wants.everyone = true,
            }
        }
        Ok(())
    }

    fn update(&mut self, id: ConnectionId, frame: &Bytes, update: &[u8], kind: Kind) -> Result<(), Stop> {
        let summary = scan(update)?;
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(());
        };
        let now = Instant::now();
        if client.peer.access == Access::Read {
            // Stock clients answer our step 1 in any case.
            if !self.replica.knows(&summary)? {
                client.deny(READ_ONLY, now);
            }
            return Ok(());
        }
        let is_applicable = summary.is_applicable(|client| self.replica.known(client));
        if !is_applicable && kind == Kind::Edit {
            // An earlier edit was refused. Whatever answers our step 1 will hold both.
            if !client.is_asked {
                client.ask();
            }
            return Ok(());
        }
        if !is_applicable && self.replica.waiting() + update.len() > WAITING_BYTES {
            client.deny(INCOMPLETE, now);
            return Ok(());
        }
        let limits = &self.registration.shared.config.limits;
        let unsaved = self.saver.unsaved_bytes();
        if unsaved > 0 && unsaved + update.len() > limits.unsaved_bytes {
            return Err(Stop::Busy);
        }
        if let Err(refusal) = self.replica.admit(update.len(), &summary, limits)? {
            client.deny(refusal.0, now);
            return Ok(());
        }
        let author = client.user();
        if let Some(news) = self.apply(frame, update, &summary, kind)? {
            self.accept(id, author, news);
        }
        Ok(())
    }

    /// Passes an applied update on, to the others and to the store.
    fn accept(&mut self, from: ConnectionId, author: Option<UserId>, news: Bytes) {
        metrics::counter!("codecrafter_document_updates_received_total").increment(1);
        self.turn.push(from, news.clone());
        self.saver.accept(author, news);
    }

    /// Returns what is new in it.
    fn apply(
        &mut self,
        frame: &Bytes,
        update: &[u8],
        summary: &Summary<'_>,
        kind: Kind,
    ) -> Result<Option<Bytes>, Fault> {
        let applied = match kind {
            Kind::Answer => self.replica.apply_step_2(update, summary)?,
            Kind::Edit => self.replica.apply_update(update, summary)?,
        };
        Ok(match applied {
            Applied::Nothing => None,
            Applied::Part(part) => Some(part.into()),
            // A slice keeps all of its frame in memory.
            Applied::Whole if update.len() * 2 < frame.len() => Some(Bytes::copy_from_slice(update)),
            Applied::Whole => Some(frame.slice_ref(update)),
        })
    }

    fn presence(&mut self, id: ConnectionId, states: &[u8]) -> Result<(), Stop> {
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(());
        };
        let Some(person) = &client.peer.user else { return Ok(()) };
        let spoken = match self.awareness.speak(id, person, states, Instant::now()) {
            Ok(spoken) => spoken,
            Err(Rejected::Malformed(why)) => return Err(why.into()),
            Err(Rejected::TooLarge) => return Err(Stop::TooLarge),
        };
        // Now that it is known which presence is its own, the user's others can be told apart from it.
        client.wants.everyone |= spoken.is_first && self.awareness.has_others_of(person.id, id);
        self.turn.moved.extend(spoken.changed);
        Ok(())
    }
}
