//! Executions: their way from queued to finished.
//!
//! "Unfinished" is written `finished_at IS NULL` throughout, which is what the partial index covers.

mod claimed;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{
    Execution, ExecutionHead, ExecutionRequest, ExecutionResult, Outcome, Priority, Status,
};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::live::TerminalSize;
use codecrafter_domain::user::Person;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, UpdateMany,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::engine::Durability;
use super::entities::execution::{Column, Entity, Model};
use super::entities::{execution_request, execution_result, user};
use super::together::{Together, insert_selected};
use super::{Sql, callbacks, convert, dialect, idempotency, messages, page, sessions, users};
use crate::error::StoreError;
use crate::executions::{Claimed, Creation, Held, NewExecution, assemble};
use crate::types::{Page, PageRequest};
use crate::{ExecutionStore, Result};

#[async_trait]
impl ExecutionStore for Sql {
    async fn create_execution(&self, new: &NewExecution) -> Result<Creation> {
        let backend = self.engine.backend();
        let creation = creation(backend, new)?;
        if new.idempotency.is_none() && !dialect::writes_side_by_side(backend) {
            let created = self.engine.together(Durability::Process, creation).await?;
            return created_or_why(&self.engine.read, created, new).await;
        }
        let tx = self.engine.write(Durability::Process).await?;
        users::take_turn(&*tx, new.user).await?;
        if let Some(earlier) = idempotency::earlier(&*tx, new).await? {
            return Ok(Creation::Already(earlier));
        }
        let created = creation.within(&*tx).await?;
        let created = created_or_why(&*tx, created, new).await?;
        idempotency::remember(&*tx, new).await?;
        tx.commit().await?;
        Ok(created)
    }

    async fn execution(&self, id: ExecutionId) -> Result<Execution> {
        let rows = Entity::find_by_id(id.0)
            .find_both_related(user::Entity)
            .one(&self.engine.read)
            .await?;
        let head = into_head(rows.ok_or(StoreError::NotFound)?)?;
        let stored = match head.status {
            Status::Finished => {
                execution_result::Entity::find_by_id(id.0)
                    .one(&self.engine.read)
                    .await?
            }
            _ => None,
        };
        let result: Option<ExecutionResult> = stored.map(|row| convert::from_json(&row.result)).transpose()?;
        Ok(assemble(head, result))
    }

    async fn execution_request(&self, id: ExecutionId) -> Result<ExecutionRequest> {
        let row = execution_request::Entity::find_by_id(id.0)
            .one(&self.engine.read)
            .await?;
        convert::from_json(&row.ok_or(StoreError::NotFound)?.request)
    }

