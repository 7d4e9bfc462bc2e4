//! Jobs on their way to the broker, and its word that it has them.

use std::sync::Arc;
use std::time::Duration;

use codecrafter_domain::id::ExecutionId;
use lapin::Confirmation;
use lapin::options::BasicPublishOptions;
use lapin::types::ShortString;

use super::AmqpConfig;
use super::line::Line;
use super::link::Link;
use super::message;
use super::topology::Names;
use crate::{Job, QueueError};

/// Writes jobs. Cheap to clone.
#[derive(Clone)]
pub(super) struct Publisher {
    line: Line,
    names: Names,
    capacity: u64,
}

/// What is written.
struct Letter {
    to: ShortString,
    execution: ExecutionId,
    given_back: u32,
}

impl Publisher {
    pub(super) fn new(line: Line, config: &AmqpConfig) -> Self {
        Self {
            line,
            names: Names::new(config),
            capacity: config.capacity.into(),
        }
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// Has the broker keep a job for a worker.
    pub(super) async fn publish(&self, job: Job) -> Result<(), QueueError> {
        let to = self.names.work(job.priority);
        let letter = Letter {
            to,
            execution: job.execution,
            given_back: 0,
        };
        self.send(letter).await
    }

    /// Has the broker keep a job for so long before a worker gets it again.
    pub(super) async fn postpone(&self, job: Job, pause: Duration, given_back: u32) -> Result<(), QueueError> {
        let to = self.names.pause(job.priority, pause);
        let letter = Letter {
            to,
            execution: job.execution,
            given_back,
        };
        self.send(letter).await
    }

    /// Returns at once where there is no connection. A task of its own: whoever asked may stop waiting, and then nobody
    /// would take the broker's answer.
    async fn send(&self, letter: Letter) -> Result<(), QueueError> {
        let link = self.line.now()?;
        if link.is_blocked() {
            let why = "the broker is short of memory or disk and takes no jobs";
            return Err(QueueError::Unavailable(why.into()));
        }
        let sending = tokio::spawn(send(link, letter, self.capacity));
        let sent = sending.await;
        sent.unwrap_or_else(|error| Err(QueueError::Unavailable(error.to_string())))
    }
}

async fn send(link: Arc<Link>, letter: Letter, capacity: u64) -> Result<(), QueueError> {
    match link.answer(confirmation(&link, &letter)).await? {
        Confirmation::Ack(None) => Ok(()),
        // The queue is full, or cannot keep it now.
        Confirmation::Nack(None) if link.count(letter.to.clone()).await? >= capacity => Err(QueueError::Full),
        Confirmation::Nack(None) => Err(QueueError::Unavailable("the broker cannot keep the job now".into())),
        // Somebody deleted the queue: connecting again makes it.
        Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
            link.lose();
            Err(QueueError::Unavailable(format!("the queue {} is gone", letter.to)))
        }
        Confirmation::NotRequested => {
            link.lose();
            Err(QueueError::Unavailable("the broker does not confirm".into()))
        }
    }
}

async fn confirmation(link: &Link, letter: &Letter) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let body = letter.execution.to_string();
    let properties = message::properties(letter.given_back);
    let publishing = link.channel.basic_publish(
        ShortString::default(),
        letter.to.clone(),
        options,
        body.as_bytes(),
        properties,
    );
    publishing.await?.await
}
