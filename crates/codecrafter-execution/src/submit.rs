//! The side that asks for runs: admission, cancelling, watching.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use codecrafter_bus::{Bus, BusError};
use codecrafter_domain::event::{Control, ExecutionEvent, SessionEventKind};
use codecrafter_domain::execution::callback::{self, Targets};
use codecrafter_domain::execution::{Execution, ExecutionHead, ExecutionRequest, Status};
use codecrafter_domain::id::ExecutionId;
use codecrafter_domain::limits::Limits;
use codecrafter_domain::topic;
use codecrafter_domain::user::{Person, User};
use codecrafter_domain::validate::Invalid;
use codecrafter_queue::{Job, JobQueue, QueueError};
use codecrafter_store::executions::{Claimed, Creation, NewExecution};
use codecrafter_store::{Store, StoreError};
use futures::{Stream, StreamExt as _};
use thiserror::Error;

use crate::bus_log::{tell_callbacks, tell_end, tell_session, tell_watchers};
use crate::catalogue::Catalogue;
use crate::depth::Depth;
use crate::events;
use crate::idle::{Handed, IdleSlots, Place};
use crate::submission::Submission;
use crate::worker::Ear;

/// Unfinished runs that one user may have at a time.
pub const UNFINISHED_PER_USER: u64 = 20;
/// Jobs that may wait before new ones are turned away.
pub const QUEUE_DEPTH: u64 = 5_000;
/// When to try again after a refusal, in seconds: a run takes about as long.
const RETRY_AFTER_S: u64 = 2;

/// Why a run was not taken, watched or cancelled.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// The request is wrong; names each field.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The user has as many unfinished runs as allowed.
    #[error("at most {limit} unfinished runs at a time")]
    TooMany {
        /// How many are allowed.
        limit: u64,
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// As many runs wait as may.
    #[error("too many runs are waiting")]
    Full {
        /// When to try again, in seconds.
        retry_after_s: u64,
    },
    /// The store's answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Queue or bus do not answer; trying again may help.
    #[error("{0}")]
    Unavailable(String),
}

impl From<BusError> for SubmitError {
    fn from(error: BusError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<QueueError> for SubmitError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full => Self::Full {
                retry_after_s: RETRY_AFTER_S,
            },
            QueueError::Unavailable(_) | QueueError::Refused(_) => Self::Unavailable(error.to_string()),
        }
    }
}

/// What the server needs to have programs run. Cheap to clone.
#[derive(Clone)]
pub struct Executions {
    store: Arc<dyn Store>,
    queue: Arc<dyn JobQueue>,
    bus: Arc<dyn Bus>,
    catalogue: Arc<Catalogue>,
    webhook_targets: Targets,
    idle: IdleSlots,
    depth: Arc<Depth>,
}

impl Executions {
    /// Puts the parts together.
    pub fn new(store: Arc<dyn Store>, queue: Arc<dyn JobQueue>, bus: Arc<dyn Bus>, catalogue: Arc<Catalogue>) -> Self {
        Self {
            store,
            queue,
            bus,
            catalogue,
            webhook_targets: Targets::Public,
            idle: IdleSlots::default(),
            depth: Arc::default(),
        }
    }

    /// These, which take callbacks to such addresses.
    #[must_use]
    pub fn with_webhook_targets(self, webhook_targets: Targets) -> Self {
        Self {
            webhook_targets,
            ..self
        }
    }

    /// These, which hand runs to slots of this process where one waits.
    #[must_use]
    pub fn with_idle_slots(self, idle: IdleSlots) -> Self {
        Self { idle, ..self }
    }

    /// Accepts a run that nobody waits for; see [`Self::submit_as`].
    pub async fn submit(&self, user: &User, request: ExecutionRequest) -> Result<ExecutionHead, SubmitError> {
        self.submit_as(user, request, &Submission::default()).await
    }