    async fn claim(
        &self,
        id: ExecutionId,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claimed>> {
        let worker = convert::text("worker", worker)?;
        let mut claim = unfinished(id)
            .filter(unheld(now))
            .col_expr(Column::Worker, Expr::value(worker))
            .col_expr(Column::LeaseUntil, Expr::value(convert::micros(lease_until)))
            .col_expr(Column::StartedAt, Expr::value(convert::micros(now)))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .into_query();
        claim.returning(Query::returning().exprs(claimed::columns()));
        let turn = self.engine.write_once(Durability::Process).await?;
        // All of them, though there is one at most: SQLite commits when the statement has come to its end, and says there
        // whether it could.
        let claimed = turn.query_all(&claim).await?;
        drop(turn);
        let Some(row) = claimed.into_iter().next() else {
            find(&self.engine.read, id).await?;
            return Ok(None);
        };
        claimed::read(&row).map(Some)
    }

    async fn renew(&self, id: ExecutionId, worker: &str, lease_until: DateTime<Utc>) -> Result<bool> {
        let worker = convert::text("worker", worker)?;
        let turn = self.engine.write_once(Durability::Process).await?;
        let renewed = unfinished(id)
            .filter(Column::Worker.eq(worker))
            .col_expr(Column::LeaseUntil, Expr::value(convert::micros(lease_until)))
            .exec(&*turn)
            .await?;
        Ok(renewed.rows_affected > 0)
    }

    async fn set_status(&self, id: ExecutionId, status: Status) -> Result<()> {
        if status == Status::Finished {
            return Err(StoreError::Invalid("status"));
        }
        let turn = self.engine.write_once(Durability::Process).await?;
        let moved = unfinished(id)
            .col_expr(Column::Status, Expr::value(convert::word(status)))
            .exec(&*turn)
            .await?;
        drop(turn);
        if moved.rows_affected == 0 {
            find(&self.engine.read, id).await?;
            return Err(StoreError::Conflict("status"));
        }
        Ok(())
    }

    async fn finish(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        self.finish_if(unfinished(id), id, result, now).await
    }

    async fn cancel_queued(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool> {
        let queued = unfinished(id)
            .filter(Column::Status.eq(convert::word(Status::Queued)))
            .filter(unheld(now));
        let result = ExecutionResult::new(Outcome::Cancelled, None);
        self.finish_if(queued, id, &result, now).await
    }

    async fn orphans(
        &self,
        now: DateTime<Utc>,
        queued_before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(ExecutionId, Priority)>> {
        let waiting = Condition::all()
            .add(Column::Worker.is_null())
            .add(Column::CreatedAt.lt(convert::micros(queued_before)));
        let abandoned = Column::LeaseUntil.lte(convert::micros(now));
        let rows: Vec<(Uuid, String)> = Entity::find()
            .select_only()
            .column(Column::Id)
            .column(Column::Priority)
            .filter(Column::FinishedAt.is_null())
            .filter(Condition::any().add(waiting).add(abandoned))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(convert::bound(limit))
            .into_tuple()
            .all(&self.engine.read)
            .await?;
        let orphan = |(id, priority)| Ok((ExecutionId(id), convert::from_word(priority)?));
        rows.into_iter().map(orphan).collect()
    }

    async fn waiting_since(&self) -> Result<Option<DateTime<Utc>>> {
        let oldest: Option<i64> = Entity::find()
            .select_only()
            .column(Column::CreatedAt)
            .filter(Column::FinishedAt.is_null())
            .filter(Column::Worker.is_null())
            .order_by_asc(Column::CreatedAt)
            .into_tuple()
            .one(&self.engine.read)
            .await?;
        oldest.map(convert::time).transpose()
    }

    async fn session_executions(&self, session: SessionId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        sessions::require(&self.engine.read, session).await?;
        heads(
            &self.engine.read,
            Entity::find().filter(Column::SessionId.eq(session.0)),
            page,
        )
        .await
    }

    async fn user_executions(&self, user: UserId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        heads(
            &self.engine.read,
            Entity::find().filter(Column::UserId.eq(user.0)),
            page,
        )
        .await
    }

    async fn unfinished(&self, user: UserId) -> Result<u64> {
        count_unfinished(&self.engine.read, user).await
    }
}

async fn count_unfinished(db: &impl ConnectionTrait, user: UserId) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::FinishedAt.is_null());
    Ok(query.count(db).await?)
}

/// An update of one execution unless it is finished.
pub(super) fn unfinished(id: ExecutionId) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(id.0))
        .filter(Column::FinishedAt.is_null())
}

/// That no worker holds it at this moment.
fn unheld(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::Worker.is_null())
        .add(Column::LeaseUntil.lte(convert::micros(now)))
}

pub(super) async fn find(tx: &impl ConnectionTrait, id: ExecutionId) -> Result<Model> {
    Entity::find_by_id(id.0).one(tx).await?.ok_or(StoreError::NotFound)
}

impl Sql {
    /// Finishes what `which` selects (at most the execution `id`); whether it selected it.
    pub(super) async fn finish_if(
        &self,
        which: UpdateMany<Entity>,
        id: ExecutionId,
        result: &ExecutionResult,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let mut finish = which
            .col_expr(Column::Status, Expr::value(convert::word(Status::Finished)))
            .col_expr(Column::Outcome, Expr::value(convert::word(result.outcome)))
            .col_expr(Column::Message, Expr::value(result.message_as_stored()))
            .col_expr(Column::ExitCode, Expr::value(result.exit_code().map(i64::from)))
            .col_expr(Column::FinishedAt, Expr::value(convert::micros(now)))
            .into_query();
        finish.returning_col(Column::Id);
        let row = execution_result::Model {
            execution_id: id.0,
            result: convert::json(result)?,
        };
        let all = Together::first(self.engine.backend(), &finish)
            .insert(&row.into_active_model())?
            .update(callbacks::due(id, now).into_query());
        let finished = self.engine.together(Durability::Process, all).await?;
        if !finished {
            find(&self.engine.read, id).await?;
        }
        Ok(finished)
    }
}

