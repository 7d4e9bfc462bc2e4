//! Everybody's sessions: that they are there, whose they are, and nothing of what is in them.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::user::Person;
use codecrafter_store::StoreError;
use codecrafter_store::types::{AnySessionFilter, Page};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::routes::page::{List, page_request, search_text};
use crate::state::App;

/// Which sessions, and which part of their list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionsQuery {
    /// Text in titles, descriptions and owners' names, at most 100 characters.
    #[serde(default)]
    q: Option<String>,
    /// Those of this user.
    #[serde(default)]
    owner: Option<UserId>,
    /// Deleted ones that can be restored, instead of those that are there.
    #[serde(default)]
    deleted: bool,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

/// A session as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminSession {
    id: SessionId,
    title: String,
    language: String,
    visibility: Visibility,
    owner: Person,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Null unless it is deleted.
    deleted_at: Option<DateTime<Utc>>,
}

/// Everybody's sessions, the one that changed last first.
#[utoipa::path(get, path = "/admin/sessions", tag = "admin", security(("token" = [])),
    params(SessionsQuery), responses((status = 200, body = List<AdminSession>)))]
pub(crate) async fn list(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<SessionsQuery>,
) -> Result<Json<List<AdminSession>>, ApiError> {
    let page = page_request(query.cursor, query.limit)?;
    let filter = AnySessionFilter {
        q: search_text(query.q)?,
        owner: query.owner,
        deleted: query.deleted,
    };
    let found = app.store.any_sessions(&filter, &page).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for session in found.items {
        items.push(view(&app, session).await?);
    }
    Ok(Json(List::from(Page {
        items,
        next_cursor: found.next_cursor,
    })))
}

async fn view(app: &App, session: Session) -> Result<AdminSession, ApiError> {
    let owner = Person::from(&app.store.user(session.owner_id).await?);
    Ok(AdminSession {
        id: session.id,
        title: session.title,
        language: session.language,
        visibility: session.visibility,
        owner,
        created_at: session.created_at,
        updated_at: session.updated_at,
        deleted_at: session.deleted_at,
    })
}

/// Delete a session. Everybody in it is disconnected; it can be restored for a time.
#[utoipa::path(delete, path = "/admin/sessions/{id}", tag = "admin", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    app.store.delete_session(id).await.map_err(no_such_session)?;
    app.audit(Audit::new(Act::AdminSessionDeleted).by(&admin.user).session(id))
        .await;
    app.tell(id, SessionEventKind::SessionDeleted, &admin.caller.person())
        .await;
    app.rights_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the deletion of a session back, as long as it is not forgotten.
#[utoipa::path(post, path = "/admin/sessions/{id}/restore", tag = "admin", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = AdminSession)))]
pub(crate) async fn restore(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<SessionId>,
) -> Result<Json<AdminSession>, ApiError> {
    let owner = app.store.any_session(id).await.map_err(no_such_session)?.owner_id;
    let since = Utc::now() - app.config.keep_deleted;
    let session = app.store.restore_session(id, owner, since).await;
    let session = session.map_err(|error| match error {
        StoreError::NotFound => ApiError::not_found("deleted session"),
        error => error.into(),
    })?;
    app.audit(Audit::new(Act::AdminSessionRestored).by(&admin.user).session(id))
        .await;
    app.rights_changed(id).await;
    app.tell(id, SessionEventKind::SessionRestored, &admin.caller.person())
        .await;
    Ok(Json(view(&app, session).await?))
}

fn no_such_session(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::not_found("session"),
        error => error.into(),
    }
}
