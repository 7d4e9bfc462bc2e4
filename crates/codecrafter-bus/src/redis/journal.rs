//! What happened in this process while Redis was away, to be told once it is back.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;

use super::message::Origin;
use crate::LogBounds;

/// Acts that are kept; older ones are dropped.
const ACTS: usize = 50_000;
/// Payload bytes that are kept.
const BYTES: usize = 32 * 1024 * 1024;

/// One of them.
pub(super) enum Act {
    Publish {
        topic: String,
        origin: Origin,
        payload: Bytes,
    },
    Append {
        topic: String,
        origin: Origin,
        payload: Bytes,
        bounds: LogBounds,
        /// The position that it has here.
        seq: u64,
    },
}

impl Act {
    pub(super) fn topic(&self) -> &str {
        match self {
            Self::Publish { topic, .. } | Self::Append { topic, .. } => topic,
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::Publish { payload, .. } | Self::Append { payload, .. } => payload.len(),
        }
    }
}

#[derive(Default)]
pub(super) struct Journal {
    acts: VecDeque<Act>,
    bytes: usize,
    /// Topics that were told something without content: once says it all.
    poked: HashSet<String>,
    /// Whether something was dropped.
    is_incomplete: bool,
}

/// What there was to tell.
pub(super) struct Told {
    pub(super) acts: Vec<Act>,
    /// Whether something was dropped.
    pub(super) is_incomplete: bool,
}

impl Journal {
    pub(super) fn push(&mut self, act: Act) {
        if let Act::Publish { topic, payload, .. } = &act
            && payload.is_empty()
            && !self.poked.insert(topic.clone())
        {
            return;
        }
        self.bytes += act.size();
        self.acts.push_back(act);
        while self.acts.len() > ACTS || self.bytes > BYTES {
            let Some(oldest) = self.acts.pop_front() else { break };
            self.bytes -= oldest.size();
            self.is_incomplete = true;
        }
    }

    pub(super) fn take(&mut self) -> Told {
        let Self {
            acts, is_incomplete, ..
        } = std::mem::take(self);
        let acts = acts.into();
        Told { acts, is_incomplete }
    }

    /// Puts back what could not be told, before what has happened since.
    pub(super) fn put_back(&mut self, told: Told) {
        let since = self.take();
        for act in told.acts.into_iter().chain(since.acts) {
            self.push(act);
        }
        self.is_incomplete |= told.is_incomplete || since.is_incomplete;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(topic: &str, payload: &'static [u8]) -> Act {
        Act::Publish {
            topic: topic.into(),
            origin: Origin {
                node: "n".into(),
                number: 1,
            },
            payload: Bytes::from_static(payload),
        }
    }

    #[test]
    fn pokes_are_kept_once_and_the_rest_in_order() {
        let mut journal = Journal::default();
        for (topic, payload) in [("a", &b""[..]), ("b", b"1"), ("a", b""), ("b", b"1")] {
            journal.push(act(topic, payload));
        }
        let told = journal.take();
        journal.push(act("c", b"2"));
        journal.put_back(told);
        let told = journal.take();
        assert_eq!(
            told.acts.iter().map(Act::topic).collect::<Vec<_>>(),
            ["a", "b", "b", "c"]
        );
        assert!(!told.is_incomplete && journal.take().acts.is_empty());
    }

    #[test]
    fn it_is_bounded_and_knows_what_is_lost() {
        let mut journal = Journal::default();
        for _ in 0..=ACTS {
            journal.push(act("a", b"1"));
        }
        let told = journal.take();
        assert!(told.acts.len() == ACTS && told.is_incomplete);
    }
}
