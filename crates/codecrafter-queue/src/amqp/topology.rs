//! The queues: one for each class of jobs, those where given-back jobs wait, and one for what is no job.
//!
//! All are durable quorum queues: they outlive the broker, and one of its nodes where it has several.

use std::time::Duration;

use codecrafter_domain::execution::Priority;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use super::AmqpConfig;

/// How long jobs wait that were given back for the second time, the third, and from then on. The first time is almost
/// always a worker that ends: somebody else may take it at once.
pub(super) const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(10), Duration::from_mins(1)];
/// Times that a job may come back before the broker puts it aside. Brokers since 4.0 have a bound of their own, too low
/// for workers that are restarted often.
const DELIVERIES_MAX: i32 = 1_000;
/// Foreign messages kept for whoever wonders; then the oldest go.
const FOREIGN_MAX: i32 = 1_000;
const FOREIGN_BYTES_MAX: i32 = 16 << 20;

pub(super) const CLASSES: [Priority; 2] = [Priority::Interactive, Priority::Batch];

/// What our queues are called.
#[derive(Debug, Clone)]
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn new(config: &AmqpConfig) -> Self {
        Self {
            prefix: config.prefix.clone(),
        }
    }

    /// Where jobs of a class wait for a worker.
    pub(super) fn work(&self, class: Priority) -> ShortString {
        let class = match class {
            Priority::Interactive => "interactive",
            Priority::Batch => "batch",
        };
        format!("{}{class}", self.prefix).into()
    }

    /// Where jobs of a class wait for so long before they go back to [`Self::work`].
    pub(super) fn pause(&self, class: Priority, pause: Duration) -> ShortString {
        format!("{}.again-after-{}s", self.work(class), pause.as_secs()).into()
    }

    /// No queue at all.
    pub(super) fn nobody(&self) -> ShortString {
        format!("{}nobody", self.prefix).into()
    }

    /// Queue and exchange for what is no job of ours.
    pub(super) fn dead(&self) -> ShortString {
        format!("{}dead", self.prefix).into()
    }
}

/// Makes all of them where they are missing.
pub(super) async fn declare(channel: &Channel, config: &AmqpConfig) -> Result<(), lapin::Error> {
    let names = Names::new(config);
    let capacity = i32::try_from(config.capacity).unwrap_or(i32::MAX);
    declare_dead(channel, names.dead()).await?;
    for class in CLASSES {
        let work = quorum()
            .with("x-max-length", capacity)
            .with("x-overflow", "reject-publish")
            .with("x-dead-letter-exchange", names.dead().as_str());
        work.declare(channel, names.work(class)).await?;
        for pause in PAUSES {
            let milliseconds = i32::try_from(pause.as_millis()).expect("a minute at most");
            let waiting = quorum()
                .with("x-message-ttl", milliseconds)
                .with("x-max-length", capacity)
                .with("x-overflow", "reject-publish")
                .with("x-dead-letter-exchange", "")
                .with("x-dead-letter-routing-key", names.work(class).as_str())
                // A job whose pause is over leaves only once the other queue has it.
                .with("x-dead-letter-strategy", "at-least-once");
            waiting.declare(channel, names.pause(class, pause)).await?;
        }
    }
    Ok(())
}

async fn declare_dead(channel: &Channel, name: ShortString) -> Result<(), lapin::Error> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    channel
        .exchange_declare(name.clone(), ExchangeKind::Fanout, options, FieldTable::default())
        .await?;
    let dead = quorum()
        .with("x-max-length", FOREIGN_MAX)
        .with("x-max-length-bytes", FOREIGN_BYTES_MAX);
    dead.declare(channel, name.clone()).await?;
    channel
        .queue_bind(
            name.clone(),
            name,
            ShortString::default(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
}

/// What a queue is declared with.
struct Arguments(FieldTable);

fn quorum() -> Arguments {
    Arguments(FieldTable::default())
        .with("x-queue-type", "quorum")
        .with("x-delivery-limit", DELIVERIES_MAX)
}

impl Arguments {
    fn with(mut self, key: &str, value: impl Into<Argument>) -> Self {
        self.0.insert(key.into(), value.into().0);
        self
    }

    async fn declare(self, channel: &Channel, name: ShortString) -> Result<(), lapin::Error> {
        let declared = channel.queue_declare(name, QueueDeclareOptions::durable(), self.0);
        declared.await.map(drop)
    }
}

struct Argument(AMQPValue);

impl From<i32> for Argument {
    fn from(number: i32) -> Self {
        Self(AMQPValue::LongInt(number))
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self(AMQPValue::LongString(text.into()))
    }
}
