//! Executions: their way from queued to finished.
//!
//! "Unfinished" is written `finished_at IS NULL` throughout, which is what the partial index covers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{
    Execution, ExecutionHead, ExecutionRequest, ExecutionResult, Outcome, Priority, Status,
};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::live::TerminalSize;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, UpdateMany,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::engine::Durability;
use super::entities::execution::{Column, Entity, Model};
use super::entities::{execution_request, execution_result, user};
use super::{Sql, callbacks, convert, idempotency, messages, page, sessions, users};
use crate::error::StoreError;
use crate::executions::{Claimed, Creation, NewExecution, assemble};
use crate::types::{Page, PageRequest};
use crate::{ExecutionStore, Result};

#[async_trait]
impl ExecutionStore for Sql {
    async fn create_execution(&self, new: &NewExecution) -> Result<Creation> {
        let row = Model::queued(new)?;
        let request = execution_request::Model {
            execution_id: new.id.0,
            request: convert::json(&new.request)?,
        };
        let tx = self.engine.write(Durability::Process).await?;
        users::take_turn(&*tx, new.user).await?;
        if let Some(earlier) = idempotency::earlier(&*tx, new).await? {
            return Ok(Creation::Already(earlier));
        }
        if let Some(session) = new.request.session_id {
            sessions::require(&*tx, session).await?;
        }
        if count_unfinished(&*tx, new.user).await? >= new.most_unfinished {
            return Err(StoreError::Full("unfinished"));
        }
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        execution_request::Entity::insert(request.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        messages::note_run(&*tx, new).await?;
        callbacks::expect(&*tx, new.id, &new.request).await?;
        idempotency::remember(&*tx, new).await?;
        tx.commit().await?;
        Ok(Creation::Created)
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
        let turn = self.engine.write_once(Durability::Process).await?;
        let claimed = unfinished(id)
            .filter(unheld(now))
            .col_expr(Column::Worker, Expr::value(worker))
            .col_expr(Column::LeaseUntil, Expr::value(convert::micros(lease_until)))
            .col_expr(Column::StartedAt, Expr::value(convert::micros(now)))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .exec_with_returning(&*turn)
            .await?;
        drop(turn);
        let Some(row) = claimed.into_iter().next() else {
            find(&self.engine.read, id).await?;
            return Ok(None);
        };
        let (request, user) = request_and_user(&self.engine.read, &row).await?;
        Ok(Some(Claimed {
            attempt: convert::number(row.attempts)?,
            head: into_head((row, user))?,
            request: convert::from_json(&request.request)?,
        }))
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
        let tx = self.engine.write(Durability::Process).await?;
        let finished = finish(&*tx, unfinished(id), id, result, now).await?;
        if !finished {
            find(&*tx, id).await?;
        }
        tx.commit().await?;
        Ok(finished)
    }

    async fn cancel_queued(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool> {
        let result = ExecutionResult::new(Outcome::Cancelled, None);
        let tx = self.engine.write(Durability::Process).await?;
        let queued = unfinished(id)
            .filter(Column::Status.eq(convert::word(Status::Queued)))
            .filter(unheld(now));
        let cancelled = finish(&*tx, queued, id, &result, now).await?;
        if !cancelled {
            find(&*tx, id).await?;
        }
        tx.commit().await?;
        Ok(cancelled)
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

/// What an execution was asked to run and by whom, in one read.
async fn request_and_user(db: &impl ConnectionTrait, row: &Model) -> Result<(execution_request::Model, user::Model)> {
    let mut query = execution_request::Entity::find_by_id(row.id);
    let its_user = Expr::col((user::Entity, user::Column::Id)).eq(row.user_id);
    QuerySelect::query(&mut query).join(JoinType::InnerJoin, user::Entity, its_user);
    match query.select_also(user::Entity).one(db).await? {
        Some((request, Some(user))) => Ok((request, user)),
        _ => Err(StoreError::NotFound),
    }
}

/// Finishes what `which` selects (at most the execution `id`); whether it selected it.
pub(super) async fn finish(
    tx: &impl ConnectionTrait,
    which: UpdateMany<Entity>,
    id: ExecutionId,
    result: &ExecutionResult,
    now: DateTime<Utc>,
) -> Result<bool> {
    let finished = which
        .col_expr(Column::Status, Expr::value(convert::word(Status::Finished)))
        .col_expr(Column::Outcome, Expr::value(convert::word(result.outcome)))
        .col_expr(Column::Message, Expr::value(result.message_as_stored()))
        .col_expr(Column::ExitCode, Expr::value(result.exit_code().map(i64::from)))
        .col_expr(Column::FinishedAt, Expr::value(convert::micros(now)))
        .exec(tx)
        .await?;
    if finished.rows_affected == 0 {
        return Ok(false);
    }
    let row = execution_result::Model {
        execution_id: id.0,
        result: convert::json(result)?,
    };
    execution_result::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    callbacks::finished(tx, id, now).await?;
    Ok(true)
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
    let settings: Settings = convert::from_json(&row.limits)?;
    Ok(ExecutionHead {
        id: ExecutionId(row.id),
        session_id: row.session_id.map(SessionId),
        user: user.into_person(),
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
            started_at: None,
            finished_at: None,
            worker: None,
            lease_until: None,
            attempts: 0,
            priority: convert::word(new.priority),
            dead_at: None,
        })
    }
}
