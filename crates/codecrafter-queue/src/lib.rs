//! Port `JobQueue`: work that is done at least once.
//!
//! The store is the truth about what is to be done; a job only says "look at this execution now".
//! `open` chooses the adapter by URL scheme; `conformance` is the suite that each one passes.

pub mod amqp;
mod config;
pub mod conformance;
mod error;
pub mod in_process;
mod turn;

use std::sync::Arc;

use async_trait::async_trait;
use codecrafter_domain::execution::Priority;
use codecrafter_domain::id::ExecutionId;

pub use config::QueueConfig;
pub use error::QueueError;

/// A message that one execution waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Job {
    /// Which.
    pub execution: ExecutionId,
    /// Whose turn it is.
    pub priority: Priority,
}

/// A job in a worker's hands. Dropping it without an answer gives it back to the queue.
#[async_trait]
pub trait Delivery: Send {
    /// What to do.
    fn job(&self) -> Job;
    /// Done: forget it.
    async fn ack(self: Box<Self>) -> Result<(), QueueError>;
    /// Not done: give it to somebody else.
    async fn nack(self: Box<Self>) -> Result<(), QueueError>;
}

/// Work done at least once.
#[async_trait]
pub trait JobQueue: Send + Sync + 'static {
    /// Adds a job. Errors with `Full` at the queue's bound.
    async fn publish(&self, job: Job) -> Result<(), QueueError>;
    /// Waits for the next job: interactive ones first, batch ones now and then all the same, and within each of these
    /// first in first out. Safe to drop while waiting: no job is lost.
    async fn receive(&self) -> Result<Box<dyn Delivery>, QueueError>;
    /// Jobs that wait.
    async fn depth(&self) -> Result<u64, QueueError>;
    /// Whether the engine answers.
    async fn ping(&self) -> Result<(), QueueError>;
}

/// Opens the adapter that the configuration names.
pub async fn open(config: &QueueConfig) -> Result<Arc<dyn JobQueue>, QueueError> {
    match config {
        QueueConfig::Memory { capacity } => Ok(Arc::new(in_process::InProcessQueue::new(*capacity))),
        // Boxed: connecting is large, and becomes part of whatever opens the queue.
        QueueConfig::Amqp(config) => Ok(Arc::new(Box::pin(amqp::AmqpQueue::open(config.clone())).await?)),
    }
}
