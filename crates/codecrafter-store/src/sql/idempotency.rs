//! Repeated requests: known by a key of the user's for as long as the caller says.

use codecrafter_domain::id::ExecutionId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::convert;
use super::entities::idempotency_key::{Column, Entity, Model};
use crate::Result;
use crate::error::StoreError;
use crate::executions::NewExecution;

/// The execution of the same request before, if there was one. Forgets old keys, of all users.
pub(super) async fn earlier(tx: &impl ConnectionTrait, new: &NewExecution) -> Result<Option<ExecutionId>> {
    let Some(idempotency) = &new.idempotency else {
        return Ok(None);
    };
    Entity::delete_many()
        .filter(Column::CreatedAt.lt(convert::micros(idempotency.since)))
        .exec(tx)
        .await?;
    let found = Entity::find_by_id((new.user.0, idempotency.key.clone()))
        .one(tx)
        .await?;
    match found {
        Some(row) if row.request == idempotency.request => Ok(Some(ExecutionId(row.execution_id))),
        Some(_) => Err(StoreError::Conflict("idempotency_key")),
        None => Ok(None),
    }
}

/// Keeps the key of a new execution, if it has one.
pub(super) async fn remember(tx: &impl ConnectionTrait, new: &NewExecution) -> Result<()> {
    let Some(idempotency) = &new.idempotency else {
        return Ok(());
    };
    let row = Model {
        user_id: new.user.0,
        key: convert::text("idempotency_key", &idempotency.key)?,
        request: idempotency.request.to_vec(),
        execution_id: new.id.0,
        created_at: convert::micros(new.created_at),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
