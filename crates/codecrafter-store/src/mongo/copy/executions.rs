//! Executions, and the keys by which repeated requests are known.

use async_trait::async_trait;
use codecrafter_domain::execution::ExecutionRequest;

use super::keys::{Groups, maybe_id, maybe_key};
use super::{Rowed, retain_with};
use crate::error::StoreError;
use crate::mongo::callbacks::CallbackPart;
use crate::mongo::engine::{Engine, hex, id, key, unhex};
use crate::mongo::executions::ExecutionDocument;
use crate::mongo::queue::KeyDocument;
use crate::mongo::sessions::SessionDocument;
use crate::sql::copy::Rows;
use crate::sql::entities::{callback, execution, execution_request, execution_result, idempotency_key};
use crate::{Result, convert};

#[async_trait]
impl Rowed for ExecutionDocument {
    async fn rows(engine: &Engine, batch: Vec<Self>) -> Result<Rows> {
        let (mut of_sessions, mut all): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|run| (run.session.clone().unwrap_or_default(), run))
            .partition(|(session, _)| !session.is_empty());
        retain_with::<SessionDocument, _>(engine, &mut of_sessions, |(session, _)| session).await?;
        all.append(&mut of_sessions);
        execution_rows(all.into_iter().map(|(_, run)| run).collect())
    }
}

/// The rows that executions stand for.
pub(super) fn execution_rows(batch: Vec<ExecutionDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for document in batch {
        let id_ = id(&document.id)?;
        rows.execution_request.push(execution_request::Model {
            execution_id: id_,
            request: document.request,
        });
        rows.execution_result
            .extend(document.result.map(|result| execution_result::Model {
                execution_id: id_,
                result,
            }));
        rows.callback.extend(document.callback.map(|part| callback::Model {
            execution_id: id_,
            url: part.url,
            attempts: part.attempts,
            due_at: part.due_at,
        }));
        rows.execution.push(execution::Model {
            id: id_,
            session_id: maybe_id(document.session.as_deref())?,
            user_id: id(&document.user)?,
            language: document.language,
            status: document.status,
            outcome: document.outcome,
            message: document.message,
            exit_code: document.exit_code,
            limits: document.limits,
            created_at: document.created_at,
            started_at: document.started_at,
            finished_at: document.finished_at,
            worker: document.worker,
            lease_until: document.lease_until,
            attempts: document.attempts,
            priority: document.priority,
            dead_at: document.dead_at,
        });
    }
    Ok(rows)
}

/// Executions of rows that hold requests, results and callbacks.
pub(super) fn executions(rows: Rows) -> Result<Vec<ExecutionDocument>> {
    let mut requests = Groups::new(rows.execution_request, |row| row.execution_id);
    let mut results = Groups::new(rows.execution_result, |row| row.execution_id);
    let mut callbacks = Groups::new(rows.callback, |row| row.execution_id);
    let execution = |row: execution::Model| {
        let missing = || StoreError::Unreadable(format!("the request of execution {} is missing", row.id));
        let request = requests.take_one(row.id).ok_or_else(missing)?.request;
        let pty = convert::from_json::<ExecutionRequest>(&request)?.pty;
        Ok(ExecutionDocument {
            id: key(row.id),
            version: 0,
            session: maybe_key(row.session_id),
            user: key(row.user_id),
            language: row.language,
            status: row.status,
            outcome: row.outcome,
            message: row.message,
            exit_code: row.exit_code,
            limits: row.limits,
            pty: pty.as_ref().map(convert::json).transpose()?,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            worker: row.worker,
            lease_until: row.lease_until,
            attempts: row.attempts,
            priority: row.priority,
            dead_at: row.dead_at,
            callback: callbacks.take_one(row.id).map(|row| CallbackPart {
                url: row.url,
                attempts: row.attempts,
                due_at: row.due_at,
            }),
            request,
            result: results.take_one(row.id).map(|row| row.result),
        })
    };
    rows.execution.into_iter().map(execution).collect()
}

#[async_trait]
impl Rowed for KeyDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<ExecutionDocument, _>(engine, &mut batch, |key| &key.execution).await?;
        key_rows(batch)
    }
}

/// The rows that keys stand for.
pub(super) fn key_rows(batch: Vec<KeyDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for document in batch {
        let chosen = document.id.split_once('/').map(|(_user, chosen)| chosen.to_owned());
        let unreadable = || StoreError::Unreadable(format!("unexpected id of a request: {}", document.id));
        rows.idempotency_key.push(idempotency_key::Model {
            user_id: id(&document.user)?,
            key: chosen.ok_or_else(unreadable)?,
            request: unhex(&document.request)?,
            execution_id: id(&document.execution)?,
            created_at: document.created_at,
        });
    }
    Ok(rows)
}

/// Keys of rows.
pub(super) fn keys(rows: Vec<idempotency_key::Model>) -> Vec<KeyDocument> {
    let key = |row: idempotency_key::Model| KeyDocument {
        id: format!("{}/{}", row.user_id, row.key),
        version: 0,
        user: key(row.user_id),
        request: hex(&row.request),
        execution: key(row.execution_id),
        created_at: row.created_at,
        added_at: row.created_at,
    };
    rows.into_iter().map(key).collect()
}
