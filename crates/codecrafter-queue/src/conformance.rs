//! What every adapter of the queue must do. `queue_conformance!(async { adapter })` expands to one named test
//! per case; the adapter must take between 500 and 5,000 jobs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use codecrafter_domain::execution::Priority;
use codecrafter_domain::id::ExecutionId;

use crate::{Delivery, Job, JobQueue, QueueError};

/// Runs every case against the adapter that the expression makes, as tests of the calling module.
#[macro_export]
macro_rules! queue_conformance {
    ($make:expr) => {
        $crate::queue_conformance!(@cases $make;
            jobs_come_in_order,
            an_acknowledged_job_is_gone,
            a_refused_job_comes_again,
            a_dropped_job_comes_again,
            a_waiting_receiver_is_woken,
            an_abandoned_wait_loses_nothing,
            many_receivers_share_without_doubles,
            the_depth_counts_waiting_jobs,
            a_full_queue_refuses,
            interactive_jobs_come_first,
            batch_jobs_are_not_starved,
            a_refused_job_keeps_its_priority,
        );
    };
    (@cases $make:expr; $($case:ident,)*) => {
        mod conformance {
            $(
                #[tokio::test]
                async fn $case() {
                    $crate::conformance::$case($make.await).await;
                }
            )*
        }
    };
}

/// How long a delivery may take before a case fails.
const PATIENCE: Duration = Duration::from_secs(10);

async fn publish(queue: &Arc<dyn JobQueue>) -> Job {
    publish_as(queue, Priority::Batch).await
}

async fn publish_as(queue: &Arc<dyn JobQueue>, priority: Priority) -> Job {
    let job = Job {
        execution: ExecutionId::new(),
        priority,
    };
    queue.publish(job).await.expect("publish");
    job
}

async fn receive(queue: &Arc<dyn JobQueue>) -> Box<dyn Delivery> {
    tokio::time::timeout(PATIENCE, queue.receive())
        .await
        .expect("in time")
        .expect("receive")
}

/// First in, first out.
pub async fn jobs_come_in_order(queue: Arc<dyn JobQueue>) {
    let jobs = [publish(&queue).await, publish(&queue).await, publish(&queue).await];
    for job in jobs {
        let delivery = receive(&queue).await;
        assert_eq!(delivery.job(), job);
        delivery.ack().await.expect("ack");
    }
}

/// Acknowledged means never delivered again.
pub async fn an_acknowledged_job_is_gone(queue: Arc<dyn JobQueue>) {
    publish(&queue).await;
    receive(&queue).await.ack().await.expect("ack");
    let second = publish(&queue).await;
    assert_eq!(receive(&queue).await.job(), second);
}

/// Refused means delivered to somebody else.
pub async fn a_refused_job_comes_again(queue: Arc<dyn JobQueue>) {
    let job = publish(&queue).await;
    receive(&queue).await.nack().await.expect("nack");
    assert_eq!(receive(&queue).await.job(), job);
}

/// A worker that vanishes gives its job back.
pub async fn a_dropped_job_comes_again(queue: Arc<dyn JobQueue>) {
    let job = publish(&queue).await;
    drop(receive(&queue).await);
    assert_eq!(receive(&queue).await.job(), job);
}

/// Waiting costs no polling and ends with the arrival.
pub async fn a_waiting_receiver_is_woken(queue: Arc<dyn JobQueue>) {
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { receive(&queue).await.job() }
    });
    tokio::task::yield_now().await;
    let job = publish(&queue).await;
    assert_eq!(waiting.await.expect("no panic"), job);
}

/// A receiver that stops waiting takes nothing with it.
pub async fn an_abandoned_wait_loses_nothing(queue: Arc<dyn JobQueue>) {
    for _ in 0..50 {
        let abandoned = tokio::time::timeout(Duration::from_micros(200), queue.receive()).await;
        assert!(abandoned.is_err(), "nothing was published");
    }
    let job = publish(&queue).await;
    assert_eq!(receive(&queue).await.job(), job);
}

/// Each of many jobs goes to exactly one of many receivers.
pub async fn many_receivers_share_without_doubles(queue: Arc<dyn JobQueue>) {
    const RECEIVERS: usize = 8;
    const EACH: usize = 50;
    let receivers: Vec<_> = (0..RECEIVERS)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..EACH {
                    let delivery = receive(&queue).await;
                    seen.push(delivery.job().execution);
                    delivery.ack().await.expect("ack");
                }
                seen
            })
        })
        .collect();
    let mut published = HashSet::new();
    for _ in 0..RECEIVERS * EACH {
        published.insert(publish(&queue).await.execution);
    }
    let mut received = Vec::new();
    for receiver in receivers {
        received.extend(receiver.await.expect("no panic"));
    }
    assert_eq!(received.len(), published.len());
    assert_eq!(received.into_iter().collect::<HashSet<_>>(), published);
}

/// The depth is what waits.
pub async fn the_depth_counts_waiting_jobs(queue: Arc<dyn JobQueue>) {
    publish(&queue).await;
    publish(&queue).await;
    assert_eq!(queue.depth().await.expect("depth"), 2);
    receive(&queue).await.ack().await.expect("ack");
    assert_eq!(queue.depth().await.expect("depth"), 1);
}

/// The bound is a refusal, not a wait.
pub async fn a_full_queue_refuses(queue: Arc<dyn JobQueue>) {
    let mut refused = false;
    for _ in 0..=5_000 {
        match queue
            .publish(Job {
                execution: ExecutionId::new(),
                priority: Priority::Batch,
            })
            .await
        {
            Ok(()) => {}
            Err(QueueError::Full) => {
                refused = true;
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused);
}

/// Whoever waits in person is served before those that came earlier, in order.
pub async fn interactive_jobs_come_first(queue: Arc<dyn JobQueue>) {
    let batch = publish(&queue).await;
    let first = publish_as(&queue, Priority::Interactive).await;
    let second = publish_as(&queue, Priority::Interactive).await;
    assert_eq!(queue.depth().await.expect("depth"), 3);
    for job in [first, second, batch] {
        let delivery = receive(&queue).await;
        assert_eq!(delivery.job(), job);
        delivery.ack().await.expect("ack");
    }
}

/// However many people wait, a batch job has its turn before long.
pub async fn batch_jobs_are_not_starved(queue: Arc<dyn JobQueue>) {
    const SOON: usize = 32;
    let batch = publish(&queue).await;
    for _ in 0..2 * SOON {
        publish_as(&queue, Priority::Interactive).await;
    }
    for _ in 0..SOON {
        let delivery = receive(&queue).await;
        let job = delivery.job();
        delivery.ack().await.expect("ack");
        if job == batch {
            return;
        }
        publish_as(&queue, Priority::Interactive).await;
    }
    panic!("the batch job was not among the first {SOON}");
}

/// Given back, a job is still what it was.
pub async fn a_refused_job_keeps_its_priority(queue: Arc<dyn JobQueue>) {
    let batch = publish(&queue).await;
    let interactive = publish_as(&queue, Priority::Interactive).await;
    receive(&queue).await.nack().await.expect("nack");
    for job in [interactive, batch] {
        let delivery = receive(&queue).await;
        assert_eq!(delivery.job(), job);
        delivery.ack().await.expect("ack");
    }
}