    /// Accepts a run: it is stored, announced in its session, and queued or in a slot's hands when this returns. A
    /// repetition of an earlier request gives that one's run. Whether the user may run in `session_id` is checked by the
    /// caller.
    pub async fn submit_as(
        &self,
        user: &User,
        mut request: ExecutionRequest,
        submission: &Submission,
    ) -> Result<ExecutionHead, SubmitError> {
        let (language, limits) = self.catalogue.check(&request)?;
        self.check_callback(&request)?;
        let priority = submission.priority(&request)?;
        let idempotency = submission.idempotency(&request, Utc::now());
        request.language.clone_from(&language.id);
        let place = self.place().await?;
        let head = new_head(user, &request, limits);
        let most_unfinished = submission.most_unfinished.unwrap_or(UNFINISHED_PER_USER);
        let new = NewExecution {
            id: head.id,
            user: user.id,
            request,
            limits,
            created_at: head.created_at,
            most_unfinished,
            priority,
            idempotency,
            taken: None,
        };
        // In a task of its own: whoever goes away meanwhile must not leave a run that is stored and not queued.
        let accepting = tokio::spawn(self.clone().accept(new, head, place));
        match accepting.await {
            Ok(accepted) => accepted,
            Err(stopped) => Err(SubmitError::Unavailable(stopped.to_string())),
        }
    }

    async fn accept(
        self,
        mut new: NewExecution,
        head: ExecutionHead,
        place: Option<Place>,
    ) -> Result<ExecutionHead, SubmitError> {
        let slot = self.prepare(place, head.id).await;
        new.taken = slot.as_ref().map(|(place, _)| place.taken(Utc::now()));
        let created = self.store.create_execution(&new).await;
        if let Creation::Already(earlier) = created.map_err(|error| refusal(error, new.most_unfinished))? {
            drop(slot);
            return Ok(self.store.execution(earlier).await?.head);
        }
        self.announce(&head).await;
        let job = Job {
            execution: head.id,
            priority: new.priority,
        };
        let keyed = new.idempotency.is_some();
        let handed = match slot {
            Some((place, ear)) => self.hand(new, &head, place, ear).await,
            None => false,
        };
        if !handed {
            self.enqueue(job, keyed).await?;
        }
        Ok(head)
    }

    /// Listens for a slot to what is asked of the run, before it can be found: whoever cancels it finds it either queued in
    /// the store or listened to. Without a bus the run takes the way through the queue, which can wait.
    async fn prepare(&self, place: Option<Place>, id: ExecutionId) -> Option<(Place, Ear)> {
        let place = place?;
        match Ear::open(Arc::clone(&self.bus), id).await {
            Ok(ear) => Some((place, ear)),
            Err(error) => {
                tracing::warn!(execution = %id, %error, "not handed to a slot; queued");
                None
            }
        }
    }

    /// Gives the run to the slot; `false` if that has stopped meanwhile, or all took so long that the lease has run out: then
    /// others may have it.
    async fn hand(&self, new: NewExecution, head: &ExecutionHead, place: Place, ear: Ear) -> bool {
        if new.taken.as_ref().is_some_and(|taken| taken.lease_until <= Utc::now()) {
            return false;
        }
        let claimed = Claimed {
            attempt: 1,
            head: ExecutionHead {
                started_at: Some(head.created_at),
                ..head.clone()
            },
            request: new.request,
        };
        if place.hand(Handed { claimed, ear }).is_ok() {
            return true;
        }
        if let Some(taken) = new.taken
            && let Err(error) = self.store.renew(head.id, &taken.worker, Utc::now()).await
        {
            tracing::warn!(execution = %head.id, %error, "not given back; its lease runs out");
        }
        false
    }

    /// A slot of this process that waits for a run, where no other run waits: nobody is overtaken. Errors with `Full`
    /// where too many wait. A queue that is away just now turns nobody away: the run waits in the store, as
    /// [`Self::enqueue`] says. How many may wait there is bounded for each user.
    async fn place(&self) -> Result<Option<Place>, SubmitError> {
        match self.depth.of(self.queue.as_ref()).await {
            Ok(0) => Ok(self.idle.reserve()),
            Ok(depth) if depth >= QUEUE_DEPTH => Err(QueueError::Full.into()),
            Ok(_) => Ok(None),
            Err(error) => {
                tracing::warn!(%error, "depth of the queue not known; runs are taken all the same");
                Ok(None)
            }
        }
    }

    fn check_callback(&self, request: &ExecutionRequest) -> Result<(), Invalid> {
        let Some(address) = &request.callback_url else {
            return Ok(());
        };
        let allowed = callback::check(address).and_then(|url| self.webhook_targets.check(&url));
        allowed.map_err(|error| Invalid::one("callback_url", error))
    }

