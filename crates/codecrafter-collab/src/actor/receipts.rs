//! What a Hocuspocus client is told of its edits: one status for each, in order, and "applied" only once it is stored.
//!
//! The provider counts: an edit one up, a status "applied" one down, and asking for the document's state sets it to
//! one. It shows edits as unsaved until the count is zero, so every status must meet its edit. Edits that were refused
//! or passed over come again in a later answer to our step 1, which settles them all.

use std::collections::VecDeque;

/// Statuses that wait. Beyond it the connection is closed: the store does not answer, and the client goes on.
const MAX_WAITING: usize = 64 * 1024;

/// A connection's statuses that are still to be sent.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    waiting: VecDeque<Receipt>,
    /// Refused edits that the client still counts.
    refused: u32,
    /// Edits that refer to others that were refused: whatever answers our step 1 decides.
    deferred: u32,
    /// Step 1s that the client did not ask for: it does not count its answers to them.
    uncounted: u32,
}

/// A status that is said so many times once that many of the document's updates are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    stored: u64,
    pub(super) is_applied: bool,
    pub(super) times: u32,
}

impl Receipts {
    /// The client has asked for the document's state: it counts from one again.
    pub(super) fn asked(&mut self) {
        self.refused = 0;
    }

    /// A step 1 was sent that the client did not ask for.
    pub(super) fn ask(&mut self) {
        self.uncounted = self.uncounted.saturating_add(1);
    }

    /// An edit is applied; `stored` is how many updates must be stored before it may be said.
    pub(super) fn applied(&mut self, stored: u64) {
        self.push(stored, true, 1);
    }

    /// An edit is refused. That does not overtake what is to be said of those before it.
    pub(super) fn refused(&mut self, stored: u64) {
        self.refused = self.refused.saturating_add(1);
        self.push(stored, false, 1);
    }

    /// An edit is passed over until our step 1 is answered.
    pub(super) fn deferred(&mut self) {
        self.deferred = self.deferred.saturating_add(1);
    }

    /// An answer to our step 1 is applied, and with it everything that the client has.
    pub(super) fn answer_applied(&mut self, stored: u64) {
        let open = std::mem::take(&mut self.refused).saturating_add(std::mem::take(&mut self.deferred));
        let own = u32::from(self.is_answer_counted());
        self.push(stored, true, open.saturating_add(own));
    }

    /// An answer to our step 1 is refused.
    pub(super) fn answer_refused(&mut self, stored: u64) {
        let open = std::mem::take(&mut self.deferred);
        let times = open.saturating_add(u32::from(self.is_answer_counted()));
        self.refused = self.refused.saturating_add(times);
        self.push(stored, false, times);
    }

    fn is_answer_counted(&mut self) -> bool {
        let is_counted = self.uncounted == 0;
        self.uncounted = self.uncounted.saturating_sub(1);
        is_counted
    }

    fn push(&mut self, stored: u64, is_applied: bool, times: u32) {
        if times == 0 {
            return;
        }
        match self.waiting.back_mut() {
            Some(last) if last.stored == stored && last.is_applied == is_applied => {
                last.times = last.times.saturating_add(times);
            }
            _ => self.waiting.push_back(Receipt {
                stored,
                is_applied,
                times,
            }),
        }
    }

    /// Whether there is something to say once `stored` updates are stored.
    pub(super) fn is_due(&self, stored: u64) -> bool {
        self.waiting.front().is_some_and(|first| first.stored <= stored)
    }

    /// What is to be said next.
    pub(super) fn take_due(&mut self, stored: u64) -> Option<Receipt> {
        let mut taken = self.waiting.pop_front_if(|first| first.stored <= stored)?;
        while let Some(more) = self
            .waiting
            .pop_front_if(|next| next.stored <= stored && next.is_applied == taken.is_applied)
        {
            taken.times = taken.times.saturating_add(more.times);
        }
        Some(taken)
    }

    /// Whether too much waits.
    pub(super) fn is_too_long(&self) -> bool {
        self.waiting.len() > MAX_WAITING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that may be said once so many updates are stored.
    fn due(receipts: &mut Receipts, stored: u64) -> Vec<(bool, u32)> {
        std::iter::from_fn(|| receipts.take_due(stored))
            .map(|receipt| (receipt.is_applied, receipt.times))
            .collect()
    }

    #[test]
    fn nothing_is_said_before_it_is_stored() {
        let mut receipts = Receipts::default();
        receipts.applied(1);
        receipts.applied(2);
        receipts.refused(2);
        receipts.applied(3);
        assert!(!receipts.is_due(0));
        assert_eq!(due(&mut receipts, 0), []);
        assert_eq!(due(&mut receipts, 2), [(true, 2), (false, 1)]);
        assert_eq!(due(&mut receipts, 3), [(true, 1)]);
    }

    #[test]
    fn answers_that_the_client_does_not_count_settle_what_it_does() {
        let mut receipts = Receipts::default();
        receipts.refused(0);
        receipts.refused(0);
        assert_eq!(due(&mut receipts, 0), [(false, 2)]);
        receipts.ask();
        receipts.deferred();
        receipts.answer_applied(1);
        assert_eq!(due(&mut receipts, 1), [(true, 3)]);
        // Nothing was open: saying so would speak for an edit on its way.
        receipts.ask();
        receipts.answer_applied(1);
        assert_eq!(due(&mut receipts, 1), []);
        receipts.answer_applied(1);
        assert_eq!(due(&mut receipts, 1), [(true, 1)]);
    }

    #[test]
    fn refused_answers_refuse_what_was_deferred() {
        let mut receipts = Receipts::default();
        receipts.ask();
        receipts.deferred();
        receipts.answer_refused(0);
        assert_eq!(due(&mut receipts, 0), [(false, 1)]);
        receipts.answer_applied(0);
        assert_eq!(due(&mut receipts, 0), [(true, 2)]);
    }

    #[test]
    fn asking_forgets_what_was_refused() {
        let mut receipts = Receipts::default();
        receipts.refused(0);
        assert_eq!(due(&mut receipts, 0), [(false, 1)]);
        receipts.asked();
        receipts.answer_applied(0);
        assert_eq!(due(&mut receipts, 0), [(true, 1)]);
    }
}
