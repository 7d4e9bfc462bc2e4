//! How full the queue is, without asking a broker for every run.

use std::sync::{Mutex, PoisonError};
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
    /// Jobs that wait, counting this one from now on.
    pub(crate) async fn before_another(&self, queue: &dyn JobQueue) -> Result<u64, QueueError> {
        if let Some(depth) = self.add() {
            return Ok(depth);
        }
        let depth = queue.depth().await?;
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), depth + 1));
        Ok(depth)
    }

    /// The depth before it was added to, where an answer is still good.
    fn add(&self) -> Option<u64> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, depth) = known.as_mut().filter(|(asked, _)| asked.elapsed() < GOOD_FOR)?;
        *depth += 1;
        Some(*depth - 1)
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
        assert_eq!(depth.before_another(&queue).await.expect("known"), 1);
        assert_eq!(depth.before_another(&queue).await.expect("known"), 2);
        queue.publish(job()).await.expect("room");
        tokio::time::advance(GOOD_FOR).await;
        assert_eq!(depth.before_another(&queue).await.expect("known"), 2);
    }
}
