//! Where the queue is, by URL scheme.

use std::str::FromStr;

/// Jobs that may wait in the in-process queue.
pub(crate) const DEFAULT_CAPACITY: usize = 10_000;

/// Which engine holds jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueConfig {
    /// `memory:`: within this process only.
    Memory {
        /// Jobs that may wait.
        capacity: usize,
    },
}

impl FromStr for QueueConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "memory:" => Ok(Self::Memory {
                capacity: DEFAULT_CAPACITY,
            }),
            _ => Err(format!("queue {text:?} is not known: use memory:")),
        }
    }
}
