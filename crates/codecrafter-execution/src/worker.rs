//! The worker: takes jobs from the queue, runs them, stores and tells their results.
//!
//! The store decides: a run belongs to whoever holds its lease, and has the first result that is stored.
//! A worker that dies loses its leases; the sweeper of any worker then queues their runs again.

mod beat;
mod control;
mod job;
mod next;
mod seat;
mod sink;
mod sweeper;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use codecrafter_bus::Bus;
use codecrafter_domain::id::ExecutionId;
use codecrafter_queue::JobQueue;
use codecrafter_sandbox::Sandbox;
use codecrafter_store::Store;
pub(crate) use control::Ear;
use next::{Sources, Work};
use seat::{Exit, Seats};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::artefacts::Artefacts;
use crate::idle::IdleSlots;
use crate::languages::Languages;

/// Pause after the queue or the store did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Interactive programs wait for people most of their time: what bounds them is memory.
const SEATS: usize = 32;

/// Whether other workers may be at work on the same store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peers {
    /// None: every lease at the start is one of a worker that died, and is taken over at once.
    None,
    /// Perhaps: leases are waited for.
    Possible,
}

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Runs at a time.
    pub slots: usize,
    /// Interactive programs at a time that run beside the slots; more than these hold a slot each.
    pub seats: usize,
    /// How long a run stays with a worker that no longer answers. Renewed three times as often.
    pub lease: Duration,
    /// How often lost runs are looked for.
    pub sweep_every: Duration,
    /// How long a queued run may wait before its message is thought lost.
    pub patience: Duration,
    /// How long running programs may go on after a shutdown has been asked for; then they are given back.
    pub grace: Duration,
    /// Whether others work on the same store.
    pub peers: Peers,
    /// What the process does, for the list of workers.
    pub roles: Vec<String>,
}

impl Default for WorkerConfig {
    /// A slot per core, at least two, so that one long run does not hold up all others.
    fn default() -> Self {
        Self {
            slots: std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2)),
            seats: SEATS,
            lease: Duration::from_secs(15),
            sweep_every: Duration::from_secs(3),
            patience: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            peers: Peers::None,
            roles: vec!["worker".to_owned()],
        }
    }
}

/// What a worker works with.
#[derive(Clone)]
pub struct WorkerParts {
    /// Holds what is to be run, and the results.
    pub store: Arc<dyn Store>,
    /// Says what to look at.
    pub queue: Arc<dyn JobQueue>,
    /// Carries events, and requests to cancel.
    pub bus: Arc<dyn Bus>,
    /// Runs the programs.
    pub sandbox: Arc<dyn Sandbox>,
    /// The languages of this machine.
    pub languages: Arc<Languages>,
    /// Where slots wait for runs of this process.
    pub idle: IdleSlots,
}

/// Takes jobs and runs them.
pub struct Worker {
    parts: WorkerParts,
    config: WorkerConfig,
    /// Tells this process from all others, past ones included.
    name: String,
    /// Runs whose lease is known to be one of the dead.
    taken_over: Mutex<HashSet<ExecutionId>>,
    seats: Seats,
    /// Runs that have left their slots.
    seated: TaskTracker,
    artefacts: Artefacts,
    /// Runs under way.
    busy: Arc<AtomicU32>,
}

impl Worker {
    /// Puts the parts together.
    pub fn new(parts: WorkerParts, config: WorkerConfig) -> Self {
        Self {
            parts,
            seats: Seats::new(config.seats, config.slots),
            seated: TaskTracker::new(),
            config,
            name: Uuid::now_v7().to_string(),
            taken_over: Mutex::default(),
            artefacts: Artefacts::default(),
            busy: Arc::default(),
        }
    }

    /// Works until `shutdown`, then lets running programs end within the configured grace and gives back the rest.
    pub async fn run(self, shutdown: CancellationToken) {
        let worker = Arc::new(self);
        let stop_now = CancellationToken::new();
        let mut tasks = JoinSet::new();
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("codecrafter_worker_slots").set(worker.config.slots as f64);
        for _ in 0..worker.config.slots {
            tasks.spawn(Arc::clone(&worker).slot(shutdown.clone(), stop_now.clone()));
        }
        tasks.spawn(beat::run(Arc::clone(&worker), shutdown.clone()));
        tasks.spawn(sweeper::run(Arc::clone(&worker), shutdown.clone()));
        shutdown.cancelled().await;
        let ended = tokio::time::timeout(worker.config.grace, worker.all(&mut tasks)).await;
        if ended.is_err() {
            stop_now.cancel();
            worker.all(&mut tasks).await;
        }
    }

    async fn all(&self, tasks: &mut JoinSet<()>) {
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a slot of the worker panicked");
            }
        }
        // No slot is left that could add to them.
        self.seated.close();
        self.seated.wait().await;
    }

    async fn slot(self: Arc<Self>, shutdown: CancellationToken, stop_now: CancellationToken) {
        let sources = Sources {
            queue: self.parts.queue.as_ref(),
            idle: &self.parts.idle,
            worker: &self.name,
            lease: self.config.lease,
        };
        while let Some(work) = sources.next(&shutdown, &stop_now).await {
            let (exit, left) = Exit::new(self.seats.clone());
            let mut job = Box::pin(Arc::clone(&self).see_to(work, stop_now.clone(), exit));
            tokio::select! {
                () = &mut job => {}
                Ok(seat) = left => drop(self.seated.spawn(async move {
                    job.await;
                    drop(seat);
                })),
            }
        }
    }

    async fn see_to(self: Arc<Self>, work: Work, stop_now: CancellationToken, exit: Exit) {
        let busy = Busy::begin(Arc::clone(&self.busy));
        let id = work.id();
        tokio::select! {
            () = self.handle(work, exit) => {}
            // Dropping the job kills its program and gives its message, if it has one, back.
            () = stop_now.cancelled() => self.give_back(id).await,
        }
        drop(busy);
    }

    fn take_over(&self, id: ExecutionId) -> bool {
        self.lock_taken_over().remove(&id)
    }

    // A set of ids is whole after every single operation.
    fn lock_taken_over(&self) -> std::sync::MutexGuard<'_, HashSet<ExecutionId>> {
        self.taken_over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a slot as busy while it lives.
struct Busy(Arc<AtomicU32>);

impl Busy {
    fn begin(count: Arc<AtomicU32>) -> Self {
        metrics::gauge!("codecrafter_worker_slots_busy").increment(1);
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        metrics::gauge!("codecrafter_worker_slots_busy").decrement(1);
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
