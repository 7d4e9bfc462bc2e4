//! Snapshots: copies of a session's files, what differs between them, and bringing them back.

use axum::Json;
use axum::extract::State;
use codecrafter_collab::{FileDiff, FileText, SnapshotRequest};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, SnapshotId};
use codecrafter_domain::permission::Action;
use codecrafter_domain::snapshot::{NAME_CHARS, Snapshot, SnapshotKind};
use codecrafter_domain::text;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{List, PageQuery};
use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::extract::{self, Path, Query};
use crate::quota;
use crate::state::App;

/// What a snapshot is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnapshotName {
    /// 1 to 120 characters.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

impl SnapshotName {
    fn check(&self) -> Result<String, ApiError> {
        text::line(&self.name, NAME_CHARS).map_err(|why| Invalid::one("name", why).into())
    }
}

/// A snapshot with its files.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeSnapshot {
    #[serde(flatten)]
    pub(crate) snapshot: Snapshot,
    /// The files as they were, by path.
    pub(crate) contents: Vec<FileText>,
}

/// Copy the files as they are now.
#[utoipa::path(post, path = "/sessions/{id}/snapshots", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = SnapshotName, responses((status = 201, body = Snapshot)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(name): extract::Json<SnapshotName>,
) -> Result<(StatusCode, Json<Snapshot>), ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::Snapshot).await?;
    quota::require_storage(&app, access.session.owner_id).await?;
    let request = SnapshotRequest {
        name: Some(name.check()?),
        by: Some(caller.person()),
        ..SnapshotRequest::of(SnapshotKind::Named)
    };
    let created = app.documents.snapshot(id, request).await?;
    let created = created.ok_or_else(|| ApiError::internal("a named snapshot is always added"))?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// The snapshots of a session, newest first.
#[utoipa::path(get, path = "/sessions/{id}/snapshots", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), PageQuery), responses((status = 200, body = List<Snapshot>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<Snapshot>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::History).await?;
    Ok(Json(app.store.snapshots(id, &page.check()?).await?.into()))
}

/// A snapshot with its files.
#[utoipa::path(get, path = "/sessions/{id}/snapshots/{snapshot}", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), ("snapshot" = SnapshotId, Path)),
    responses((status = 200, body = WholeSnapshot)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((id, snapshot)): Path<(SessionId, SnapshotId)>,
) -> Result<Json<WholeSnapshot>, ApiError> {
    authorise(&app, id, caller.user.id, Action::History).await?;
    let (snapshot, contents) = find(&app, id, snapshot).await?;
    Ok(Json(WholeSnapshot { snapshot, contents }))
}

/// Name a snapshot. An automatic one stays from then on.
#[utoipa::path(patch, path = "/sessions/{id}/snapshots/{snapshot}", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), ("snapshot" = SnapshotId, Path)), request_body = SnapshotName,
    responses((status = 200, body = Snapshot)))]
pub(crate) async fn name(
    State(app): State<App>,
    caller: Caller,
    Path((id, snapshot)): Path<(SessionId, SnapshotId)>,
    extract::Json(name): extract::Json<SnapshotName>,
) -> Result<Json<Snapshot>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Snapshot).await?;
    let most = app.documents.most_named_snapshots();
    let named = app.store.name_snapshot(id, snapshot, &name.check()?, most).await;
    let snapshot = named.map_err(unknown)?;
    let kind = SessionEventKind::SnapshotCreated {
        snapshot: snapshot.clone(),
    };
    app.tell(id, kind, &caller.person()).await;
    Ok(Json(snapshot))
}

/// Delete a snapshot.
#[utoipa::path(delete, path = "/sessions/{id}/snapshots/{snapshot}", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), ("snapshot" = SnapshotId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((id, snapshot)): Path<(SessionId, SnapshotId)>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::Snapshot).await?;
    if !app.store.delete_snapshot(id, snapshot).await? {
        return Err(ApiError::not_found("snapshot"));
    }
    let kind = SessionEventKind::SnapshotDeleted { snapshot_id: snapshot };
    app.tell(id, kind, &caller.person()).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What to compare a snapshot with.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// Another snapshot; the files as they are now unless given.
    #[serde(default)]
    to: Option<SnapshotId>,
}

/// What differs from a snapshot to another one, or to the files as they are now: a unified diff per file.
#[utoipa::path(get, path = "/sessions/{id}/snapshots/{snapshot}/diff", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), ("snapshot" = SnapshotId, Path), DiffQuery),
    responses((status = 200, body = List<FileDiff>)))]
pub(crate) async fn diff(
    State(app): State<App>,
    caller: Caller,
    Path((id, snapshot)): Path<(SessionId, SnapshotId)>,
    Query(query): Query<DiffQuery>,
) -> Result<Json<List<FileDiff>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::History).await?;
    let (_, old) = find(&app, id, snapshot).await?;
    let new = match query.to {
        Some(other) => find(&app, id, other).await?.1,
        None => app.documents.files(id).await?,
    };
    // Large texts that differ everywhere take a while.
    let comparing = tokio::task::spawn_blocking(move || codecrafter_collab::diff(&old, &new));
    Ok(Json(List::whole(comparing.await.map_err(ApiError::internal)?)))
}

/// Bring a snapshot back: an edit that everyone sees arrive. The files as they are until then become a snapshot.
#[utoipa::path(post, path = "/sessions/{id}/snapshots/{snapshot}/restore", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), ("snapshot" = SnapshotId, Path)), responses((status = 200, body = Snapshot)))]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path((id, snapshot)): Path<(SessionId, SnapshotId)>,
) -> Result<Json<Snapshot>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Snapshot).await?;
    let (snapshot, files) = find(&app, id, snapshot).await?;
    let before = SnapshotRequest {
        by: Some(caller.person()),
        ..SnapshotRequest::of(SnapshotKind::Restore)
    };
    app.documents.snapshot(id, before).await?;
    app.documents.restore(id, caller.user.id, files).await?;
    let kind = SessionEventKind::SnapshotRestored {
        snapshot: snapshot.clone(),
    };
    app.tell(id, kind, &caller.person()).await;
    Ok(Json(snapshot))
}

async fn find(app: &App, session: SessionId, id: SnapshotId) -> Result<(Snapshot, Vec<FileText>), ApiError> {
    app.store.snapshot(session, id).await.map_err(unknown)
}

fn unknown(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::not_found("snapshot"),
        error => error.into(),
    }
}
