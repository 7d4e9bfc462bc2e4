//! What a slot does next.

use std::time::Duration;

use codecrafter_domain::id::ExecutionId;
use codecrafter_queue::{Delivery, JobQueue};
use tokio_util::sync::CancellationToken;

use super::PAUSE;
use crate::idle::{Handed, IdleSlots};

/// What a slot has to do.
pub(super) enum Work {
    /// To look at a run that waits.
    Delivered(Box<dyn Delivery>),
    /// To carry out one that is this worker's already.
    Handed(Box<Handed>),
}

impl Work {
    /// Which run it is about.
    pub(super) fn id(&self) -> ExecutionId {
        match self {
            Self::Delivered(delivery) => delivery.job().execution,
            Self::Handed(handed) => handed.claimed.head.id,
        }
    }
}

/// Where work comes from.
pub(super) struct Sources<'a> {
    pub(super) queue: &'a dyn JobQueue,
    pub(super) idle: &'a IdleSlots,
    /// Who waits for it.
    pub(super) worker: &'a str,
    pub(super) lease: Duration,
}

impl Sources<'_> {
    /// What comes first: a run of this process, or a message of the queue. `None` on `shutdown`; only a run that the slot is
    /// reserved for is waited for until `stop_now`.
    pub(super) async fn next(&self, shutdown: &CancellationToken, stop_now: &CancellationToken) -> Option<Work> {
        while !shutdown.is_cancelled() {
            let mut offer = self.idle.offer(self.worker, self.lease);
            let received = tokio::select! {
                biased;
                handed = offer.handed() => match handed {
                    Some(handed) => return Some(Work::Handed(handed)),
                    None => continue,
                },
                () = shutdown.cancelled() => None,
                received = self.queue.receive() => Some(received),
            };
            if !offer.withdraw() {
                // A message that came at this moment goes back to where it was: others may take it meanwhile.
                drop(received);
                match stop_now.run_until_cancelled(offer.handed()).await? {
                    Some(handed) => return Some(Work::Handed(handed)),
                    None => continue,
                }
            }
            match received? {
                Ok(delivery) => return Some(Work::Delivered(delivery)),
                Err(error) => {
                    tracing::warn!(%error, "no jobs from the queue");
                    shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await?;
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use codecrafter_bus::in_process::InProcessBus;
    use codecrafter_domain::execution::{ExecutionHead, ExecutionRequest, Priority, Status};
    use codecrafter_domain::id::UserId;
    use codecrafter_domain::limits::Limits;
    use codecrafter_domain::user::Person;
    use codecrafter_queue::Job;
    use codecrafter_queue::in_process::InProcessQueue;
    use codecrafter_store::executions::Claimed;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::idle::Place;
    use crate::worker::Ear;

    struct Slot {
        queue: Arc<InProcessQueue>,
        idle: IdleSlots,
        shutdown: CancellationToken,
        stop_now: CancellationToken,
        next: JoinHandle<Option<Work>>,
    }

    /// A slot that waits.
    fn slot() -> Slot {
        let (queue, idle) = (Arc::new(InProcessQueue::new(10)), IdleSlots::default());
        let (shutdown, stop_now) = (CancellationToken::new(), CancellationToken::new());
        let parts = (queue.clone(), idle.clone(), shutdown.clone(), stop_now.clone());
        let next = tokio::spawn(async move {
            let (queue, idle, shutdown, stop_now) = parts;
            let sources = Sources {
                queue: queue.as_ref(),
                idle: &idle,
                worker: "w",
                lease: Duration::from_secs(15),
            };
            sources.next(&shutdown, &stop_now).await
        });
        Slot {
            queue,
            idle,
            shutdown,
            stop_now,
            next,
        }
    }

    impl Slot {
        async fn reserve(&self) -> Place {
            loop {
                match self.idle.reserve() {
                    Some(place) => return place,
                    None => tokio::task::yield_now().await,
                }
            }
        }

        async fn publish(&self) -> ExecutionId {
            let execution = ExecutionId::new();
            let priority = Priority::Batch;
            self.queue.publish(Job { execution, priority }).await.expect("room");
            execution
        }
    }

    async fn handed() -> Handed {
        let id = ExecutionId::new();
        let head = ExecutionHead {
            id,
            session_id: None,
            user: Person {
                id: UserId::new(),
                username: "ada".into(),
                display_name: "Ada".into(),
                color: "#1f6feb".into(),
                guest: false,
            },
            language: "python".into(),
            status: Status::Queued,
            outcome: None,
            message: None,
            exit_code: None,
            limits: Limits::default(),
            interactive: false,
            pty: None,
            created_at: codecrafter_domain::time::now(),
            started_at: None,
            finished_at: None,
        };
        Handed {
            claimed: Claimed {
                attempt: 1,
                head,
                request: ExecutionRequest::default(),
            },
            ear: Ear::open(Arc::new(InProcessBus::new()), id).await.expect("in process"),
        }
    }

    /// Lets the slot do what it can.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_reserved_slot_leaves_messages_to_others() {
        let slot = slot();
        let place = slot.reserve().await;
        let execution = slot.publish().await;
        settle().await;
        assert_eq!(slot.queue.depth().await.expect("in process"), 1);
        drop(place);
        let work = slot.next.await.expect("no panic").expect("a message");
        assert!(matches!(&work, Work::Delivered(_)));
        assert_eq!(work.id(), execution);
    }

    #[tokio::test]
    async fn what_a_slot_is_handed_it_takes() {
        let slot = slot();
        let (place, handed) = (slot.reserve().await, handed().await);
        slot.publish().await;
        settle().await;
        let id = handed.claimed.head.id;
        assert!(place.hand(handed).is_ok());
        let work = slot.next.await.expect("no panic").expect("a run");
        assert!(matches!(&work, Work::Handed(_)));
        assert_eq!(work.id(), id);
        assert_eq!(slot.queue.depth().await.expect("in process"), 1);
    }

    #[tokio::test]
    async fn a_slot_that_stops_takes_what_it_is_reserved_for() {
        let slot = slot();
        let (place, handed) = (slot.reserve().await, handed().await);
        slot.shutdown.cancel();
        settle().await;
        assert!(!slot.next.is_finished());
        assert!(place.hand(handed).is_ok());
        assert!(matches!(slot.next.await.expect("no panic"), Some(Work::Handed(_))));
    }

    #[tokio::test]
    async fn a_slot_that_must_stop_waits_for_nobody() {
        let waits = slot();
        settle().await;
        waits.shutdown.cancel();
        assert!(waits.next.await.expect("no panic").is_none());
        let reserved = slot();
        let place = reserved.reserve().await;
        reserved.shutdown.cancel();
        reserved.stop_now.cancel();
        assert!(reserved.next.await.expect("no panic").is_none());
        assert!(place.hand(handed().await).is_err(), "and says so");
    }
}
