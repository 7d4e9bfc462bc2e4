//! One connection as the document sees it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::time::Instant;

use super::joiners::Joiners;
use super::outbox::Outbox;
use super::receipts::Receipts;
use super::{ConnectionId, Gauged};
use crate::awareness::Awareness;
use crate::hocuspocus;
use crate::message::{self, Protocol};
use crate::replica::{Broken, Replica};
use crate::update::merge::merge;
use crate::{Access, Peer};

/// A refusal is not repeated within this time: clients show or log each.
const DENIAL_INTERVAL: Duration = Duration::from_secs(2);

/// The state vector of who has nothing.
const NOTHING: [u8; 1] = [0];

/// A connection and what it waits for.
pub(super) struct Client {
    pub(super) id: ConnectionId,
    pub(super) peer: Peer,
    pub(super) outbox: Outbox,
    pub(super) wants: Wants,
    /// What a Hocuspocus client is still to be told of its edits; others are not told.
    pub(super) receipts: Option<Receipts>,
    /// Our step 1 has not been answered.
    pub(super) is_asked: bool,
    denied: Option<Instant>,
    _gauged: Gauged,
}

/// Whether our step 1 is to be sent.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    #[default]
    No,
    /// On our own account.
    Ours,
    /// Because the client has sent its own.
    Theirs,
}

/// What is to be sent as soon as there is room. Bounded: most of it is a mark for what is then made afresh.
#[derive(Default)]
pub(super) struct Wants {
    ask: Ask,
    denial: Option<Cow<'static, str>>,
    /// Its state vector, to be answered with step 2.
    pub(super) question: Option<Bytes>,
    /// Everyone's presence.
    pub(super) everyone: bool,
    /// Others' presence that has changed.
    pub(super) moved: BTreeSet<u64>,
    /// Others' updates, in order.
    updates: Vec<Bytes>,
    /// Stateless messages.
    notes: Vec<Bytes>,
    /// Bytes of both.
    backlog: usize,
}

impl Wants {
    pub(super) fn push_update(&mut self, update: &Bytes) {
        self.backlog += update.len();
        self.updates.push(update.clone());
    }

    /// Takes a stateless message, ready to be sent.
    pub(super) fn push_note(&mut self, note: &Bytes) {
        self.backlog += note.len();
        self.notes.push(note.clone());
    }

    /// Bytes of updates and stateless messages that wait.
    pub(super) fn backlog(&self) -> usize {
        self.backlog
    }

    fn take_updates(&mut self) -> Vec<Bytes> {
        let updates = std::mem::take(&mut self.updates);
        self.backlog -= updates.iter().map(Bytes::len).sum::<usize>();
        updates
    }

    fn is_empty(&self) -> bool {
        let has_marks = self.ask != Ask::No || self.everyone || self.denial.is_some() || self.question.is_some();
        !has_marks && self.moved.is_empty() && self.updates.is_empty() && self.notes.is_empty()
    }
}

/// What the frames for a client are made from.
pub(super) struct Sources<'a> {
    pub(super) replica: &'a Replica,
    pub(super) awareness: &'a mut Awareness,
    /// Answers of this turn by state vector: many join a document at once with the same one.
    pub(super) answers: &'a mut Vec<(Bytes, Bytes)>,
    pub(super) joiners: &'a mut Joiners,
    pub(super) now: Instant,
    /// How many of the document's updates are stored.
    pub(super) stored: u64,
}

impl Client {
    pub(super) fn new(id: ConnectionId, peer: Peer, protocol: Protocol, outbox: Outbox) -> Self {
        // Hocuspocus' server asks when it is asked: an answer too many would be counted.
        let is_asked = protocol == Protocol::YWebsocket;
        let wants = Wants {
            ask: if is_asked { Ask::Ours } else { Ask::No },
            everyone: true,
            ..Wants::default()
        };
        Self {
            id,
            peer,
            outbox,
            wants,
            receipts: (protocol == Protocol::Hocuspocus).then(Receipts::default),
            is_asked,
            denied: None,
            _gauged: Gauged::new("codecrafter_document_connections"),
        }
    }

    pub(super) fn protocol(&self) -> Protocol {
        match self.receipts {
            Some(_) => Protocol::Hocuspocus,
            None => Protocol::YWebsocket,
        }
    }

    pub(super) fn user(&self) -> Option<UserId> {
        self.peer.user.as_ref().map(|user| user.id)
    }

    /// Changes what it may do; a promoted client is asked for what was refused.
    pub(super) fn set_access(&mut self, access: Access) {
        if self.peer.access != access {
            self.denied = None;
        }
        if self.peer.access == Access::Read && access == Access::Write {
            self.ask();
        }
        self.peer.access = access;
    }

