//! One connection to the broker, for as long as it lasts.

use std::future::Future;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use lapin::options::{
    BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Event};
use tokio_util::sync::CancellationToken;

use super::AmqpConfig;
use super::advice::{Step, explain};
use super::topology::{CLASSES, Names, PAUSES, declare};
use crate::QueueError;

/// A broker that takes longer to let us in is as good as none.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For making all queues, which a cluster agrees on one by one.
const DECLARE_TIMEOUT: Duration = Duration::from_mins(1);
/// For an answer to anything else, a confirm included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection is for. There are two: a broker short of memory or disk stops reading from those that publish, and
/// must still hear that jobs are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Publish,
    Receive,
}

/// A connection that works until it is [lost](Link::lost).
pub(super) struct Link {
    /// Ends with the last who holds the link.
    connection: Connection,
    /// For jobs.
    pub(super) channel: Channel,
    /// For questions: a wrong one closes the channel it is asked on.
    questions: Channel,
    lost: CancellationToken,
}

impl Link {
    /// Connects, makes the queues where they are missing, and finds out whether they may be used.
    pub(super) async fn open(
        config: &AmqpConfig,
        purpose: Purpose,
    ) -> Result<(Self, BoxStream<'static, Event>), QueueError> {
        let in_time = tokio::time::timeout(CONNECT_TIMEOUT, connect(config, purpose)).await;
        let connection = in_time
            .map_err(|_| QueueError::Unavailable(format!("{config} does not answer")))?
            .map_err(|error| explain(config, Step::Connect, &error))?;
        let in_time = tokio::time::timeout(DECLARE_TIMEOUT, prepare(&connection, config, purpose)).await;
        let (channel, questions) = in_time
            .map_err(|_| QueueError::Unavailable(format!("{config} does not make the queues")))?
            .map_err(|error| explain(config, Step::Queues, &error))?;
        let events = connection.events_listener().boxed();
        let link = Self {
            connection,
            channel,
            questions,
            lost: CancellationToken::new(),
        };
        Ok((link, events))
    }

    /// Whether it was found not to work.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_cancelled() || !self.connection.status().connected()
    }

    /// Ends once it is found not to work.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Has it replaced.
    pub(super) fn lose(&self) {
        self.lost.cancel();
    }

    /// Whether the broker refuses messages, being short of memory or disk.
    pub(super) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// The broker's answer, in time; otherwise the link is lost.
    pub(super) async fn answer<T>(&self, asked: impl Future<Output = lapin::Result<T>>) -> Result<T, QueueError> {
        let error = match tokio::time::timeout(ANSWER_TIMEOUT, asked).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the broker does not answer".to_owned(),
        };
        self.lose();
        Err(QueueError::Unavailable(error))
    }

    /// Messages that wait in a queue.
    pub(super) async fn count(&self, queue: ShortString) -> Result<u64, QueueError> {
        let options = QueueDeclareOptions::default().passive();
        let asked = self.questions.queue_declare(queue, options, FieldTable::default());
        Ok(self.answer(asked).await?.message_count().into())
    }
}

async fn connect(config: &AmqpConfig, purpose: Purpose) -> lapin::Result<Connection> {
    let name = match purpose {
        Purpose::Publish => "codecrafter: jobs that come",
        Purpose::Receive => "codecrafter: jobs that are done",
    };
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    Connection::connect_uri(config.uri.clone(), properties).await
}

async fn prepare(connection: &Connection, config: &AmqpConfig, purpose: Purpose) -> lapin::Result<(Channel, Channel)> {
    let channel = connection.create_channel().await?;
    let questions = connection.create_channel().await?;
    declare(&questions, config).await?;
    let names = Names::new(config);
    match purpose {
        Purpose::Publish => {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            try_to_publish(&channel, &names).await?;
        }
        Purpose::Receive => {
            // For each consumer: no worker holds a job that nobody in it waits for.
            channel.basic_qos(1, BasicQosOptions::default()).await?;
            try_to_read(&questions, &names).await?;
        }
    }
    Ok((channel, questions))
}

/// A message to nobody: the broker checks whether we may publish, and drops it.
async fn try_to_publish(channel: &Channel, names: &Names) -> lapin::Result<()> {
    let publishing = channel.basic_publish(
        ShortString::default(),
        names.nobody(),
        BasicPublishOptions::default(),
        &[],
        BasicProperties::default(),
    );
    publishing.await?.await.map(drop)
}

/// Looks into a queue that is almost always empty, and leaves it as it is.
async fn try_to_read(channel: &Channel, names: &Names) -> lapin::Result<()> {
    let queue = names.pause(CLASSES[0], PAUSES[0]);
    if let Some(message) = channel.basic_get(queue, BasicGetOptions::default()).await? {
        message.nack(requeue()).await?;
    }
    Ok(())
}

/// Back to where it was.
pub(super) fn requeue() -> BasicNackOptions {
    BasicNackOptions {
        requeue: true,
        ..BasicNackOptions::default()
    }
}
