//! What guests may ask for: a list, so that whatever is not on it is refused.

use axum::extract::{FromRequestParts as _, MatchedPath, RawPathParams};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::user::User;
use http::request::Parts;

use crate::error::ApiError;
use crate::state::App;

/// Below `/api/v1`. Those with a session in their path are for the guest's own only; handlers of the others see to
/// that themselves.
const ALLOWED: [(&str, &str); 28] = [
    ("POST", "/auth/tickets"),
    ("GET", "/me"),
    ("GET", "/sessions/{id}"),
    ("POST", "/sessions/{id}/join"),
    ("POST", "/sessions/{id}/leave"),
    ("GET", "/sessions/{id}/participants"),
    ("GET", "/sessions/{id}/files"),
    ("GET", "/sessions/{id}/files/{*path}"),
    ("GET", "/sessions/{id}/archive"),
    ("GET", "/sessions/{id}/messages"),
    ("POST", "/sessions/{id}/messages"),
    ("PUT", "/sessions/{id}/messages/read"),
    ("PATCH", "/sessions/{id}/messages/{message}"),
    ("DELETE", "/sessions/{id}/messages/{message}"),
    ("GET", "/sessions/{id}/snapshots"),
    ("POST", "/sessions/{id}/snapshots"),
    ("GET", "/sessions/{id}/snapshots/{snapshot}"),
    ("PATCH", "/sessions/{id}/snapshots/{snapshot}"),
    ("DELETE", "/sessions/{id}/snapshots/{snapshot}"),
    ("GET", "/sessions/{id}/snapshots/{snapshot}/diff"),
    ("POST", "/sessions/{id}/snapshots/{snapshot}/restore"),
    ("GET", "/sessions/{id}/history"),
    ("GET", "/sessions/{id}/history/export"),
    ("GET", "/sessions/{id}/executions"),
    ("POST", "/executions"),
    ("GET", "/executions/{id}"),
    ("DELETE", "/executions/{id}"),
    ("GET", "/executions/{id}/events"),
];

/// Refuses what guests may not ask for. Other sessions than their own do not exist for them.
pub(super) async fn check(user: &User, parts: &mut Parts, app: &App) -> Result<(), ApiError> {
    let Some(own) = user.guest_of else { return Ok(()) };
    let path = parts
        .extensions
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let path = path.as_deref().and_then(|path| path.strip_prefix("/api/v1"));
    let path = path.unwrap_or_default();
    if !ALLOWED.contains(&(parts.method.as_str(), path)) {
        return Err(ApiError::forbidden(
            "Guests work in the session that they were invited to. This takes an account.",
        ));
    }
    if !path.starts_with("/sessions/{id}") {
        return Ok(());
    }
    let params = RawPathParams::from_request_parts(parts, app).await;
    let params = params.map_err(ApiError::internal)?;
    let session = params
        .iter()
        .find(|(name, _)| *name == "id")
        .map(|(_, id)| id.parse::<SessionId>());
    match session {
        Some(Ok(session)) if session == own => Ok(()),
        _ => Err(ApiError::not_found("session")),
    }
}
