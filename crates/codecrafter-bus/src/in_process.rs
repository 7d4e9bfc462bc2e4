//! The adapter within one process: topics in a map, a bounded queue per subscriber.

mod ephemeral;
mod group;

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::channel::mpsc;
use tokio::time::Instant;

pub use ephemeral::InProcessEphemeral;

use crate::{Bus, BusError, LogBounds, Message, Subscription};

/// Messages that a subscriber may be behind before its subscription ends.
const SUBSCRIBER_QUEUE: usize = 1024;
/// Topics are looked through for forgotten logs each time this many more have been made.
const SWEEP_EVERY: usize = 256;

/// Publish and subscribe within this process.
#[derive(Default)]
pub struct InProcessBus {
    topics: Mutex<Topics>,
}

#[derive(Default)]
struct Topics {
    by_name: HashMap<String, Topic>,
    made_since_sweep: usize,
}

#[derive(Default)]
struct Topic {
    subscribers: Vec<mpsc::Sender<Message>>,
    log: Option<Log>,
}

struct Log {
    entries: VecDeque<Message>,
    bytes: usize,
    next: u64,
    forget_at: Instant,
}

impl InProcessBus {
    /// A bus without topics.
    pub fn new() -> Self {
        Self::default()
    }

    // A panic while the lock is held leaves at worst one message half delivered; the map stays usable.
    fn lock(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topics {
    fn topic(&mut self, name: &str) -> &mut Topic {
        if !self.by_name.contains_key(name) {
            self.made_since_sweep += 1;
            if self.made_since_sweep >= SWEEP_EVERY {
                self.made_since_sweep = 0;
                let now = Instant::now();
                self.by_name.retain(|_, topic| topic.is_in_use(now));
            }
        }
        self.by_name.entry(name.to_owned()).or_default()
    }
}

impl Topic {
    fn is_in_use(&mut self, now: Instant) -> bool {
        self.forget_old_log(now);
        self.subscribers.retain(|subscriber| !subscriber.is_closed());
        self.log.is_some() || !self.subscribers.is_empty()
    }

    fn forget_old_log(&mut self, now: Instant) {
        self.log.take_if(|log| log.forget_at <= now);
    }

    /// Gives the message to everyone; whoever is too far behind is dropped, which ends its subscription.
    fn deliver(&mut self, message: &Message) {
        self.subscribers
            .retain_mut(|subscriber| subscriber.try_send(message.clone()).is_ok());
    }

    fn subscribe(&mut self, backlog: Vec<Message>) -> Subscription {
        let end = self.log.as_ref().map_or(0, |log| log.next - 1);
        let (mut sender, subscription) = Subscription::new(end, SUBSCRIBER_QUEUE + backlog.len());
        for message in backlog {
            // The queue was made large enough for the backlog just above.
            let _ = sender.try_send(message);
        }
        self.subscribers.retain(|subscriber| !subscriber.is_closed());
        self.subscribers.push(sender);
        subscription
    }
}

impl Log {
    fn new(first: u64, now: Instant) -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            next: first,
            forget_at: now,
        }
    }

    fn push(&mut self, payload: Bytes, bounds: LogBounds, now: Instant) -> Message {
        let message = Message {
            seq: self.next,
            payload,
        };
        self.next += 1;
        self.bytes += message.payload.len();
        self.entries.push_back(message.clone());
        while self.entries.len() > bounds.entries || self.bytes > bounds.bytes {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.payload.len();
        }
        self.forget_at = now + bounds.expiry;
        message
    }
}

/// What the port offers, in one step each, and what an engine that distributes further messages needs beside.
impl InProcessBus {
    /// Gives a message to the topic's present subscribers.
    pub(crate) fn deliver(&self, topic: &str, message: &Message) {
        if let Some(topic) = self.lock().by_name.get_mut(topic) {
            topic.deliver(message);
        }
    }

    /// Appends at position `least` or later.
    pub(crate) fn append_from(&self, topic: &str, payload: Bytes, bounds: LogBounds, least: u64) -> u64 {
        let now = Instant::now();
        let mut topics = self.lock();
        let topic = topics.topic(topic);
        topic.forget_old_log(now);
        let log = topic.log.get_or_insert_with(|| Log::new(bounds.first, now));
        log.next = log.next.max(least);
        let message = log.push(payload, bounds, now);
        topic.deliver(&message);
        message.seq
    }

    pub(crate) fn subscribe_now(&self, topic: &str) -> Subscription {
        self.lock().topic(topic).subscribe(Vec::new())
    }

    pub(crate) fn replay_now(&self, topic: &str, after: u64) -> Subscription {
        let mut topics = self.lock();
        let topic = topics.topic(topic);
        topic.forget_old_log(Instant::now());
        let log = topic.log.iter().flat_map(|log| &log.entries);
        let backlog = log.filter(|message| message.seq > after).cloned().collect();
        topic.subscribe(backlog)
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&self, topic: &str) -> bool {
        let topics = self.lock();
        let topic = topics.by_name.get(topic);
        topic.is_some_and(|topic| topic.subscribers.iter().any(|subscriber| !subscriber.is_closed()))
    }

    /// The topics that somebody listens to.
    pub(crate) fn heard(&self) -> Vec<String> {
        let mut topics = self.lock();
        let heard = topics.by_name.iter_mut().filter_map(|(name, topic)| {
            topic.subscribers.retain(|subscriber| !subscriber.is_closed());
            (!topic.subscribers.is_empty()).then(|| name.clone())
        });
        heard.collect()
    }

    /// Ends every subscription and forgets every log.
    pub(crate) fn clear(&self) {
        self.lock().by_name.clear();
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, topic: &str, payload: Bytes) -> Result<(), BusError> {
        self.deliver(topic, &Message { seq: 0, payload });
        Ok(())
    }

    async fn append(&self, topic: &str, payload: Bytes, bounds: LogBounds) -> Result<u64, BusError> {
        Ok(self.append_from(topic, payload, bounds, 0))
    }

    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        Ok(self.subscribe_now(topic))
    }

    async fn replay(&self, topic: &str, after: u64) -> Result<Subscription, BusError> {
        Ok(self.replay_now(topic, after))
    }

    async fn ping(&self) -> Result<(), BusError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::bus_conformance!(async { std::sync::Arc::new(InProcessBus::new()) });

    #[tokio::test(start_paused = true)]
    async fn topics_without_subscribers_or_log_are_forgotten() {
        let bus = InProcessBus::new();
        let bounds = LogBounds {
            first: 1,
            entries: 1,
            bytes: 9,
            expiry: std::time::Duration::from_secs(1),
        };
        for round in 0..10 {
            for n in 0..SWEEP_EVERY {
                bus.append(&format!("{round}-{n}"), Bytes::from_static(b"x"), bounds)
                    .await
                    .expect("in process");
            }
            tokio::time::advance(std::time::Duration::from_secs(2)).await;
        }
        assert!(bus.lock().by_name.len() <= 2 * SWEEP_EVERY);
    }
}
