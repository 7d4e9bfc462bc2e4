//! Ports Bus (publish and subscribe, and logs that late subscribers can replay) and Ephemeral (counters, and what members
//! of a group say, which expire).
//!
//! Messages may be lost when an engine goes away; nothing that must survive is only here.
//! `open` chooses the adapter by URL scheme; `conformance` is the suite that each one passes.

mod bounds;
mod config;
pub mod conformance;
mod error;
pub mod in_process;
mod redis;
mod subscription;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub use config::{BusConfig, RedisConfig, RedisServers};
pub use error::BusError;
pub use subscription::Subscription;

/// A message with its position in the topic's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Position in the log, rising by one; 0 on plain topics.
    pub seq: u64,
    /// What was published.
    pub payload: Bytes,
}

/// How much of a log is kept, and where its numbering begins.
#[derive(Debug, Clone, Copy)]
pub struct LogBounds {
    /// Position of the first message of an empty log. A log that outlives its engine's memory
    /// begins at the clock, in ms, so that positions rise across restarts.
    pub first: u64,
    /// Messages kept.
    pub entries: usize,
    /// Payload bytes kept.
    pub bytes: usize,
    /// The log is forgotten this long after its last message.
    pub expiry: Duration,
}

/// Publish and subscribe.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Tells all present subscribers of a plain topic.
    async fn publish(&self, topic: &str, payload: Bytes) -> Result<(), BusError>;

    /// Tells all present subscribers and keeps the message for later ones, in one step; returns its position.
    async fn append(&self, topic: &str, payload: Bytes, bounds: LogBounds) -> Result<u64, BusError>;

    /// What is published on a topic from now on.
    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError>;

    /// What the topic's log still holds after position `after` (0: all), then what comes; nothing twice, nothing skipped.
    async fn replay(&self, topic: &str, after: u64) -> Result<Subscription, BusError>;

    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), BusError>;
}

/// How much has been counted, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The sum in this window, this call included.
    pub total: u64,
    /// Until the window ends and counting starts again from nothing.
    pub resets_in: Duration,
}

/// What a member of a group says, and who it is.
pub type Said = (String, Bytes);

/// What is shared for a while and may be lost: what expires.
#[async_trait]
pub trait Ephemeral: Send + Sync + 'static {
    /// Adds to a counter in one step. A counter begins with its first addition and is gone `window` later.
    async fn count(&self, key: &str, amount: u64, window: Duration) -> Result<Count, BusError>;

    /// Has a member of the group `key` say something, in the place of what it said before, and returns what the others
    /// say, in one step: of two that do this at once the later one hears the earlier. It is forgotten after `expiry`.
    async fn share(&self, key: &str, member: &str, says: Bytes, expiry: Duration) -> Result<Vec<Said>, BusError>;
}

/// Both ports of one engine.
#[derive(Clone)]
pub struct Engine {
    /// Publish and subscribe.
    pub bus: Arc<dyn Bus>,
    /// What expires.
    pub ephemeral: Arc<dyn Ephemeral>,
}

/// Opens the adapter that the configuration names.
pub async fn open(config: &BusConfig) -> Result<Engine, BusError> {
    match config {
        BusConfig::Memory => Ok(Engine {
            bus: Arc::new(in_process::InProcessBus::new()),
            ephemeral: Arc::new(in_process::InProcessEphemeral::new()),
        }),
        BusConfig::Redis(config) => {
            let redis = Arc::new(redis::Redis::open(config).await?);
            Ok(Engine {
                bus: Arc::clone(&redis) as _,
                ephemeral: redis,
            })
        }
    }
}
