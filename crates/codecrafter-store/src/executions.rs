//! Executions: from when they are accepted to when their results have been posted.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{
    Execution, ExecutionHead, ExecutionRequest, ExecutionResult, Outcome, Priority, Status,
};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::limits::Limits;

use crate::Result;
use crate::convert;
use crate::types::{Page, PageRequest};

/// An execution to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewExecution {
    /// Identifier.
    pub id: ExecutionId,
    /// Who runs it.
    pub user: UserId,
    /// What is asked for; `language` resolved to its id.
    pub request: ExecutionRequest,
    /// Limits in force.
    pub limits: Limits,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// Unfinished executions that the user may have, this one included.
    pub most_unfinished: u64,
    /// Whose turn it is.
    pub priority: Priority,
    /// How a repetition of the request is known.
    pub idempotency: Option<Idempotency>,
    /// Who has it from the beginning.
    pub taken: Option<Taken>,
}

/// A worker that takes an execution in the step that adds it: its first attempt, as if claimed in the moment when it was
/// accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub worker: String,
    /// Until when, unless it is renewed.
    pub lease_until: DateTime<Utc>,
}

/// What makes two requests of one user the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Chosen by the client.
    pub key: String,
    /// SHA-256 of what is asked for.
    pub request: [u8; 32],
    /// Keys from before this moment are forgotten.
    pub since: DateTime<Utc>,
}

/// What became of a new execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It was added.
    Created,
    /// The same request had been made before, and is this execution; nothing was added.
    Already(ExecutionId),
}

/// An execution that a worker has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// How often a worker has taken it, this time included.
    pub attempt: u32,
    /// Which.
    pub head: ExecutionHead,
    /// What is asked for.
    pub request: ExecutionRequest,
}

/// An execution that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadExecution {
    /// Which.
    pub head: ExecutionHead,
    /// How often a worker took it.
    pub attempts: u32,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

/// A result that is to be posted somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Whose.
    pub execution: ExecutionId,
    /// Where to.
    pub url: String,
    /// How often it has been tried, this time included.
    pub attempts: u32,
}

/// Executions. A finished one never changes again, but for [`DeadLetterStore::requeue`].
#[async_trait]
pub trait ExecutionStore: Send + Sync {
    /// Adds an execution as queued, and taken where `new` says so. `Full("unfinished")` where the user has as many
    /// unfinished ones as allowed: counted in the same step, so that requests side by side cannot pass together. Where the
    /// user has used the idempotency key before it adds nothing: `Already` for the same request,
    /// `Conflict("idempotency_key")` for another one.
    async fn create_execution(&self, new: &NewExecution) -> Result<Creation>;
    /// An execution; `NotFound`.
    async fn execution(&self, id: ExecutionId) -> Result<Execution>;
    /// What was asked for.
    async fn execution_request(&self, id: ExecutionId) -> Result<ExecutionRequest>;
    /// Takes a queued execution, or one whose lease ran out, for a worker until `lease_until`; counts the
    /// attempt, and says what there is to do. `None` if somebody else has it or it is finished.
    async fn claim(
        &self,
        id: ExecutionId,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claimed>>;
    /// Extends the lease; `false` if this worker lost it.
    async fn renew(&self, id: ExecutionId, worker: &str, lease_until: DateTime<Utc>) -> Result<bool>;
    /// Moves an unfinished execution on.
    async fn set_status(&self, id: ExecutionId, status: Status) -> Result<()>;
    /// Stores the result; `false` (and nothing changed) if it has one already. From then on [`Self::execution`] says what
    /// [`Execution::finished`] does of the head and this result.
    async fn finish(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool>;
    /// Finishes an execution as cancelled if it is still queued; whether it was.
    async fn cancel_queued(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool>;
    /// Unfinished executions that no worker holds: queued before `queued_before`, or their lease ran out before `now`.
    async fn orphans(
        &self,
        now: DateTime<Utc>,
        queued_before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(ExecutionId, Priority)>>;
    /// Since when the longest waiting execution has waited, of those that no worker has taken yet.
    async fn waiting_since(&self) -> Result<Option<DateTime<Utc>>>;
    /// A session's executions, newest first.
    async fn session_executions(&self, session: SessionId, page: &PageRequest) -> Result<Page<ExecutionHead>>;
    /// A user's executions, newest first.
    async fn user_executions(&self, user: UserId, page: &PageRequest) -> Result<Page<ExecutionHead>>;
    /// How many of a user's executions are not finished.
    async fn unfinished(&self, user: UserId) -> Result<u64>;
}

/// Executions that were given up because workers died of them.
#[async_trait]
pub trait DeadLetterStore: Send + Sync {
    /// Finishes an execution and puts it among the dead; `false` (and nothing changed) if it has a result already.
    async fn bury(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool>;
    /// Dead executions, the latest first.
    async fn dead_executions(&self, page: &PageRequest) -> Result<Page<DeadExecution>>;
    /// Queues a dead execution as if it were new; `Conflict("dead")` if it is not dead.
    async fn requeue(&self, id: ExecutionId) -> Result<()>;
}

/// Callbacks: results to be posted somewhere, kept until that is done. An execution with a `callback_url` has one, due
/// from the moment it finishes.
#[async_trait]
pub trait CallbackStore: Send + Sync {
    /// Takes callbacks that are due, at most `limit`, the longest due first; each is due again at `again`, unless it is
    /// ended or postponed before. Counts the attempt.
    async fn claim_callbacks(&self, now: DateTime<Utc>, again: DateTime<Utc>, limit: u64) -> Result<Vec<Callback>>;
    /// When the next one is due; `None` if there is none.
    async fn next_callback(&self) -> Result<Option<DateTime<Utc>>>;
    /// Tries it again from this moment.
    async fn postpone_callback(&self, id: ExecutionId, due_at: DateTime<Utc>) -> Result<()>;
    /// Done, one way or the other.
    async fn end_callback(&self, id: ExecutionId) -> Result<()>;
}

/// Who has a new execution, as it is stored: times in µs.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) worker: Option<String>,
    pub(crate) lease_until: Option<i64>,
    pub(crate) started_at: Option<i64>,
    pub(crate) attempts: i64,
}

impl Held {
    /// Nobody, unless it says so.
    pub(crate) fn of(new: &NewExecution) -> Result<Self> {
        let Some(taken) = &new.taken else {
            return Ok(Self::default());
        };
        Ok(Self {
            worker: Some(convert::text("worker", &taken.worker)?),
            lease_until: Some(convert::micros(taken.lease_until)),
            started_at: Some(convert::micros(new.created_at)),
            attempts: 1,
        })
    }
}

/// An execution of its parts; without a result it is one that has not finished.
pub(crate) fn assemble(head: ExecutionHead, result: Option<ExecutionResult>) -> Execution {
    let result = result.unwrap_or_else(|| ExecutionResult::new(Outcome::InternalError, None));
    Execution {
        head,
        compile: result.compile,
        run: result.run,
        tests: result.tests,
        files: result.files,
        cached: result.cached,
    }
}
