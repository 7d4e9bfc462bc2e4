//! Appending to document logs, many documents in one transaction.
//!
//! A commit waits for the disk. Batches that arrive while one commit is under way share the next:
//! nobody waits longer than for two commits, and the rate does not end at the disk's.

use std::sync::Arc;

use codecrafter_domain::id::SessionId;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use tokio::sync::{mpsc, oneshot};

use super::convert;
use super::engine::{Durability, Engine};
use super::entities::{document, document_update, session};
use crate::Result;
use crate::documents::NewUpdate;
use crate::error::StoreError;

/// Batches that wait; beyond this, callers do.
const QUEUE: usize = 1024;
/// A transaction takes no further batch once it has this many updates…
const GROUP_UPDATES: usize = 2_000;
/// …or this many bytes, so that nobody waits long behind others' large pastes.
const GROUP_BYTES: usize = 4 * 1024 * 1024;
/// Rows of one INSERT: well below the engines' bound on parameters (32,766 in SQLite, 65,535 in
/// PostgreSQL; six each), and few enough different statements to stay prepared.
const INSERT_ROWS: usize = 500;
/// How far `updated_at` may lag behind edits: writing it with every batch would cost as much as the batch.
const TOUCH_MICROS: i64 = 1_000_000;

/// Hands batches to the task that writes them; the task ends with its last handle.
#[derive(Debug)]
pub(super) struct Appender {
    queue: mpsc::Sender<Batch>,
}

#[derive(Debug)]
struct Batch {
    session: SessionId,
    updates: Vec<NewUpdate>,
    done: oneshot::Sender<Result<()>>,
}

impl Appender {
    /// Starts the writing task.
    pub(super) fn start(engine: Arc<Engine>) -> Self {
        let (queue, batches) = mpsc::channel(QUEUE);
        tokio::spawn(run(engine, batches));
        Self { queue }
    }

    /// Returns once the batch is durable, or refused.
    pub(super) async fn append(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
        let ended = || StoreError::Unavailable("the append was interrupted".into());
        let (done, answer) = oneshot::channel();
        let batch = Batch {
            session,
            updates: updates.to_vec(),
            done,
        };
        self.queue.send(batch).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

async fn run(engine: Arc<Engine>, mut batches: mpsc::Receiver<Batch>) {
    while let Some(first) = batches.recv().await {
        let mut group = gather(first, &mut batches);
        // Each document is locked until the end of the transaction: were it in an order of chance, nodes that write the
        // same documents would wait for each other. Stable: those of one document stay as they came.
        group.sort_by_key(|batch| batch.session.0);
        // A task of its own, so that a panic fails this group and not all to come.
        if let Err(error) = tokio::spawn(write_group(Arc::clone(&engine), group)).await {
            tracing::error!(%error, "appending to documents");
        }
    }
}

/// The first batch and what has arrived since, within bounds.
fn gather(first: Batch, batches: &mut mpsc::Receiver<Batch>) -> Vec<Batch> {
    let mut group = vec![first];
    let (mut updates, mut bytes) = (0, 0);
    loop {
        let last = group.last().map(|batch| batch.updates.as_slice()).unwrap_or_default();
        updates += last.len();
        bytes += last.iter().map(|update| update.bytes.len()).sum::<usize>();
        if updates >= GROUP_UPDATES || bytes >= GROUP_BYTES {
            return group;
        }
        match batches.try_recv() {
            Ok(batch) => group.push(batch),
            Err(_) => return group,
        }
    }
}

/// Writes a group and tells everyone. Should it fail for other reasons than the engine's state, one
/// batch may be to blame, and each is tried alone.
async fn write_group(engine: Arc<Engine>, group: Vec<Batch>) {
    let answers = write(&engine, &group).await;
    match answers {
        Ok(answers) => {
            for (batch, answer) in group.into_iter().zip(answers) {
                batch.done.send(answer).ok();
            }
        }
        Err(error) if group.len() == 1 || matches!(error, StoreError::Unavailable(_)) => {
            for batch in group {
                batch.done.send(Err(error.clone())).ok();
            }
        }
        Err(error) => {
            tracing::warn!(%error, "a group of appends failed, trying one by one");
            for batch in group {
                let answer = write(&engine, std::slice::from_ref(&batch)).await;
                let alone = answer.and_then(|mut answers| answers.pop().unwrap_or(Ok(())));
                batch.done.send(alone).ok();
            }
        }
    }
}

/// One transaction; the answers are for the batches in order. If it fails, nothing is written of any.
async fn write(engine: &Engine, group: &[Batch]) -> Result<Vec<Result<()>>> {
    let tx = engine.write(Durability::Disk).await?;
    let mut answers = Vec::with_capacity(group.len());
    let mut rows = Vec::new();
    for batch in group {
        match reserve(&*tx, batch.session, batch.updates.len()).await {
            Ok(first) => {
                rows.extend(
                    (first..)
                        .zip(&batch.updates)
                        .map(|(seq, update)| row(batch.session, seq, update)),
                );
                touch(&*tx, batch).await?;
                answers.push(Ok(()));
            }
            Err(StoreError::NotFound) => answers.push(Err(StoreError::NotFound)),
            Err(error) => return Err(error),
        }
    }
    insert(&*tx, rows).await?;
    tx.commit().await?;
    Ok(answers)
}

/// Takes `count` positions of a session's log; returns the first. Whoever appends next waits for the
/// end of this transaction, so that positions become visible in order.
async fn reserve(tx: &impl ConnectionTrait, session: SessionId, count: usize) -> Result<i64> {
    let count: i64 = convert::column(count);
    let alive = Query::select()
        .expr(Expr::val(1))
        .from(session::Entity)
        .and_where(session::Column::Id.eq(session.0))
        .and_where(session::Column::DeletedAt.is_null())
        .to_owned();
    let advance = Query::update()
        .table(document::Entity)
        .value(
            document::Column::LastSeq,
            Expr::col(document::Column::LastSeq).add(count),
        )
        .and_where(document::Column::SessionId.eq(session.0))
        .and_where(Expr::exists(alive))
        .returning_col(document::Column::LastSeq)
        .to_owned();
    let row = tx.query_one(&advance).await?.ok_or(StoreError::NotFound)?;
    let last: i64 = row.try_get_by_index(0)?;
    Ok(last - count + 1)
}

fn row(session: SessionId, seq: i64, update: &NewUpdate) -> document_update::ActiveModel {
    document_update::Model {
        session_id: session.0,
        seq,
        author: update.author.map(|author| author.0),
        at: convert::micros(update.at),
        folded_in: None,
        bytes: update.bytes.clone(),
    }
    .into_active_model()
}

async fn insert(tx: &impl ConnectionTrait, rows: Vec<document_update::ActiveModel>) -> Result<()> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        document_update::Entity::insert_many(rows.by_ref().take(INSERT_ROWS))
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Says that the session has changed, unless it said so a moment ago.
async fn touch(tx: &impl ConnectionTrait, batch: &Batch) -> Result<()> {
    let Some(newest) = batch.updates.iter().map(|update| update.at).max() else {
        return Ok(());
    };
    let at = convert::micros(newest);
    session::Entity::update_many()
        .col_expr(session::Column::UpdatedAt, Expr::value(at))
        .filter(session::Column::Id.eq(batch.session.0))
        .filter(session::Column::UpdatedAt.lte(at.saturating_sub(TOUCH_MICROS)))
        .exec(tx)
        .await?;
    Ok(())
}
