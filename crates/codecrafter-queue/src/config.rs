//! Where the queue is, by URL scheme.

use std::fmt;
use std::str::FromStr;

use crate::amqp::AmqpConfig;

/// Jobs that may wait in the in-process queue.
pub(crate) const DEFAULT_CAPACITY: usize = 10_000;

/// Which engine holds jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueConfig {
    /// `memory:`: within this process only.
    Memory {
        /// Jobs that may wait.
        capacity: usize,
    },
    /// `amqp://user:password@host:port/vhost` or `amqps://…`: a `RabbitMQ` broker.
    Amqp(AmqpConfig),
}

/// The URL without what is secret in it.
impl fmt::Display for QueueConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { .. } => f.write_str("memory:"),
            Self::Amqp(config) => config.fmt(f),
        }
    }
}

impl FromStr for QueueConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory {
                capacity: DEFAULT_CAPACITY,
            }),
            Some(("amqp" | "amqps", _)) => text.parse().map(Self::Amqp),
            // Not the text itself: it may hold a password.
            _ => Err("it is not known: use memory: or amqp://user:password@host:port/vhost".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_checked() {
        assert!(matches!("memory:".parse(), Ok(QueueConfig::Memory { .. })));
        assert!(matches!("amqps://h/v".parse(), Ok(QueueConfig::Amqp(_))));
        for wrong in ["", "memory", "memory:x", "kafka://u:hunter2@h", "amqp"] {
            let refused = wrong.parse::<QueueConfig>().expect_err(wrong);
            assert!(refused.contains("amqp://") && !refused.contains("hunter2"), "{refused}");
        }
    }
}
