//! The adapter for `RabbitMQ` (3.10 and newer): durable quorum queues, one for each class of jobs.
//!
//! A job counts as published once the broker has confirmed it, and as done once it was acknowledged. Whatever happens
//! in between, to this process, the connection or the broker, has the job delivered again. See `docs/adr/0031`.

mod address;
mod advice;
mod delivery;
mod dispatch;
mod line;
mod link;
mod message;
mod publish;
mod topology;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use dispatch::{Dispatcher, Wanted};
use line::Line;
use link::{Link, Purpose};
use publish::Publisher;
use topology::{CLASSES, Names};

use crate::{Delivery, Job, JobQueue, QueueError};

pub use address::AmqpConfig;

/// Slots that ask for a job at the same moment; more wait to ask.
const ASKING: usize = 256;

/// Queues of a `RabbitMQ` broker.
pub struct AmqpQueue {
    publisher: Publisher,
    receiver: Line,
    names: Names,
    wanted: mpsc::Sender<Wanted>,
}

impl AmqpQueue {
    /// Connects and makes the queues where they are missing. What does not work says what to do about it.
    pub async fn open(config: AmqpConfig) -> Result<Self, QueueError> {
        let publisher = Publisher::new(Line::open(config.clone(), Purpose::Publish).await?, &config);
        let receiver = Line::open(config.clone(), Purpose::Receive).await?;
        let names = Names::new(&config);
        let (wanted, asked) = mpsc::channel(ASKING);
        let dispatcher = Dispatcher::new(receiver.clone(), publisher.clone(), names.clone());
        tokio::spawn(dispatcher.run(asked));
        Ok(Self {
            publisher,
            receiver,
            names,
            wanted,
        })
    }

    async fn waiting(&self, link: &Link) -> Result<u64, QueueError> {
        let [interactive, batch] = CLASSES.map(|class| link.count(self.names.work(class)));
        let (interactive, batch) = tokio::try_join!(interactive, batch)?;
        Ok(interactive + batch)
    }
}

#[async_trait]
impl JobQueue for AmqpQueue {
    async fn publish(&self, job: Job) -> Result<(), QueueError> {
        self.publisher.publish(job).await
    }

    async fn receive(&self) -> Result<Box<dyn Delivery>, QueueError> {
        let (who, delivery) = oneshot::channel();
        let asked = self.wanted.send(who).await;
        // The dispatcher outlives whoever asks, unless the runtime is shut down.
        let ended = || QueueError::Unavailable("the process ends".into());
        asked.map_err(|_| ended())?;
        Ok(Box::new(delivery.await.map_err(|_| ended())?))
    }

    /// Without those that wait for their time because they were given back.
    async fn depth(&self) -> Result<u64, QueueError> {
        let link = self.receiver.now()?;
        self.waiting(&link).await
    }

    /// Both ways are tried: jobs that come, and jobs that are done.
    async fn ping(&self) -> Result<(), QueueError> {
        let (coming, going) = (self.publisher.line().now()?, self.receiver.now()?);
        if coming.is_blocked() {
            let why = "the broker is short of memory or disk and takes no jobs";
            return Err(QueueError::Unavailable(why.into()));
        }
        let (coming, going) = tokio::join!(self.waiting(&coming), self.waiting(&going));
        coming.and(going).map(drop)
    }
}
