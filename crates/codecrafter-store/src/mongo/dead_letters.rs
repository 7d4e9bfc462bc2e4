//! Executions that were given up, and their second chance.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{ExecutionResult, Status};
use codecrafter_domain::id::ExecutionId;
use mongodb::bson::doc;

use super::callbacks::CallbackPart;
use super::engine::key;
use super::executions::{ExecutionDocument, Row, large, with_users};
use super::{Mongo, list};
use crate::convert;
use crate::error::StoreError;
use crate::executions::DeadExecution;
use crate::page::{Key, assemble};
use crate::types::{Page, PageRequest};
use crate::{DeadLetterStore, Result};

#[async_trait]
impl DeadLetterStore for Mongo {
    async fn bury(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        let buried = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            let is_new = run.finish(result, now)?;
            if is_new {
                run.dead_at = Some(convert::micros(now));
            }
            Ok(is_new)
        });
        buried.await
    }

    async fn dead_executions(&self, page: &PageRequest) -> Result<Page<DeadExecution>> {
        let dead = doc! { "dead_at": { "$ne": null } };
        let rows = list::part(&self.engine, dead, "dead_at", page, large()).await?;
        let key = |(id, row, _): &Row| Key {
            at: row.dead_at.unwrap_or_default(),
            id: *id,
        };
        assemble(with_users(&self.engine, rows).await?, page, key, into_dead)
    }

    async fn requeue(&self, id: ExecutionId) -> Result<()> {
        let requeued = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            if run.dead_at.is_none() {
                return Err(StoreError::Conflict("dead"));
            }
            run.status = convert::word(Status::Queued);
            (run.outcome, run.message, run.exit_code, run.result) = (None, None, None, None);
            (run.worker, run.lease_until, run.started_at) = (None, None, None);
            (run.finished_at, run.dead_at, run.attempts) = (None, None, 0);
            run.callback = CallbackPart::expected(&convert::from_json(&run.request)?)?;
            Ok(())
        });
        requeued.await
    }
}

fn into_dead((_, row, user): Row) -> Result<DeadExecution> {
    let (attempts, dead_at) = (row.attempts, row.dead_at);
    Ok(DeadExecution {
        head: row.into_head(user)?,
        attempts: convert::number(attempts)?,
        dead_at: convert::time(dead_at.unwrap_or_default())?,
    })
}