    /// Asks for what we lack.
    pub(super) fn ask(&mut self) {
        if self.wants.ask == Ask::No {
            self.wants.ask = Ask::Ours;
        }
        self.is_asked = true;
    }

    /// Takes its step 1. Only the last one of a turn is answered: its sender's state is the newest.
    pub(super) fn question(&mut self, state_vector: &[u8]) {
        self.wants.question = Some(Bytes::copy_from_slice(state_vector));
        if let Some(receipts) = &mut self.receipts {
            receipts.asked();
            self.wants.ask = Ask::Theirs;
            self.is_asked = true;
        }
    }

    /// Says that an edit was refused, unless it was said a moment ago.
    pub(super) fn deny(&mut self, reason: impl Into<Cow<'static, str>>, now: Instant) {
        if self
            .denied
            .is_none_or(|before| now.duration_since(before) >= DENIAL_INTERVAL)
        {
            self.denied = Some(now);
            self.wants.denial = Some(reason.into());
        }
    }

    /// Sends what it waits for as far as there is room; the rest once there is more.
    pub(super) fn flush(&mut self, sources: &mut Sources<'_>) -> Result<(), Broken> {
        while !self.is_content(sources.stored) {
            self.send_marks(sources)?;
            self.send_updates();
            self.send_notes();
            self.send_presence(sources);
            self.send_receipts(sources.stored);
            // Its socket may have taken everything meanwhile.
            if !self.is_content(sources.stored) && self.outbox.drain() {
                break;
            }
        }
        Ok(())
    }

    fn is_content(&self, stored: u64) -> bool {
        self.wants.is_empty() && !self.receipts.as_ref().is_some_and(|receipts| receipts.is_due(stored))
    }

    fn send_marks(&mut self, sources: &mut Sources<'_>) -> Result<(), Broken> {
        if self.wants.ask != Ask::No && self.outbox.has_room() {
            self.outbox.send(&message::step_1(&sources.replica.state_vector()));
            if let (Ask::Ours, Some(receipts)) = (self.wants.ask, &mut self.receipts) {
                receipts.ask();
            }
            self.wants.ask = Ask::No;
        }
        if self.outbox.has_room()
            && let Some(reason) = self.wants.denial.take()
        {
            self.outbox.send(&match self.protocol() {
                Protocol::YWebsocket => message::permission_denied(&reason),
                // There a denial is of the whole document.
                Protocol::Hocuspocus => hocuspocus::refusal(&reason),
            });
        }
        if self.outbox.has_room()
            && let Some(question) = self.wants.question.take()
        {
            let answer = sources.answer(question)?;
            self.outbox.send(&answer);
            // The answer holds them.
            self.wants.take_updates();
        }
        Ok(())
    }

    fn send_updates(&mut self) {
        if self.wants.updates.is_empty() || !self.outbox.has_room() {
            return;
        }
        for update in merge(&self.wants.take_updates()) {
            if !self.outbox.send(&message::update(&update)) {
                self.wants.push_update(&update);
            }
        }
    }

    fn send_notes(&mut self) {
        let notes = std::mem::take(&mut self.wants.notes);
        for note in notes {
            self.wants.backlog -= note.len();
            if !self.outbox.send(&note) {
                self.wants.push_note(&note);
            }
        }
    }

    fn send_receipts(&mut self, stored: u64) {
        let Some(receipts) = &mut self.receipts else { return };
        while self.outbox.has_room()
            && let Some(receipt) = receipts.take_due(stored)
        {
            self.outbox.send_status(receipt.is_applied, receipt.times);
        }
    }

    fn send_presence(&mut self, sources: &mut Sources<'_>) {
        if self.wants.everyone && self.outbox.has_room() {
            self.wants.everyone = false;
            if let Some(everyone) = sources.awareness.everyone(self.id, self.user(), sources.now) {
                self.outbox.send(&everyone);
            }
        }
        if !self.wants.moved.is_empty() && self.outbox.has_room() {
            let moved = std::mem::take(&mut self.wants.moved);
            self.outbox.send(&sources.awareness.encode(&moved, Some(self.id)));
        }
    }
}

impl Sources<'_> {
    fn answer(&mut self, question: Bytes) -> Result<Bytes, Broken> {
        if let Some((_, answer)) = self.answers.iter().find(|(asked, _)| *asked == question) {
            return Ok(answer.clone());
        }
        let answer = if *question == NOTHING {
            self.joiners.answer(self.replica, self.now)?
        } else {
            message::step_2(&self.replica.diff(&question)?)
        };
        self.answers.push((question, answer.clone()));
        Ok(answer)
    }
}