/// Adds an execution and what belongs to it, if its session is there and the user may have one more.
fn creation(backend: DbBackend, new: &NewExecution) -> Result<Together> {
    let mut allowed = Query::select();
    let unfinished = Query::select()
        .expr(Expr::col(Column::Id).count())
        .from(Entity)
        .and_where(Column::UserId.eq(new.user.0))
        .and_where(Column::FinishedAt.is_null())
        .to_owned();
    allowed.and_where(Expr::from(unfinished).lt(convert::bound(new.most_unfinished)));
    if let Some(session) = new.request.session_id {
        allowed.and_where(Expr::exists(sessions::found(session)));
    }
    let mut insert = insert_selected(&Model::queued(new)?.into_active_model(), allowed)?;
    insert.returning_col(Column::Id);
    let request = execution_request::Model {
        execution_id: new.id.0,
        request: convert::json(&new.request)?,
    };
    let mut creation = Together::first(backend, &insert).insert(&request.into_active_model())?;
    if let Some(message) = messages::of_run(new)? {
        creation = creation.insert(&message)?;
    }
    if let Some(callback) = callbacks::expected(new.id, &new.request)? {
        creation = creation.insert(&callback)?;
    }
    Ok(creation)
}

/// Why it was not created, if it was not.
async fn created_or_why(db: &impl ConnectionTrait, created: bool, new: &NewExecution) -> Result<Creation> {
    if created {
        return Ok(Creation::Created);
    }
    if let Some(session) = new.request.session_id {
        sessions::require(db, session).await?;
    }
    Err(StoreError::Full("unfinished"))
}

pub(super) async fn heads(
    db: &impl ConnectionTrait,
    query: Select<Entity>,
    page: &PageRequest,
) -> Result<Page<ExecutionHead>> {
    let rows = page::narrow(query, Column::CreatedAt, Column::Id, page)?
        .find_both_related(user::Entity)
        .all(db)
        .await?;
    let key = |(row, _): &(Model, user::Model)| page::Key {
        at: row.created_at,
        id: row.id,
    };
    page::assemble(rows, page, key, into_head)
}

pub(super) fn into_head((row, user): (Model, user::Model)) -> Result<ExecutionHead> {
    head_of(row, user.into_person())
}

fn head_of(row: Model, user: Person) -> Result<ExecutionHead> {
    let settings: Settings = convert::from_json(&row.limits)?;
    Ok(ExecutionHead {
        id: ExecutionId(row.id),
        session_id: row.session_id.map(SessionId),
        user,
        language: row.language,
        status: convert::from_word(row.status)?,
        outcome: row.outcome.map(convert::from_word).transpose()?,
        message: row.message,
        exit_code: row.exit_code.map(convert::number).transpose()?,
        limits: settings.limits,
        interactive: settings.limits.idle_ms.is_some(),
        pty: settings.pty,
        created_at: convert::time(row.created_at)?,
        started_at: convert::maybe_time(row.started_at)?,
        finished_at: convert::maybe_time(row.finished_at)?,
    })
}

/// What the column `limits` holds: what a run may use, and the terminal that it has.
#[derive(Serialize, Deserialize)]
struct Settings {
    #[serde(flatten)]
    limits: Limits,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pty: Option<TerminalSize>,
}

impl From<&NewExecution> for Settings {
    fn from(new: &NewExecution) -> Self {
        Self {
            limits: new.limits,
            pty: new.request.pty,
        }
    }
}

impl Model {
    fn queued(new: &NewExecution) -> Result<Self> {
        let held = Held::of(new)?;
        Ok(Self {
            id: new.id.0,
            session_id: new.request.session_id.map(|id| id.0),
            user_id: new.user.0,
            language: convert::text("language", &new.request.language)?,
            status: convert::word(Status::Queued),
            outcome: None,
            message: None,
            exit_code: None,
            limits: convert::json(&Settings::from(new))?,
            created_at: convert::micros(new.created_at),
            started_at: held.started_at,
            finished_at: None,
            worker: held.worker,
            lease_until: held.lease_until,
            attempts: held.attempts,
            priority: convert::word(new.priority),
            dead_at: None,
        })
    }
}
