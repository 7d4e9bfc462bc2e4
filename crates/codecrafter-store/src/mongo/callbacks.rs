//! Callbacks: results to be posted, parts of their executions until that is done.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::ExecutionRequest;
use codecrafter_domain::id::ExecutionId;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::engine::{Engine, id, key};
use super::executions::ExecutionDocument;
use super::logins::or_nobody;
use crate::convert;
use crate::executions::Callback;
use crate::{CallbackStore, Result};

/// Where a result is to be posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CallbackPart {
    pub(super) url: String,
    pub(super) attempts: i64,
    /// When to try next; nothing before the execution has finished.
    pub(super) due_at: Option<i64>,
}

#[async_trait]
impl CallbackStore for Mongo {
    async fn claim_callbacks(&self, now: DateTime<Utc>, again: DateTime<Utc>, limit: u64) -> Result<Vec<Callback>> {
        let (now, again) = (convert::micros(now), convert::micros(again));
        let mut claimed = Vec::new();
        loop {
            let missing = convert::column(limit).saturating_sub(convert::column(claimed.len()));
            let due = due(&self.engine, now, missing).await?;
            let before = claimed.len();
            for run in &due {
                claimed.extend(claim(&self.engine, run, now, again).await?);
            }
            // Of what others were faster with there may be more to share.
            if claimed.len() - before == due.len() {
                return Ok(claimed);
            }
        }
    }

    async fn next_callback(&self) -> Result<Option<DateTime<Utc>>> {
        let due = doc! { "callback.due_at": { "$ne": null } };
        let longest = doc! { "callback.due_at": 1 };
        let next = self
            .engine
            .fields::<ExecutionDocument>(due, &["callback"], longest, 1)
            .await?;
        let callback = next.first().and_then(|run| run.get_document("callback").ok());
        convert::maybe_time(callback.and_then(|callback| callback.get_i64("due_at").ok()))
    }

    async fn postpone_callback(&self, id: ExecutionId, due_at: DateTime<Utc>) -> Result<()> {
        let postponed = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            if let Some(callback) = &mut run.callback {
                callback.due_at = Some(convert::micros(due_at));
            }
            Ok(())
        });
        or_nobody(postponed.await, ())
    }

    async fn end_callback(&self, id: ExecutionId) -> Result<()> {
        let ended = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            run.callback = None;
            Ok(())
        });
        or_nobody(ended.await, ())
    }
}

/// Executions whose callbacks are due, the longest due first.
async fn due(engine: &Engine, now: i64, limit: i64) -> Result<Vec<String>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let due = doc! { "callback.due_at": { "$ne": null, "$lte": now } };
    let longest = doc! { "callback.due_at": 1, "_id": 1 };
    let found = engine
        .fields::<ExecutionDocument>(due, &["_id"], longest, limit)
        .await?;
    Ok(found
        .iter()
        .filter_map(|run| run.get_str("_id").ok().map(str::to_owned))
        .collect())
}

/// Takes a callback that is still due: whoever comes second gets nothing.
async fn claim(engine: &Engine, run: &str, now: i64, again: i64) -> Result<Option<Callback>> {
    let taken = engine.change(run, |run: &mut ExecutionDocument| {
        let is_due = |callback: &&mut CallbackPart| callback.due_at.is_some_and(|at| at <= now);
        let Some(callback) = run.callback.as_mut().filter(is_due) else {
            return Ok(None);
        };
        callback.due_at = Some(again);
        callback.attempts += 1;
        Ok(Some(callback.clone()))
    });
    let callback = or_nobody(taken.await, None)?;
    let callback = callback.map(|callback| {
        Ok(Callback {
            execution: ExecutionId(id(run)?),
            url: callback.url,
            attempts: convert::number(callback.attempts)?,
        })
    });
    callback.transpose()
}

impl CallbackPart {
    /// Where a new execution's result is to be posted, if anywhere.
    pub(super) fn expected(request: &ExecutionRequest) -> Result<Option<Self>> {
        let url = request.callback_url.as_deref();
        let url = url.map(|url| convert::text("callback_url", url)).transpose()?;
        Ok(url.map(|url| Self {
            url,
            attempts: 0,
            due_at: None,
        }))
    }
}
