//! The platform itself: queue, processes, settings.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::admin::Node;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::routes::page::List;
use crate::state::{App, Setting};

/// The queue of runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueState {
    /// Jobs that wait.
    depth: u64,
    /// As many may; more are turned away.
    capacity: u64,
}

/// How many runs wait.
#[utoipa::path(get, path = "/admin/queue", tag = "admin", security(("token" = [])),
    responses((status = 200, body = QueueState)))]
pub(crate) async fn queue(_: PlatformAdmin, State(app): State<App>) -> Result<Json<QueueState>, ApiError> {
    Ok(Json(QueueState {
        depth: app.queue.depth().await?,
        capacity: codecrafter_execution::QUEUE_DEPTH,
    }))
}

/// The processes that run programs, as they last said of themselves.
#[utoipa::path(get, path = "/admin/workers", tag = "admin", security(("token" = [])),
    responses((status = 200, body = List<Node>)))]
pub(crate) async fn workers(_: PlatformAdmin, State(app): State<App>) -> Result<Json<List<Node>>, ApiError> {
    Ok(Json(List::whole(app.store.nodes().await?)))
}

/// The settings in force, without what is secret in them.
#[utoipa::path(get, path = "/admin/settings", tag = "admin", security(("token" = [])),
    responses((status = 200, body = List<Setting>)))]
pub(crate) async fn settings(_: PlatformAdmin, State(app): State<App>) -> Json<List<Setting>> {
    Json(List::whole(app.config.settings.clone()))
}
