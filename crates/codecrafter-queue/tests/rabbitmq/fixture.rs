//! Queues that no other case uses, and a second, plain client to look at them.

use std::sync::Arc;
use std::time::Duration;

use codecrafter_domain::execution::Priority;
use codecrafter_domain::id::ExecutionId;
use codecrafter_queue::amqp::AmqpConfig;
use codecrafter_queue::{Delivery, Job, JobQueue, QueueConfig};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use url::Url;

/// Longer than anything here takes on a busy machine, a broker's start included.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

pub(crate) fn server() -> Url {
    let url = std::env::var("CODECRAFTER_TEST_RABBITMQ").expect("script/test engines sets CODECRAFTER_TEST_RABBITMQ");
    url.parse().expect("a URL")
}

/// Queues of their own on that server.
pub(crate) struct Place {
    pub(crate) url: Url,
    pub(crate) prefix: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::on(server())
    }

    pub(crate) fn on(mut url: Url) -> Self {
        let prefix = format!("case-{}.", uuid::Uuid::now_v7().simple());
        url.set_query(Some(&format!("prefix={prefix}")));
        Self { url, prefix }
    }

    pub(crate) fn config(&self) -> QueueConfig {
        let config: AmqpConfig = self.url.as_str().parse().expect("a URL");
        QueueConfig::Amqp(config.with_capacity(500))
    }

    pub(crate) async fn open(&self) -> Arc<dyn JobQueue> {
        codecrafter_queue::open(&self.config()).await.expect("open")
    }

    pub(crate) fn name(&self, queue: &str) -> String {
        format!("{}{queue}", self.prefix)
    }

    /// What anybody could do who has the same password.
    pub(crate) async fn client(&self) -> (Connection, Channel) {
        let mut url = self.url.clone();
        url.set_query(None);
        // The crate's own reading of URLs takes an absent vhost for the usual one.
        let connection = Connection::connect(url.as_str(), ConnectionProperties::default()).await;
        let connection = connection.expect("connect");
        let channel = connection.create_channel().await.expect("a channel");
        (connection, channel)
    }

    pub(crate) async fn count(&self, queue: &str) -> u32 {
        let (_connection, channel) = self.client().await;
        let options = QueueDeclareOptions::default().passive();
        let queue = channel.queue_declare(self.name(queue).into(), options, FieldTable::default());
        queue.await.expect("a queue").message_count()
    }
}

pub(crate) async fn fresh() -> Arc<dyn JobQueue> {
    Place::new().open().await
}

pub(crate) fn job(priority: Priority) -> Job {
    Job {
        execution: ExecutionId::new(),
        priority,
    }
}

pub(crate) async fn receive(queue: &Arc<dyn JobQueue>) -> Box<dyn Delivery> {
    in_time(queue.receive()).await.expect("receive")
}

pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("in time")
}

/// Asks again and again until the answer is yes.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    in_time(async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}
