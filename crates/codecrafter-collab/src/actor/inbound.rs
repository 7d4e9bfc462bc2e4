//! Frames from connections: each message in them is checked on its own.

use std::borrow::Cow;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::time::Instant;

use super::ConnectionId;
use super::document::Document;
use super::nodes::Note;
use crate::awareness::Rejected;
use crate::hocuspocus::{self, MAX_STATELESS_BYTES};
use crate::lib0::{Malformed, Reader};
use crate::message::{self, Inbound, Protocol};
use crate::replica::{Applied, Broken, Fault};
use crate::update::{scan, scan_state_vector};
use crate::{Access, MAX_FRAME_BYTES, close};

/// Updates that refer to unknown ones and are kept until those come, in bytes.
const WAITING_BYTES: usize = 4 * MAX_FRAME_BYTES;

const READ_ONLY: &str = "you may read this session, but not edit it";
const INCOMPLETE: &str = "the edits refer to others that are not here";

/// Why a connection is closed.
enum Stop {
    Malformed,
    TooLarge(&'static str),
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

/// What becomes of an update.
enum Fate {
    /// It is in the document, and will be stored.
    Applied,
    /// It is not; says why.
    Refused(Cow<'static, str>),
    /// It refers to edits that are not here: the sender was asked for all it has.
    Deferred,
}

impl Document {
    /// Takes a frame, or closes the connection for it.
    pub(super) fn frame(&mut self, id: ConnectionId, frame: &Bytes) {
        match self.messages(id, frame) {
            Ok(()) => {}
            Err(Stop::Malformed) => self.close(id, close::MALFORMED, "a message cannot be read"),
            Err(Stop::TooLarge(what)) => self.close(id, close::TOO_LARGE, what),
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
            let Some(client) = self.clients.get_mut(&id) else {
                return Ok(());
            };
            match message::next(&mut reader, client.protocol())? {
                Inbound::Step1(state_vector) => {
                    scan_state_vector(state_vector)?;
                    client.question(state_vector);
                }
                Inbound::Step2(update) => {
                    client.is_asked = false;
                    self.update(id, frame, update, Kind::Answer)?;
                }
                Inbound::Update(update) => self.update(id, frame, update, Kind::Edit)?,
                Inbound::Awareness(states) => self.presence(id, states)?,
                Inbound::QueryAwareness => client.wants.everyone = true,
                Inbound::Stateless(payload) => self.pass_on(id, payload)?,
            }
        }
        Ok(())
    }

    fn update(&mut self, id: ConnectionId, frame: &Bytes, update: &[u8], kind: Kind) -> Result<(), Stop> {
        let fate = self.decide(id, frame, update, kind)?;
        let accepted = self.saver.accepted_so_far();
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(());
        };
        if let Some(receipts) = &mut client.receipts {
            match (&fate, kind) {
                (Fate::Applied, Kind::Edit) => receipts.applied(accepted),
                (Fate::Applied, Kind::Answer) => receipts.answer_applied(accepted),
                (Fate::Refused(_), Kind::Edit) => receipts.refused(accepted),
                (Fate::Refused(_), Kind::Answer) => receipts.answer_refused(accepted),
                (Fate::Deferred, _) => receipts.deferred(),
            }
            if receipts.is_too_long() {
                return Err(Stop::Busy);
            }
        }
        if let Fate::Refused(reason) = fate {
            client.deny(reason, Instant::now());
        }
        Ok(())
    }

    /// Applies an update that may be.
    fn decide(&mut self, id: ConnectionId, frame: &Bytes, update: &[u8], kind: Kind) -> Result<Fate, Stop> {
        let summary = scan(update)?;
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(Fate::Deferred);
        };
        if client.peer.access == Access::Read {
            // Stock clients answer our step 1 in any case.
            let is_known = self.replica.knows(&summary)?;
            return Ok(if is_known {
                Fate::Applied
            } else {
                Fate::Refused(READ_ONLY.into())
            });
        }
        let is_applicable = summary.is_applicable(|client| self.replica.known(client));
        if !is_applicable && kind == Kind::Edit {
            // An earlier edit was refused. Whatever answers our step 1 will hold both.
            if !client.is_asked {
                client.ask();
            }
            return Ok(Fate::Deferred);
        }
        if !is_applicable && self.replica.waiting() + update.len() > WAITING_BYTES {
            return Ok(Fate::Refused(INCOMPLETE.into()));
        }
        let limits = &self.registration.shared.config.limits;
        let unsaved = self.saver.unsaved_bytes();
        if unsaved > 0 && unsaved + update.len() > limits.unsaved_bytes {
            return Err(Stop::Busy);
        }
        if let Err(refusal) = self.replica.admit(update.len(), &summary, limits)? {
            return Ok(Fate::Refused(refusal.0.into()));
        }
        let author = client.user();
        let applied = match kind {
            Kind::Answer => self.replica.apply_step_2(update, &summary)?,
            Kind::Edit => self.replica.apply_update(update, &summary)?,
        };
        self.accept(id, author, applied, || bytes_of(frame, update));
        Ok(Fate::Applied)
    }

    /// Sends a stateless message to the document's other Hocuspocus clients. It is not kept.
    fn pass_on(&mut self, from: ConnectionId, payload: &str) -> Result<(), Stop> {
        let Some(client) = self.clients.get_mut(&from) else {
            return Ok(());
        };
        if payload.len() > MAX_STATELESS_BYTES {
            return Err(Stop::TooLarge("a stateless message is too large"));
        }
        if hocuspocus::is_notice(payload) {
            return Err("a stateless message pretends to be the server's".into());
        }
        if client.peer.access == Access::Read {
            client.deny(READ_ONLY, Instant::now());
            return Ok(());
        }
        let note = hocuspocus::stateless(payload);
        self.pass_on_note(Some(from), &note);
        if let Some(nodes) = &self.nodes {
            nodes.tell(&Note::Stateless(note));
        }
        Ok(())
    }

    /// Has a stateless message sent to all Hocuspocus clients but its sender.
    pub(super) fn pass_on_note(&mut self, from: Option<ConnectionId>, note: &Bytes) {
        let others = self.clients.values_mut().filter(|client| Some(client.id) != from);
        for other in others.filter(|client| client.protocol() == Protocol::Hocuspocus) {
            other.wants.push_note(note);
        }
    }

    /// Passes what was applied on, to the others and to the store.
    fn accept(&mut self, from: ConnectionId, author: Option<UserId>, applied: Applied, came: impl FnOnce() -> Bytes) {
        let stored = match applied {
            Applied::Nothing => return,
            Applied::Held(_) => {
                let came = came();
                self.tell_all(applied.told(came.clone()));
                came
            }
            Applied::Part(part) => self.passed_on(from, part.into()),
            Applied::Whole => self.passed_on(from, came()),
        };
        metrics::counter!("codecrafter_document_updates_received_total").increment(1);
        self.saver.accept(author, stored);
    }

    fn passed_on(&mut self, from: ConnectionId, news: Bytes) -> Bytes {
        self.turn.push(from, news.clone());
        news
    }

    fn presence(&mut self, id: ConnectionId, states: &[u8]) -> Result<(), Stop> {
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(());
        };
        let Some(person) = &client.peer.user else { return Ok(()) };
        let spoken = match self.awareness.speak(id, person, states, Instant::now()) {
            Ok(spoken) => spoken,
            Err(Rejected::Malformed(why)) => return Err(why.into()),
            Err(Rejected::TooLarge) => return Err(Stop::TooLarge("an awareness state is too large")),
        };
        // Now that it is known which presence is its own, the user's others can be told apart from it.
        client.wants.everyone |= spoken.is_first && self.awareness.has_others_of(person.id, id);
        self.turn.moved.extend(spoken.changed);
        Ok(())
    }
}

fn bytes_of(frame: &Bytes, update: &[u8]) -> Bytes {
    // A slice keeps all of its frame in memory.
    if update.len() * 2 < frame.len() {
        Bytes::copy_from_slice(update)
    } else {
        frame.slice_ref(update)
    }
}
