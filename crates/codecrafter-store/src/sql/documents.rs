//! Documents: appending to the log, loading, compacting.

use std::collections::BTreeSet;

use async_trait::async_trait;
use codecrafter_domain::id::{SessionId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::engine::Durability;
use super::entities::{document, document_base, document_update, history_start};
use super::{Sql, convert, sessions};
use crate::documents::{DocumentRows, HistoryStart, NewUpdate, StoredUpdate};
use crate::error::StoreError;
use crate::{DocumentStore, Result};

#[async_trait]
impl DocumentStore for Sql {
    async fn append_updates(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
        if updates.is_empty() {
            return sessions::require(&self.engine.read, session).await;
        }
        self.appender.append(session, updates).await
    }

    async fn load_document(&self, session: SessionId) -> Result<DocumentRows> {
        // One moment for both reads: a compaction between them would show neither base nor updates, or both.
        let tx = self.engine.snapshot().await?;
        sessions::require(&tx, session).await?;
        let document = document::Entity::find_by_id(session.0).one(&tx).await?;
        let base = document_base::Entity::find_by_id(session.0).one(&tx).await?;
        let updates: Vec<(i64, Vec<u8>)> = document_update::Entity::find()
            .select_only()
            .column(document_update::Column::Seq)
            .column(document_update::Column::Bytes)
            .filter(document_update::Column::SessionId.eq(session.0))
            .filter(document_update::Column::FoldedIn.is_null())
            .order_by_asc(document_update::Column::Seq)
            .into_tuple()
            .all(&tx)
            .await?;
        tx.commit().await?;
        Ok(DocumentRows {
            base: base.map(|row| row.base).unwrap_or_default(),
            base_version: document.map_or(Ok(0), |row| convert::number(row.base_version))?,
            updates: updates
                .into_iter()
                .map(|(seq, bytes)| Ok((convert::number(seq)?, bytes)))
                .collect::<Result<_>>()?,
        })
    }

    async fn compact(&self, session: SessionId, base: &[u8], base_version: u64, folded: &[u64]) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::require(&*tx, session).await?;
        let version = convert::column(base_version);
        let next = version.checked_add(1).ok_or(StoreError::Conflict("base_version"))?;
        let advanced = document::Entity::update_many()
            .col_expr(document::Column::BaseVersion, Expr::value(next))
            .filter(document::Column::SessionId.eq(session.0))
            .filter(document::Column::BaseVersion.eq(version))
            .exec(&*tx)
            .await?;
        if advanced.rows_affected == 0 {
            return Err(StoreError::Conflict("base_version"));
        }
        replace_base(&*tx, session, base).await?;
        mark(&*tx, session, next, folded).await?;
        tx.commit().await
    }

    async fn updates_after(&self, session: SessionId, seq: u64, limit: u64) -> Result<Vec<StoredUpdate>> {
        sessions::require(&self.engine.read, session).await?;
        let rows = document_update::Entity::find()
            .filter(document_update::Column::SessionId.eq(session.0))
            .filter(document_update::Column::Seq.gt(convert::column(seq)))
            .order_by_asc(document_update::Column::Seq)
            .limit(convert::bound(limit))
            .all(&self.engine.read)
            .await?;
        rows.into_iter().map(into_update).collect()
    }

    async fn history_start(&self, session: SessionId) -> Result<Option<HistoryStart>> {
        sessions::require(&self.engine.read, session).await?;
        let row = history_start::Entity::find_by_id(session.0)
            .one(&self.engine.read)
            .await?;
        let start = row.map(|row| {
            Ok(HistoryStart {
                seq: convert::number(row.seq)?,
                at: convert::time(row.at)?,
                base: row.base,
            })
        });
        start.transpose()
    }

    async fn purge_history(&self, session: SessionId) -> Result<u64> {
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::require(&*tx, session).await?;
        let folded = || {
            document_update::Column::SessionId
                .eq(session.0)
                .and(document_update::Column::FoldedIn.is_not_null())
        };
        let last = document_update::Entity::find()
            .filter(folded())
            .order_by_desc(document_update::Column::Seq)
            .one(&*tx)
            .await?;
        let Some(last) = last else { return Ok(0) };
        let base = document_base::Entity::find_by_id(session.0).one(&*tx).await?;
        let start = history_start::Model {
            session_id: session.0,
            seq: last.seq,
            at: last.at,
            base: base.map(|row| row.base).unwrap_or_default(),
        };
        history_start::Entity::insert(start.into_active_model())
            .on_conflict(
                OnConflict::column(history_start::Column::SessionId)
                    .update_columns([
                        history_start::Column::Seq,
                        history_start::Column::At,
                        history_start::Column::Base,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(&*tx)
            .await?;
        let removed = document_update::Entity::delete_many()
            .filter(folded())
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(removed.rows_affected)
    }
}

async fn replace_base(tx: &impl ConnectionTrait, session: SessionId, base: &[u8]) -> Result<()> {
    let row = document_base::Model {
        session_id: session.0,
        base: base.to_vec(),
    };
    document_base::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::column(document_base::Column::SessionId)
                .update_column(document_base::Column::Base)
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Marks updates as part of the base `version`, run by run: they are nearly always neighbours.
async fn mark(tx: &impl ConnectionTrait, session: SessionId, version: i64, folded: &[u64]) -> Result<()> {
    for (first, last) in runs(folded) {
        let marked = document_update::Entity::update_many()
            .col_expr(document_update::Column::FoldedIn, Expr::value(version))
            .filter(document_update::Column::SessionId.eq(session.0))
            .filter(document_update::Column::Seq.between(convert::column(first), convert::column(last)))
            .filter(document_update::Column::FoldedIn.is_null())
            .exec(tx)
            .await?;
        // A base that claims what was never stored, or is in a base already, was not built from the rows.
        if marked.rows_affected != last - first + 1 {
            return Err(StoreError::Invalid("folded"));
        }
    }
    Ok(())
}

/// Positions as runs of neighbours, first and last.
fn runs(positions: &[u64]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for position in positions.iter().copied().collect::<BTreeSet<_>>() {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(position) => *last = position,
            _ => runs.push((position, position)),
        }
    }
    runs
}

fn into_update(row: document_update::Model) -> Result<StoredUpdate> {
    Ok(StoredUpdate {
        seq: convert::number(row.seq)?,
        author: row.author.map(UserId),
        at: convert::time(row.at)?,
        bytes: row.bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_runs() {
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[5]), [(5, 5)]);
        assert_eq!(runs(&[3, 1, 2, 2, 7, 8, 10]), [(1, 3), (7, 8), (10, 10)]);
        assert_eq!(runs(&[u64::MAX, 0]), [(0, 0), (u64::MAX, u64::MAX)]);
    }
}
