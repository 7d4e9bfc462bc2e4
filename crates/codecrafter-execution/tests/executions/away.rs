//! A queue that does not answer for a while: runs are taken all the same, and run once it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use codecrafter_domain::execution::Status;
use codecrafter_execution::WorkerConfig;
use codecrafter_queue::in_process::InProcessQueue;
use codecrafter_queue::{Delivery, Job, JobQueue, QueueError};

use crate::fixture::{DEADLINE, code, executions, platform, printed};

/// A queue at the end of a line that can be cut.
struct Remote {
    queue: InProcessQueue,
    away: AtomicBool,
}

impl Remote {
    fn line(&self) -> Result<(), QueueError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(QueueError::Unavailable("the line is cut".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl JobQueue for Remote {
    async fn publish(&self, job: Job) -> Result<(), QueueError> {
        self.line()?;
        self.queue.publish(job).await
    }

    async fn receive(&self) -> Result<Box<dyn Delivery>, QueueError> {
        self.queue.receive().await
    }

    async fn depth(&self) -> Result<u64, QueueError> {
        self.line()?;
        self.queue.depth().await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        self.line()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_taken_while_the_queue_is_away_run_once_it_is_back() {
    let mut platform = platform().await;
    let remote = Arc::new(Remote {
        queue: InProcessQueue::new(100),
        away: AtomicBool::new(true),
    });
    platform.parts.queue = remote.clone();
    platform.executions = executions(&platform.parts);
    let worker = platform.start(WorkerConfig {
        sweep_every: Duration::from_millis(50),
        patience: Duration::from_millis(50),
        ..WorkerConfig::default()
    });
    let submit = |program| platform.executions.submit(&platform.user, code("python", program));
    let first = submit("print(1)").await.expect("taken all the same");
    let second = submit("print(2)").await.expect("taken all the same");
    for id in [first.id, second.id] {
        let waiting = platform.executions.wait(id, Duration::from_millis(300)).await;
        assert_eq!(waiting.expect("known").head.status, Status::Queued);
    }
    remote.away.store(false, Ordering::SeqCst);
    for (id, expected) in [(first.id, "1\n"), (second.id, "2\n")] {
        let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
        assert_eq!(printed(&execution), expected);
    }
    worker.stop().await;
}
