//! Forgetting deleted sessions for good.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::convert;
use super::engine::{Durability, Engine};
use super::entities::session::{Column, Entity};
use super::entities::user;
use crate::Result;

/// Tables with a `session_id` whose rows end with their session, in an order that no reference stands against.
/// What belongs to executions goes with them.
const TABLES: [&str; 14] = [
    "messages",
    "message_reads",
    "notes",
    "snapshots",
    "snapshot_texts",
    "history_starts",
    "executions",
    "document_updates",
    "document_bases",
    "documents",
    "waiting",
    "bans",
    "participants",
    "invites",
];

/// Tables with a `session_id` whose rows outlive the session: the audit log ends by age alone.
#[cfg(test)]
const KEPT: [&str; 1] = ["audit_entries"];

/// See [`crate::SessionStore::purge_sessions`]. Others write between one session and the next.
pub(super) async fn sessions(engine: &Engine, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64> {
    let due: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::DeletedAt.lt(convert::micros(deleted_before)))
        .order_by_asc(Column::DeletedAt)
        .limit(convert::bound(limit))
        .into_tuple()
        .all(&engine.read)
        .await?;
    let mut purged = 0;
    for id in due {
        purged += session(engine, id, deleted_before).await?;
    }
    Ok(purged)
}

/// Forgets one session, unless it was restored meanwhile; how many that were.
async fn session(engine: &Engine, id: Uuid, deleted_before: DateTime<Utc>) -> Result<u64> {
    let tx = engine.write(Durability::Disk).await?;
    let due = Entity::find_by_id(id).filter(Column::DeletedAt.lt(convert::micros(deleted_before)));
    if due.lock_exclusive().one(&*tx).await?.is_none() {
        return Ok(0);
    }
    for table in TABLES {
        let rows = Query::delete()
            .from_table(Alias::new(table))
            .and_where(Expr::col(Alias::new("session_id")).eq(id))
            .to_owned();
        tx.execute(&rows).await?;
    }
    Entity::update_many()
        .col_expr(Column::ForkedFrom, Expr::value(None::<Uuid>))
        .filter(Column::ForkedFrom.eq(id))
        .exec(&*tx)
        .await?;
    user::Entity::delete_many()
        .filter(user::Column::GuestOf.eq(id))
        .exec(&*tx)
        .await?;
    Entity::delete_by_id(id).exec(&*tx).await?;
    tx.commit().await?;
    Ok(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::migrate::tests::tables_with;

    #[tokio::test]
    async fn every_table_of_a_sessions_rows_is_known() {
        let mut known = [&TABLES[..], &KEPT].concat();
        known.sort_unstable();
        assert_eq!(tables_with("session_id").await, known);
    }
}
