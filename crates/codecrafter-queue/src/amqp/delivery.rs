//! A job in a worker's hands.

use std::sync::Arc;

use async_trait::async_trait;
use codecrafter_domain::execution::Priority;
use lapin::Acker;
use lapin::message::Delivery as Message;
use lapin::options::{BasicAckOptions, BasicRejectOptions};
use tokio::runtime::Handle;

use super::link::{Link, requeue};
use super::message;
use super::publish::Publisher;
use super::topology::PAUSES;
use crate::{Delivery, Job, QueueError};

/// Taken from the broker, which has it until it is answered, or until the connection ends.
pub(super) struct AmqpDelivery {
    job: Job,
    /// How often it was before.
    given_back: u32,
    /// Until it is answered.
    acker: Option<Acker>,
    /// Kept open for the answer, even when it was replaced.
    link: Arc<Link>,
    publisher: Publisher,
    /// To give it back from wherever it is dropped.
    runtime: Handle,
}

impl AmqpDelivery {
    /// Reads a message of the class. What is no job is put aside, for whoever wonders where it went.
    pub(super) async fn read(
        message: Message,
        class: Priority,
        link: &Arc<Link>,
        publisher: &Publisher,
    ) -> Result<Option<Self>, QueueError> {
        let Some(execution) = message::execution(&message.data) else {
            let bytes = message.data.len();
            tracing::warn!(
                ?class,
                bytes,
                "queue: a message that is no job; put into the dead-letter queue"
            );
            let rejected = message.acker.reject(BasicRejectOptions { requeue: false });
            return link.answer(rejected).await.map(|_| None);
        };
        let job = Job {
            execution,
            priority: class,
        };
        Ok(Some(Self {
            job,
            given_back: message::given_back(&message.properties),
            acker: Some(message.acker),
            link: Arc::clone(link),
            publisher: publisher.clone(),
            runtime: Handle::current(),
        }))
    }

    async fn done(&mut self) -> Result<(), QueueError> {
        let Some(acker) = self.acker.take() else {
            return Ok(());
        };
        answered(self.link.answer(acker.ack(BasicAckOptions::default())).await?)
    }

    async fn requeue(&mut self) -> Result<(), QueueError> {
        let Some(acker) = self.acker.take() else {
            return Ok(());
        };
        answered(self.link.answer(acker.nack(requeue())).await?)
    }
}

/// Nothing can be said on a connection that has ended: the broker has given the job back already.
fn answered(sent: bool) -> Result<(), QueueError> {
    if sent {
        return Ok(());
    }
    let why = "the connection that the job came by has ended; the job comes again";
    Err(QueueError::Unavailable(why.into()))
}

#[async_trait]
impl Delivery for AmqpDelivery {
    fn job(&self) -> Job {
        self.job
    }

    async fn ack(mut self: Box<Self>) -> Result<(), QueueError> {
        self.done().await
    }

    async fn nack(mut self: Box<Self>) -> Result<(), QueueError> {
        let Some(times) = self.given_back.checked_sub(1) else {
            return self.requeue().await;
        };
        let step = usize::try_from(times).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
        let given_back = self.given_back.saturating_add(1);
        // First written, then taken off: if this process dies in between, there are two, which does no harm.
        match self.publisher.postpone(self.job, PAUSES[step], given_back).await {
            Ok(()) => self.done().await,
            Err(error) => {
                tracing::warn!(%error, "queue: a job goes back without a pause");
                self.requeue().await
            }
        }
    }
}

impl Drop for AmqpDelivery {
    fn drop(&mut self) {
        if let Some(acker) = self.acker.take() {
            let link = Arc::clone(&self.link);
            self.runtime.spawn(async move {
                if let Err(error) = link.answer(acker.nack(requeue())).await {
                    tracing::warn!(%error, "queue: a job was not given back; the broker does so when the connection ends");
                }
            });
        }
    }
}
