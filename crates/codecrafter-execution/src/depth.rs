//! How full the queue is, without asking a broker for every run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecrafter_queue::{JobQueue, QueueError};
use tokio::time::Instant;

/// How long an answer is good for: what other processes queue within it does not matter at a bound of thousands.
const GOOD_FOR: Duration = Duration::from_millis(100);

/// The queue's depth as it was when it was last asked for, and what this process has added since.
#[derive(Default)]
pub(crate) struct Depth {
    known: Mutex<Option<(Instant, u64)>>,
}

impl Depth {
    /// Jobs that wait.
    pub(crate) async fn of(&self, queue: &dyn JobQueue) -> Result<u64, QueueError> {
        if let Some((asked, depth)) = *self.known()
            && asked.elapsed() < GOOD_FOR
        {
            return Ok(depth);
        }
        let depth = queue.depth().await?;
        *self.known() = Some((Instant::now(), depth));
        Ok(depth)
    }

    /// Counts one more.
    pub(crate) fn add(&self) {
        if let Some((_, depth)) = self.known().as_mut() {
            *depth += 1;
        }
    }

    // A number and a time are whole after every single operation.
    fn known(&self) -> MutexGuard<'_, Option<(Instant, u64)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::execution::Priority;
    use codecrafter_domain::id::ExecutionId;
    use codecrafter_queue::Job;
    use codecrafter_queue::in_process::InProcessQueue;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_counts_on_and_asks_again() {
        let (queue, depth) = (InProcessQueue::new(10), Depth::default());
        let job = || Job {
            execution: ExecutionId::new(),
            priority: Priority::Batch,
        };
        queue.publish(job()).await.expect("room");
        assert_eq!(depth.of(&queue).await.expect("known"), 1);
        depth.add();
        assert_eq!(depth.of(&queue).await.expect("known"), 2);
        queue.publish(job()).await.expect("room");
        tokio::time::advance(GOOD_FOR).await;
        assert_eq!(depth.of(&queue).await.expect("known"), 2);
        queue.publish(job()).await.expect("room");
        assert_eq!(depth.of(&queue).await.expect("known"), 2, "as it was");
    }
}
