//! The caller's API keys.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use codecrafter_domain::api_key::{ApiKey, MOST_KEYS, NAME_CHARS, Scope};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::ApiKeyId;
use codecrafter_domain::text;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::types::NewApiKey;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::List;
use crate::auth::api_keys::Presented;
use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::extract::{self, Path};
use crate::state::App;

/// Longest life of a key that expires.
const LONGEST: TimeDelta = TimeDelta::days(3_660);

/// A new API key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKey {
    /// What to call it, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]+$")]
    name: String,
    /// What it is good for: at least one, each once.
    #[schema(min_items = 1, max_items = 4)]
    scopes: Vec<Scope>,
    /// From when on it is refused, at most ten years from now; never unless given.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKey {
    /// For the Authorization header, as a token. It is shown this once and cannot be had again.
    key: String,
    #[serde(flatten)]
    about: ApiKey,
}

/// One's API keys, newest first, those that have expired included.
#[utoipa::path(get, path = "/me/api-keys", tag = "auth", security(("token" = [])),
    responses((status = 200, body = List<ApiKey>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List<ApiKey>>, ApiError> {
    let mut keys = app.store.api_keys(caller.user.id).await?;
    app.key_uses.complete(&mut keys);
    Ok(Json(List::whole(keys)))
}

/// Make an API key, at most 25. It signs in wherever an access token does, for as much as its scopes say, and never
/// to manage keys, passwords or logins.
#[utoipa::path(post, path = "/me/api-keys", tag = "auth", security(("token" = [])),
    request_body = CreateKey, responses((status = 201, body = CreatedKey)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<CreateKey>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    let presented = Presented::random()?;
    let about = check(body, presented.id)?;
    let new = NewApiKey {
        user: caller.user.id,
        key: about,
        hash: presented.hash(),
    };
    match app.store.create_api_key(&new, MOST_KEYS).await {
        Ok(()) => {}
        Err(StoreError::Full(_)) => {
            return Err(ApiError::conflict(format!(
                "You have {MOST_KEYS} keys, and cannot have more: revoke one first."
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let made = Audit::new(Act::ApiKeyCreated).by(&caller.user).user(caller.user.id);
    app.audit(made.object(presented.id.0)).await;
    tracing::info!(user = %caller.user.id, key = %presented.id, "API key made");
    let created = CreatedKey {
        key: presented.text(),
        about: new.key,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

fn check(body: CreateKey, id: ApiKeyId) -> Result<ApiKey, Invalid> {
    let now = codecrafter_domain::time::now();
    let mut invalid = Invalid::none();
    let name = invalid.check("name", text::line(&body.name, NAME_CHARS));
    let mut scopes = body.scopes;
    let given = scopes.len();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        invalid.add("scopes", "must name at least one of read, execute, sessions, admin");
    } else if scopes.len() < given {
        invalid.add("scopes", "must name each scope once");
    }
    if body.expires_at.is_some_and(|at| at <= now || at > now + LONGEST) {
        invalid.add("expires_at", "must be in the future, at most ten years from now");
    }
    invalid.into_result()?;
    Ok(ApiKey {
        id,
        name: name.unwrap_or_default(),
        scopes,
        created_at: now,
        expires_at: body.expires_at,
        last_used_at: None,
    })
}

/// Revoke an API key. Sockets that were opened with it close with 4401.
#[utoipa::path(delete, path = "/me/api-keys/{id}", tag = "auth", security(("token" = [])),
    params(("id" = ApiKeyId, Path)), responses((status = 204)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    if !app.store.delete_api_key(caller.user.id, id).await? {
        return Err(ApiError::not_found("API key"));
    }
    let revoked = Audit::new(Act::ApiKeyRevoked).by(&caller.user).user(caller.user.id);
    app.audit(revoked.object(id.0)).await;
    tracing::info!(user = %caller.user.id, key = %id, "API key revoked");
    app.logins_changed(caller.user.id).await;
    Ok(StatusCode::NO_CONTENT)
}
