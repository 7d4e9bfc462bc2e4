//! Everybody's runs: their heads, without programs and without output.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::execution::{ExecutionHead, Status};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_store::StoreError;
use codecrafter_store::types::AnyExecutionFilter;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::routes::page::{List, page_request};
use crate::state::App;

/// Which runs, and which part of their list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExecutionsQuery {
    /// Those of this user.
    #[serde(default)]
    user: Option<UserId>,
    /// Those in this session.
    #[serde(default)]
    session: Option<SessionId>,
    /// Those that are so far.
    #[serde(default)]
    status: Option<Status>,
    /// Id or alias of a language.
    #[serde(default)]
    language: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

/// Everybody's runs, the newest first.
#[utoipa::path(get, path = "/admin/executions", tag = "admin", security(("token" = [])),
    params(ExecutionsQuery), responses((status = 200, body = List<ExecutionHead>)))]
pub(crate) async fn list(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<ExecutionsQuery>,
) -> Result<Json<List<ExecutionHead>>, ApiError> {
    let page = page_request(query.cursor, query.limit)?;
    let language = query.language.map(|language| match app.catalogue.require(&language) {
        Ok(known) => Ok(known.id.clone()),
        Err(error) => Err(ApiError::invalid("language", error)),
    });
    let filter = AnyExecutionFilter {
        user: query.user,
        session: query.session,
        status: query.status,
        language: language.transpose()?,
    };
    Ok(Json(List::from(app.store.any_executions(&filter, &page).await?)))
}

/// Cancel a run, whoever's it is. One that has finished stays as it is.
#[utoipa::path(delete, path = "/admin/executions/{id}", tag = "admin", security(("token" = [])),
    params(("id" = ExecutionId, Path)), responses((status = 204)))]
pub(crate) async fn cancel(
    admin: PlatformAdmin,
    State(app): State<App>,
    Path(id): Path<ExecutionId>,
) -> Result<StatusCode, ApiError> {
    let execution = app.store.execution(id).await.map_err(|error| match error {
        StoreError::NotFound => ApiError::not_found("execution"),
        error => error.into(),
    })?;
    let user = execution.head.user.id;
    app.executions.cancel(id, Some(admin.caller.person())).await?;
    let audit = Audit::new(Act::AdminExecutionCancelled).by(&admin.user).user(user);
    app.audit(audit.object(id.0)).await;
    Ok(StatusCode::NO_CONTENT)
}