    async fn announce(&self, head: &ExecutionHead) {
        let status = Status::Queued;
        tell_watchers(self.bus.as_ref(), head.id, &ExecutionEvent::Status { status }).await;
        if let Some(session) = head.session_id {
            let execution = head.clone();
            let started = SessionEventKind::ExecutionStarted { execution };
            tell_session(self.bus.as_ref(), session, started, Some(head.user.clone())).await;
        }
    }

    /// Queues the job. A queue that is away just now delays the run: the sweeper finds it in the store. So does one that
    /// just became full if the run has a key, which would otherwise give a cancelled run to those who try again.
    async fn enqueue(&self, job: Job, keyed: bool) -> Result<(), SubmitError> {
        let id = job.execution;
        self.depth.add();
        match self.queue.publish(job).await {
            Ok(()) => Ok(()),
            Err(QueueError::Full) if !keyed => {
                self.cancel(id, None).await?;
                Err(QueueError::Full.into())
            }
            Err(error) => {
                tracing::warn!(execution = %id, %error, "job not queued; left to the sweeper");
                Ok(())
            }
        }
    }

    /// Ends a run as cancelled, wherever it is. Finished ones stay as they are.
    pub async fn cancel(&self, id: ExecutionId, by: Option<Person>) -> Result<(), SubmitError> {
        if self.store.cancel_queued(id, Utc::now()).await? {
            let execution = self.store.execution(id).await?;
            tell_end(self.bus.as_ref(), execution, by).await;
            tell_callbacks(self.bus.as_ref()).await;
            return Ok(());
        }
        if self.store.execution(id).await?.head.status == Status::Finished {
            return Ok(());
        }
        self.control(id, &Control::Cancel).await
    }

    /// Asks something of the worker that holds a run. Lost if none does, or if the run ends meanwhile.
    pub async fn control(&self, id: ExecutionId, control: &Control) -> Result<(), SubmitError> {
        let payload = serde_json::to_vec(control).expect("an enum of texts and numbers is valid JSON");
        self.bus.publish(&topic::execution_control(id), payload.into()).await?;
        Ok(())
    }

    /// What happened to a run after position `after` (0: all) and what comes, each with its position;
    /// ends after [`ExecutionEvent::Result`]. A status `queued` after output means that the run
    /// begins anew on another worker.
    pub async fn events(
        &self,
        id: ExecutionId,
        after: u64,
    ) -> Result<impl Stream<Item = (u64, ExecutionEvent)> + Send + 'static + use<>, SubmitError> {
        let execution = self.store.execution(id).await?;
        events::watch(self.store.clone(), self.bus.clone(), execution.head, after).await
    }

    /// The run once it has finished, or as it is when `timeout` has passed.
    pub async fn wait(&self, id: ExecutionId, timeout: Duration) -> Result<Execution, SubmitError> {
        let head = self.store.execution(id).await?.head;
        self.wait_from(head, timeout).await
    }

    /// Like [`Self::wait`], for whoever knows what [`Self::submit_as`] said of it.
    pub async fn wait_from(&self, head: ExecutionHead, timeout: Duration) -> Result<Execution, SubmitError> {
        let id = head.id;
        let events = events::watch(self.store.clone(), self.bus.clone(), head, 0).await?;
        let finished = events.filter_map(|(_, event)| async move {
            match event {
                ExecutionEvent::Result { execution } => Some(*execution),
                _ => None,
            }
        });
        let mut finished = std::pin::pin!(finished);
        if let Ok(Some(execution)) = tokio::time::timeout(timeout, finished.next()).await {
            return Ok(execution);
        }
        Ok(self.store.execution(id).await?)
    }
}

fn refusal(error: StoreError, limit: u64) -> SubmitError {
    match error {
        StoreError::Conflict("idempotency_key") => Invalid::one(
            "Idempotency-Key",
            "was used for another request within a day: choose another",
        )
        .into(),
        StoreError::Full(_) => SubmitError::TooMany {
            limit,
            retry_after_s: RETRY_AFTER_S,
        },
        error => error.into(),
    }
}

fn new_head(user: &User, request: &ExecutionRequest, limits: Limits) -> ExecutionHead {
    ExecutionHead {
        id: ExecutionId::new(),
        session_id: request.session_id,
        user: Person::from(user),
        language: request.language.clone(),
        status: Status::Queued,
        outcome: None,
        message: None,
        exit_code: None,
        limits,
        interactive: request.is_interactive(),
        pty: request.pty,
        created_at: codecrafter_domain::time::now(),
        started_at: None,
        finished_at: None,
    }
}
