//! Executions: their way from queued to finished. What was asked for, the result and the callback are parts of them, so
//! that each step is one.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{
    Execution, ExecutionHead, ExecutionRequest, ExecutionResult, Outcome, Priority, Status,
};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::user::Person;
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::callbacks::CallbackPart;
use super::engine::{Engine, Stored, id, key};
use super::{Mongo, list, people, queue, sessions};
use crate::convert;
use crate::error::StoreError;
use crate::executions::{Claimed, Creation, Held, NewExecution, assemble};
use crate::page::{self, Key};
use crate::types::{Page, PageRequest};
use crate::{ExecutionStore, Result};

/// What lists need not read.
const LARGE: [&str; 2] = ["request", "result"];

/// An execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ExecutionDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) session: Option<String>,
    pub(super) user: String,
    pub(super) language: String,
    pub(super) status: String,
    pub(super) outcome: Option<String>,
    pub(super) message: Option<String>,
    pub(super) exit_code: Option<i64>,
    /// As JSON.
    pub(super) limits: String,
    /// The terminal, where it has one, as JSON.
    pub(super) pty: Option<String>,
    pub(super) created_at: i64,
    pub(super) started_at: Option<i64>,
    pub(super) finished_at: Option<i64>,
    pub(super) worker: Option<String>,
    pub(super) lease_until: Option<i64>,
    pub(super) attempts: i64,
    pub(super) priority: String,
    pub(super) dead_at: Option<i64>,
    pub(super) callback: Option<CallbackPart>,
    /// As JSON: it holds U+0000.
    #[serde(default)]
    pub(super) request: String,
    /// As JSON.
    #[serde(default)]
    pub(super) result: Option<String>,
}

impl Stored for ExecutionDocument {
    const COLLECTION: &'static str = "executions";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl ExecutionStore for Mongo {
    async fn create_execution(&self, new: &NewExecution) -> Result<Creation> {
        queue::create(&self.engine, new).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Execution> {
        let row = find(&self.engine, id).await?;
        let result = row.result.as_deref().map(convert::from_json).transpose()?;
        let user = people::people(&self.engine, [&row.user]).await?.require(&row.user)?;
        Ok(assemble(row.into_head(user)?, result))
    }

    async fn execution_request(&self, id: ExecutionId) -> Result<ExecutionRequest> {
        convert::from_json(&find(&self.engine, id).await?.request)
    }

    async fn claim(
        &self,
        id: ExecutionId,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claimed>> {
        let worker = convert::text("worker", worker)?;
        let now = convert::micros(now);
        let unheld = doc! {
            "finished_at": null,
            "$or": [{ "worker": null }, { "lease_until": { "$ne": null, "$lte": now } }],
        };
        let taken = doc! {
            "$set": { "worker": worker, "lease_until": convert::micros(lease_until), "started_at": now },
            "$inc": { "attempts": 1_i64 },
        };
        let Some(row) = self.engine.set::<ExecutionDocument>(key(id.0), unheld, taken).await? else {
            require(&self.engine, id).await?;
            return Ok(None);
        };
        let user = people::people(&self.engine, [&row.user]).await?.require(&row.user)?;
        Ok(Some(Claimed {
            attempt: convert::number(row.attempts)?,
            request: convert::from_json(&row.request)?,
            head: row.into_head(user)?,
        }))
    }

    async fn renew(&self, id: ExecutionId, worker: &str, lease_until: DateTime<Utc>) -> Result<bool> {
        let held = doc! { "finished_at": null, "worker": convert::text("worker", worker)? };
        let longer = doc! { "$set": { "lease_until": convert::micros(lease_until) } };
        let renewed = self.engine.set::<ExecutionDocument>(key(id.0), held, longer).await?;
        Ok(renewed.is_some())
    }

    async fn set_status(&self, id: ExecutionId, status: Status) -> Result<()> {
        if status == Status::Finished {
            return Err(StoreError::Invalid("status"));
        }
        let moved = doc! { "$set": { "status": convert::word(status) } };
        let moved = self
            .engine
            .set::<ExecutionDocument>(key(id.0), doc! { "finished_at": null }, moved);
        if moved.await?.is_none() {
            require(&self.engine, id).await?;
            return Err(StoreError::Conflict("status"));
        }
        Ok(())
    }

    async fn finish(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        let finished = self
            .engine
            .change(key(id.0), |run: &mut ExecutionDocument| run.finish(result, now));
        finished.await
    }

    async fn cancel_queued(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool> {
        let result = ExecutionResult::new(Outcome::Cancelled, None);
        let cancelled = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            if run.status == convert::word(Status::Queued) && run.is_unheld(now) {
                return run.finish(&result, now);
            }
            Ok(false)
        });
        cancelled.await
    }

    async fn orphans(
        &self,
        now: DateTime<Utc>,
        queued_before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(ExecutionId, Priority)>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let alone = doc! { "finished_at": null, "$or": [
            { "worker": null, "created_at": { "$lt": convert::micros(queued_before) } },
            { "lease_until": { "$ne": null, "$lte": convert::micros(now) } },
        ] };
        let (oldest, limit) = (doc! { "created_at": 1, "_id": 1 }, convert::column(limit));
        let found = self
            .engine
            .fields::<ExecutionDocument>(alone, &["priority"], oldest, limit)
            .await?;
        let text = |run: &Document, field: &str| run.get_str(field).map(str::to_owned).map_err(unreadable);
        let orphan = |run: Document| {
            let priority = convert::from_word(text(&run, "priority")?)?;
            Ok((ExecutionId(id(&text(&run, "_id")?)?), priority))
        };
        found.into_iter().map(orphan).collect()
    }

    async fn waiting_since(&self) -> Result<Option<DateTime<Utc>>> {
        let waiting = doc! { "finished_at": null, "worker": null };
        let oldest = doc! { "created_at": 1 };
        let found = self
            .engine
            .fields::<ExecutionDocument>(waiting, &["created_at"], oldest, 1)
            .await?;
        let at = found.first().map(|run| run.get_i64("created_at").map_err(unreadable));
        convert::maybe_time(at.transpose()?)
    }

    async fn session_executions(&self, session: SessionId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        sessions::require(&self.engine, session).await?;
        heads(&self.engine, doc! { "session": key(session.0) }, page).await
    }

    async fn user_executions(&self, user: UserId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        heads(&self.engine, doc! { "user": key(user.0) }, page).await
    }

    async fn unfinished(&self, user: UserId) -> Result<u64> {
        let unfinished = doc! { "user": key(user.0), "finished_at": null };
        self.engine.count::<ExecutionDocument>(unfinished).await
    }
}

/// One; `NotFound`.
pub(super) async fn find(engine: &Engine, id: ExecutionId) -> Result<ExecutionDocument> {
    engine.find(&key(id.0)).await?.ok_or(StoreError::NotFound)
}

/// `NotFound` unless it is there.
async fn require(engine: &Engine, id: ExecutionId) -> Result<()> {
    if engine.is_there::<ExecutionDocument>(doc! { "_id": key(id.0) }).await? {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(error.to_string())
}

/// One part of a list of executions.
pub(super) async fn heads(engine: &Engine, which: Document, page: &PageRequest) -> Result<Page<ExecutionHead>> {
    let rows = with_users(engine, list::part(engine, which, "created_at", page, &LARGE).await?).await?;
    let key = |(id, row, _): &Row| Key {
        at: row.created_at,
        id: *id,
    };
    page::assemble(rows, page, key, |(_, row, user)| row.into_head(user))
}

/// An execution in a list, with its id and its user.
pub(super) type Row = (Uuid, ExecutionDocument, Person);

/// What lists show of executions.
pub(super) async fn with_users(engine: &Engine, rows: Vec<ExecutionDocument>) -> Result<Vec<Row>> {
    let users = people::people(engine, rows.iter().map(|row| &row.user)).await?;
    let there = rows
        .into_iter()
        .filter_map(|row| users.get(&row.user).map(|user| (row, user)));
    there.map(|(row, user)| Ok((id(&row.id)?, row, user))).collect()
}

/// What lists need not read of executions.
pub(super) fn large() -> &'static [&'static str] {
    &LARGE
}

impl ExecutionDocument {
    /// A new one.
    pub(super) fn queued(new: &NewExecution) -> Result<Self> {
        let held = Held::of(new)?;
        Ok(Self {
            id: key(new.id.0),
            version: 0,
            session: new.request.session_id.map(|id| key(id.0)),
            user: key(new.user.0),
            language: convert::text("language", &new.request.language)?,
            status: convert::word(Status::Queued),
            outcome: None,
            message: None,
            exit_code: None,
            limits: convert::json(&new.limits)?,
            pty: new.request.pty.as_ref().map(convert::json).transpose()?,
            created_at: convert::micros(new.created_at),
            started_at: held.started_at,
            finished_at: None,
            worker: held.worker,
            lease_until: held.lease_until,
            attempts: held.attempts,
            priority: convert::word(new.priority),
            dead_at: None,
            callback: CallbackPart::expected(&new.request)?,
            request: convert::json(&new.request)?,
            result: None,
        })
    }

