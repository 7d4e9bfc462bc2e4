//! Executions that were given up, and their second chance.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{ExecutionResult, Status};
use codecrafter_domain::id::ExecutionId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::engine::Durability;
use super::entities::execution::{Column, Entity, Model};
use super::entities::{execution_request, execution_result, user};
use super::executions::{find, into_head, unfinished};
use super::{Sql, callbacks, convert, page};
use crate::error::StoreError;
use crate::executions::DeadExecution;
use crate::types::{Page, PageRequest};
use crate::{DeadLetterStore, Result};

#[async_trait]
impl DeadLetterStore for Sql {
    async fn bury(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        let buried = unfinished(id).col_expr(Column::DeadAt, Expr::value(convert::micros(now)));
        self.finish_if(buried, id, result, now).await
    }

    async fn dead_executions(&self, page: &PageRequest) -> Result<Page<DeadExecution>> {
        let dead = Entity::find().filter(Column::DeadAt.is_not_null());
        let rows = page::narrow(dead, Column::DeadAt, Column::Id, page)?
            .find_both_related(user::Entity)
            .all(&self.engine.read)
            .await?;
        let key = |(row, _): &(Model, user::Model)| page::Key {
            at: row.dead_at.unwrap_or_default(),
            id: row.id,
        };
        page::assemble(rows, page, key, into_dead)
    }

    async fn requeue(&self, id: ExecutionId) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        let nothing = || Expr::value(None::<i64>);
        let nobody = || Expr::value(None::<String>);
        let requeued = Entity::update_many()
            .filter(Column::Id.eq(id.0))
            .filter(Column::DeadAt.is_not_null())
            .col_expr(Column::Status, Expr::value(convert::word(Status::Queued)))
            .col_expr(Column::Outcome, nobody())
            .col_expr(Column::Message, nobody())
            .col_expr(Column::Worker, nobody())
            .col_expr(Column::ExitCode, nothing())
            .col_expr(Column::StartedAt, nothing())
            .col_expr(Column::FinishedAt, nothing())
            .col_expr(Column::LeaseUntil, nothing())
            .col_expr(Column::DeadAt, nothing())
            .col_expr(Column::Attempts, Expr::value(0_i64))
            .exec(&*tx)
            .await?;
        if requeued.rows_affected == 0 {
            find(&*tx, id).await?;
            return Err(StoreError::Conflict("dead"));
        }
        execution_result::Entity::delete_by_id(id.0).exec(&*tx).await?;
        let request = execution_request::Entity::find_by_id(id.0).one(&*tx).await?;
        let request = convert::from_json(&request.ok_or(StoreError::NotFound)?.request)?;
        callbacks::renew(&*tx, id, &request).await?;
        tx.commit().await
    }
}

fn into_dead((row, user): (Model, user::Model)) -> Result<DeadExecution> {
    let (attempts, dead_at) = (row.attempts, row.dead_at);
    Ok(DeadExecution {
        head: into_head((row, user))?,
        attempts: convert::number(attempts)?,
        dead_at: convert::time(dead_at.unwrap_or_default())?,
    })
}
