//! Finding runs that nobody is at: their message was lost, or their worker died.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use codecrafter_domain::execution::Priority;
use codecrafter_domain::id::ExecutionId;
use codecrafter_queue::{Job, QueueError};
use codecrafter_store::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Peers, Worker};

/// How long a message that was published again is left alone: it may wait its turn in a long queue.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Runs looked at in one go.
const BATCH: u64 = 500;

/// Queues lost runs until `shutdown`.
pub(super) async fn run(worker: Arc<Worker>, shutdown: CancellationToken) {
    let mut sweeper = Sweeper {
        worker,
        published: HashMap::new(),
    };
    if let Err(error) = sweeper.sweep_at_start().await {
        tracing::warn!(%error, "unfinished runs not looked for at the start");
    }
    let every = sweeper.worker.config.sweep_every;
    while shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        if let Err(error) = sweeper.sweep().await {
            tracing::warn!(%error, "lost runs not looked for");
        }
    }
}

struct Sweeper {
    worker: Arc<Worker>,
    /// When which was published again.
    published: HashMap<ExecutionId, Instant>,
}

impl Sweeper {
    /// What an earlier process left behind: where there are no other workers, all that is unfinished.
    async fn sweep_at_start(&mut self) -> Result<(), StoreError> {
        let now = Utc::now();
        let store = &self.worker.parts.store;
        match self.worker.config.peers {
            Peers::Possible => {
                let lost = store.orphans(now, now - self.worker.config.patience, BATCH).await?;
                self.publish(lost).await;
            }
            Peers::None => {
                let left = store.orphans(self.worker.after_lease(now), now, BATCH).await?;
                self.worker.lock_taken_over().extend(left.iter().map(|(id, _)| *id));
                self.publish(left).await;
            }
        }
        Ok(())
    }

    async fn sweep(&mut self) -> Result<(), StoreError> {
        let now = Utc::now();
        let parts = &self.worker.parts;
        let lost = parts
            .store
            .orphans(now, now - self.worker.config.patience, BATCH)
            .await?;
        self.publish(lost).await;
        Ok(())
    }

    async fn publish(&mut self, lost: Vec<(ExecutionId, Priority)>) {
        self.published.retain(|_, at| at.elapsed() < AGAIN_AFTER);
        for (execution, priority) in lost {
            if self.published.contains_key(&execution) {
                continue;
            }
            match self.worker.parts.queue.publish(Job { execution, priority }).await {
                Ok(()) => {
                    tracing::info!(%execution, "queued again");
                    self.published.insert(execution, Instant::now());
                }
                Err(QueueError::Full) => return,
                Err(error) => return tracing::warn!(%error, "lost runs not queued"),
            }
        }
    }
}
