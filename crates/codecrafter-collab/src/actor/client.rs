//! One connection as the document sees it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use tokio::time::Instant;

use super::outbox::{Outbox, Watch};
use super::{ConnectionId, Gauged};
use crate::awareness::Awareness;
use crate::message;
use crate::replica::{Broken, Replica};
use crate::update::merge::merge;
use crate::{Access, Peer};

/// A refusal is not repeated within this time: clients show or log each.
const DENIAL_INTERVAL: Duration = Duration::from_secs(2);

/// A connection and what it waits for.
pub(super) struct Client {
    pub(super) id: ConnectionId,
    pub(super) peer: Peer,
    pub(super) outbox: Outbox,
    pub(super) wants: Wants,
    /// Our step 1 has not been answered.
    pub(super) is_asked: bool,
    denied: Option<Instant>,
    _gauged: Gauged,
}

/// What is to be sent as soon as there is room. Bounded: most of it is a mark for what is then made afresh.
#[derive(Default)]
pub(super) struct Wants {
    /// Our step 1.
    pub(super) ask: bool,
    denial: Option<Cow<'static, str>>,
    /// Its state vector, to be answered with step 2.
    pub(super) question: Option<Bytes>,
    /// Everyone's presence.
    pub(super) everyone: bool,
    /// Others' presence that has changed.
    pub(super) moved: BTreeSet<u64>,
    /// Others' updates, in order.
    updates: Vec<Bytes>,
    update_bytes: usize,
}

impl Wants {
    pub(super) fn push_update(&mut self, update: &Bytes) {
        self.update_bytes += update.len();
        self.updates.push(update.clone());
    }

    /// Bytes of updates that wait.
    pub(super) fn backlog(&self) -> usize {
        self.update_bytes
    }

    fn take_updates(&mut self) -> Vec<Bytes> {
        self.update_bytes = 0;
        std::mem::take(&mut self.updates)
    }

    fn is_empty(&self) -> bool {
        let has_marks = self.ask || self.everyone || self.denial.is_some() || self.question.is_some();
        !has_marks && self.moved.is_empty() && self.updates.is_empty()
    }
}

/// What the frames for a client are made from.
pub(super) struct Sources<'a> {
    pub(super) replica: &'a Replica,
    pub(super) awareness: &'a mut Awareness,
    /// Answers of this turn by state vector: many join a document at once with the same one.
    pub(super) answers: &'a mut Vec<(Bytes, Bytes)>,
    pub(super) now: Instant,
}

impl Client {
    pub(super) fn new(id: ConnectionId, peer: Peer, outbox: Outbox) -> Self {
        let wants = Wants {
            ask: true,
            everyone: true,
            ..Wants::default()
        };
        Self {
            id,
            peer,
            outbox,
            wants,
            is_asked: true,
            denied: None,
            _gauged: Gauged::new("codecrafter_document_connections"),
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
        self.wants.ask = true;
        self.is_asked = true;
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

    /// Sends what it waits for as far as there is room; `Some` is to be watched for more room.
    pub(super) fn flush(&mut self, sources: &mut Sources<'_>) -> Result<Option<Watch>, Broken> {
        if self.wants.is_empty() {
            return Ok(None);
        }
        self.send_marks(sources)?;
        self.send_updates();
        self.send_presence(sources);
        Ok(if self.wants.is_empty() {
            None
        } else {
            self.outbox.drain()
        })
    }

    fn send_marks(&mut self, sources: &mut Sources<'_>) -> Result<(), Broken> {
        if self.wants.ask && self.outbox.has_room() {
            self.outbox.send(&message::step_1(&sources.replica.state_vector()));
            self.wants.ask = false;
        }
        if self.outbox.has_room()
            && let Some(reason) = self.wants.denial.take()
        {
            self.outbox.send(&message::permission_denied(&reason));
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
        let answer = message::step_2(&self.replica.diff(&question)?);
        self.answers.push((question, answer.clone()));
        Ok(answer)
    }
}
