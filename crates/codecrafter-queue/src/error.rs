//! What can go wrong with the queue.

use thiserror::Error;

/// An error of the queue.
#[derive(Debug, Error)]
pub enum QueueError {
    /// As many jobs wait as may.
    #[error("queue full")]
    Full,
    /// The engine does not answer; trying again may help.
    #[error("queue unavailable: {0}")]
    Unavailable(String),
    /// The engine does not let us work like this; somebody has to change something, and the text says what.
    #[error("queue refused: {0}")]
    Refused(String),
}
