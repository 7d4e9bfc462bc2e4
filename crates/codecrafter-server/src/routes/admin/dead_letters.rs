//! Runs that were given up because workers died of them.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::execution::{ExecutionHead, Priority};
use codecrafter_domain::id::ExecutionId;
use codecrafter_queue::Job;
use codecrafter_store::StoreError;
use codecrafter_store::types::Page;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::routes::page::{List, PageQuery};
use crate::state::App;

/// A run that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    execution: ExecutionHead,
    /// How often a worker took it.
    attempts: u32,
    /// When it was given up.
    dead_at: DateTime<Utc>,
}

/// Runs that were given up, the latest first.
#[utoipa::path(get, path = "/admin/dead-letters", tag = "admin", security(("token" = [])),
    params(PageQuery), responses((status = 200, body = List<DeadLetter>)))]
pub(crate) async fn list(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<DeadLetter>>, ApiError> {
    let page = app.store.dead_executions(&query.check()?).await?;
    let items = page.items.into_iter().map(|dead| DeadLetter {
        execution: dead.head,
        attempts: dead.attempts,
        dead_at: dead.dead_at,
    });
    Ok(Json(List::from(Page {
        items: items.collect(),
        next_cursor: page.next_cursor,
    })))
}

/// Queue a run again that was given up, as if it were new.
#[utoipa::path(post, path = "/admin/dead-letters/{id}/requeue", tag = "admin", security(("token" = [])),
    params(("id" = ExecutionId, Path)), responses((status = 204)))]
pub(crate) async fn requeue(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<ExecutionId>,
) -> Result<StatusCode, ApiError> {
    app.store.requeue(id).await.map_err(not_dead)?;
    app.audit(Audit::new(Act::DeadLetterRequeued).by(&admin.user).object(id.0))
        .await;
    let job = Job {
        execution: id,
        priority: Priority::Batch,
    };
    if let Err(error) = app.queue.publish(job).await {
        tracing::warn!(execution = %id, %error, "job not queued; left to the sweeper");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Take a run off the list. It stays finished.
#[utoipa::path(delete, path = "/admin/dead-letters/{id}", tag = "admin", security(("token" = [])),
    params(("id" = ExecutionId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<ExecutionId>,
) -> Result<StatusCode, ApiError> {
    app.store.forget_dead(id).await.map_err(not_dead)?;
    app.audit(Audit::new(Act::DeadLetterDeleted).by(&admin.user).object(id.0))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

fn not_dead(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::not_found("execution"),
        StoreError::Conflict(_) => ApiError::conflict("It is not among those that were given up."),
        error => error.into(),
    }
}
