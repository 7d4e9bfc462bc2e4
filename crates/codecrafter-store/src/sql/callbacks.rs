//! Callbacks: results to be posted, from the moment the execution is made until that is done.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::ExecutionRequest;
use codecrafter_domain::id::ExecutionId;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};

use super::engine::Durability;
use super::entities::callback::{ActiveModel, Column, Entity, Model};
use super::{Sql, convert};
use crate::executions::Callback;
use crate::{CallbackStore, Result};

#[async_trait]
impl CallbackStore for Sql {
    async fn claim_callbacks(&self, now: DateTime<Utc>, again: DateTime<Utc>, limit: u64) -> Result<Vec<Callback>> {
        let tx = self.engine.write(Durability::Process).await?;
        let due = Entity::find()
            .filter(Column::DueAt.lte(convert::micros(now)))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::ExecutionId)
            .limit(convert::bound(limit))
            .all(&*tx)
            .await?;
        let mut claimed = Vec::with_capacity(due.len());
        for row in due {
            // Only from the state that was read: whoever comes second gets nothing.
            let taken = Entity::update_many()
                .filter(Column::ExecutionId.eq(row.execution_id))
                .filter(Column::DueAt.eq(row.due_at))
                .col_expr(Column::DueAt, Expr::value(convert::micros(again)))
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                .exec(&*tx)
                .await?;
            if taken.rows_affected > 0 {
                claimed.push(Callback {
                    execution: ExecutionId(row.execution_id),
                    url: row.url,
                    attempts: convert::number(row.attempts + 1)?,
                });
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn next_callback(&self) -> Result<Option<DateTime<Utc>>> {
        let next = Entity::find()
            .filter(Column::DueAt.is_not_null())
            .order_by_asc(Column::DueAt)
            .one(&self.engine.read)
            .await?;
        convert::maybe_time(next.and_then(|row| row.due_at))
    }

    async fn postpone_callback(&self, id: ExecutionId, due_at: DateTime<Utc>) -> Result<()> {
        let turn = self.engine.write_once(Durability::Process).await?;
        due(id, due_at).exec(&*turn).await?;
        Ok(())
    }

    async fn end_callback(&self, id: ExecutionId) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        Entity::delete_by_id(id.0).exec(&*tx).await?;
        tx.commit().await
    }
}

/// Where an execution's result is to be posted, if anywhere.
pub(super) fn expected(id: ExecutionId, request: &ExecutionRequest) -> Result<Option<ActiveModel>> {
    let Some(url) = &request.callback_url else {
        return Ok(None);
    };
    let row = Model {
        execution_id: id.0,
        url: convert::text("callback_url", url)?,
        attempts: 0,
        due_at: None,
    };
    Ok(Some(row.into_active_model()))
}

/// Has the callback of an execution be sent from a moment on, if it has one.
pub(super) fn due(id: ExecutionId, at: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::ExecutionId.eq(id.0))
        .col_expr(Column::DueAt, Expr::value(convert::micros(at)))
}

/// Begins anew: nothing is sent until the execution finishes again.
pub(super) async fn renew(tx: &impl ConnectionTrait, id: ExecutionId, request: &ExecutionRequest) -> Result<()> {
    Entity::delete_by_id(id.0).exec(tx).await?;
    if let Some(row) = expected(id, request)? {
        Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}