    /// Takes the result over; whether there was none yet.
    pub(super) fn finish(&mut self, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        if self.finished_at.is_some() {
            return Ok(false);
        }
        self.status = convert::word(Status::Finished);
        self.outcome = Some(convert::word(result.outcome));
        self.message = result.message_as_stored();
        self.exit_code = result.exit_code().map(i64::from);
        self.finished_at = Some(convert::micros(now));
        self.result = Some(convert::json(result)?);
        if let Some(callback) = &mut self.callback {
            callback.due_at = self.finished_at;
        }
        Ok(true)
    }

    /// Whether no worker holds it at this moment.
    fn is_unheld(&self, now: DateTime<Utc>) -> bool {
        self.worker.is_none() || self.lease_until.is_some_and(|until| until <= convert::micros(now))
    }

    /// What lists show of it.
    pub(super) fn into_head(self, user: Person) -> Result<ExecutionHead> {
        let limits: Limits = convert::from_json(&self.limits)?;
        Ok(ExecutionHead {
            id: ExecutionId(id(&self.id)?),
            session_id: self.session.as_deref().map(id).transpose()?.map(SessionId),
            user,
            language: self.language,
            status: convert::from_word(self.status)?,
            outcome: self.outcome.map(convert::from_word).transpose()?,
            message: self.message,
            exit_code: self.exit_code.map(convert::number).transpose()?,
            limits,
            interactive: limits.idle_ms.is_some(),
            pty: self.pty.as_deref().map(convert::from_json).transpose()?,
            created_at: convert::time(self.created_at)?,
            started_at: convert::maybe_time(self.started_at)?,
            finished_at: convert::maybe_time(self.finished_at)?,
        })
    }
}
