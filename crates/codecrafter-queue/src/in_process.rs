//! The adapter within one process: bounded first-in-first-out lists.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use codecrafter_domain::execution::Priority;
use tokio::sync::Notify;

use crate::turn::Turn;
use crate::{Delivery, Job, JobQueue, QueueError};

/// A queue within this process.
pub struct InProcessQueue {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Waiting {
    interactive: VecDeque<Job>,
    batch: VecDeque<Job>,
    turn: Turn,
}

impl Waiting {
    fn len(&self) -> usize {
        self.interactive.len() + self.batch.len()
    }

    fn of(&mut self, priority: Priority) -> &mut VecDeque<Job> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Batch => &mut self.batch,
        }
    }

    fn next(&mut self) -> Option<Job> {
        let [first, second] = self.turn.order();
        let job = self.of(first).pop_front().or_else(|| self.of(second).pop_front())?;
        self.turn.taken();
        Some(job)
    }
}

struct Shared {
    waiting: Mutex<Waiting>,
    capacity: usize,
    arrived: Notify,
}

impl InProcessQueue {
    /// An empty queue that takes `capacity` jobs.
    pub fn new(capacity: usize) -> Self {
        let shared = Shared {
            waiting: Mutex::default(),
            capacity,
            arrived: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl Shared {
    // Each list is whole after every single operation, so a panic elsewhere cannot have broken it.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Back to the front: a job that was handed out does not lose its turn.
    fn give_back(&self, job: Job) {
        self.lock().of(job.priority).push_front(job);
        self.arrived.notify_one();
    }
}

struct InProcessDelivery {
    job: Job,
    shared: Arc<Shared>,
    answered: bool,
}

#[async_trait]
impl Delivery for InProcessDelivery {
    fn job(&self) -> Job {
        self.job
    }

    async fn ack(mut self: Box<Self>) -> Result<(), QueueError> {
        self.answered = true;
        Ok(())
    }

    async fn nack(self: Box<Self>) -> Result<(), QueueError> {
        Ok(())
    }
}

impl Drop for InProcessDelivery {
    fn drop(&mut self) {
        if !self.answered {
            self.shared.give_back(self.job);
        }
    }
}

#[async_trait]
impl JobQueue for InProcessQueue {
    async fn publish(&self, job: Job) -> Result<(), QueueError> {
        let mut waiting = self.shared.lock();
        if waiting.len() >= self.shared.capacity {
            return Err(QueueError::Full);
        }
        waiting.of(job.priority).push_back(job);
        drop(waiting);
        self.shared.arrived.notify_one();
        Ok(())
    }

    async fn receive(&self) -> Result<Box<dyn Delivery>, QueueError> {
        loop {
            let arrived = self.shared.arrived.notified();
            let (job, more) = {
                let mut waiting = self.shared.lock();
                (waiting.next(), waiting.len() > 0)
            };
            // One permit may stand for several arrivals: pass it on while there is more.
            if more {
                self.shared.arrived.notify_one();
            }
            if let Some(job) = job {
                return Ok(Box::new(InProcessDelivery {
                    job,
                    shared: self.shared.clone(),
                    answered: false,
                }));
            }
            arrived.await;
        }
    }

    async fn depth(&self) -> Result<u64, QueueError> {
        Ok(self.shared.lock().len() as u64)
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    crate::queue_conformance!(async { std::sync::Arc::new(crate::in_process::InProcessQueue::new(1000)) });
}
