//! Where one is signed in.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::Login;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::LoginId;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::List;
use crate::auth::agent::describe;
use crate::auth::caller::Caller;
use crate::auth::cookie;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::state::App;

/// A place where one is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoginView {
    id: LoginId,
    /// Program and system, as far as they are known.
    device: String,
    /// The User-Agent header.
    user_agent: String,
    /// The IP address that it was used from last.
    address: String,
    created_at: DateTime<Utc>,
    /// When it signed in or refreshed its token last.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    current: bool,
}

impl LoginView {
    fn new(login: Login, current: Option<LoginId>) -> Self {
        Self {
            id: login.id,
            device: describe(&login.device.agent),
            user_agent: login.device.agent,
            address: login.device.address,
            created_at: login.created_at,
            last_used_at: login.used_at,
            expires_at: login.expires_at,
            current: Some(login.id) == current,
        }
    }
}

/// Which logins to end.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoginsQuery {
    /// Whether the login that asks goes on; it does not unless said.
    #[serde(default)]
    keep_current: bool,
}

/// Where one is signed in, the one used last first.
#[utoipa::path(get, path = "/me/logins", tag = "account", security(("token" = [])),
    responses((status = 200, body = List<LoginView>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List<LoginView>>, ApiError> {
    let logins = app.store.logins(caller.user.id, Utc::now()).await?;
    let views = logins.into_iter().map(|login| LoginView::new(login, caller.login()));
    Ok(Json(List::whole(views.collect())))
}

/// Sign out everywhere. Access tokens and connections end at once.
#[utoipa::path(delete, path = "/me/logins", tag = "account", security(("token" = [])),
    params(LoginsQuery), responses((status = 204)))]
pub(crate) async fn end_all(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<LoginsQuery>,
) -> Result<(StatusCode, HeaderMap), ApiError> {
    let keep = caller.login().filter(|_| query.keep_current);
    app.store.end_logins(caller.user.id, keep).await?;
    app.audit(Audit::new(Act::LoginsRevoked).by(&caller.user).user(caller.user.id))
        .await;
    app.logins_changed(caller.user.id).await;
    let headers = if query.keep_current {
        HeaderMap::new()
    } else {
        cookie::clear(&app.config.public_url)
    };
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Sign out in one place. Its access tokens and connections end at once.
#[utoipa::path(delete, path = "/me/logins/{id}", tag = "account", security(("token" = [])),
    params(("id" = LoginId, Path)), responses((status = 204)))]
pub(crate) async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<LoginId>,
) -> Result<StatusCode, ApiError> {
    if !app.store.end_login_of(caller.user.id, id).await? {
        return Err(ApiError::not_found("login"));
    }
    app.audit(Audit::new(Act::LoginEnded).by(&caller.user).user(caller.user.id))
        .await;
    app.logins_changed(caller.user.id).await;
    Ok(StatusCode::NO_CONTENT)
}
