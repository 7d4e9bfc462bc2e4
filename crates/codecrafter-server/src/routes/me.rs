//! The caller's own account.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::types::UserPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::extract;
use crate::state::App;

/// Changes to one's account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfilePatch {
    /// Name shown to others, 1 to 64 characters.
    #[serde(default)]
    display_name: Option<String>,
    /// Colour of cursor and avatar, `#rrggbb`.
    #[serde(default)]
    color: Option<String>,
    /// What one says of oneself, at most 500 characters.
    #[serde(default)]
    bio: Option<String>,
    /// Where else to find one: at most 5 addresses, http or https.
    #[serde(default)]
    links: Option<Vec<String>>,
}

/// One's account.
#[utoipa::path(get, path = "/me", tag = "account", security(("token" = [])), responses((status = 200, body = User)))]
pub(crate) async fn get(caller: Caller) -> Json<User> {
    Json(caller.user)
}

/// Change one's account.
#[utoipa::path(patch, path = "/me", tag = "account", security(("token" = [])),
    request_body = ProfilePatch, responses((status = 200, body = User)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    extract::Json(patch): extract::Json<ProfilePatch>,
) -> Result<Json<User>, ApiError> {
    let patch = check(patch)?;
    let user = app.store.update_user(caller.user.id, &patch).await?;
    app.known.forget(user.id);
    Ok(Json(user))
}

fn check(patch: ProfilePatch) -> Result<UserPatch, Invalid> {
    let mut invalid = Invalid::none();
    let name = patch
        .display_name
        .map(|name| text::line(&name, text::DISPLAY_NAME_CHARS));
    let checked = UserPatch {
        display_name: name.and_then(|name| invalid.check("display_name", name)),
        color: patch
            .color
            .and_then(|color| invalid.check("color", text::color(&color))),
        bio: patch
            .bio
            .and_then(|bio| invalid.check("bio", text::paragraph(&bio, text::BIO_CHARS))),
        links: patch
            .links
            .and_then(|links| invalid.check("links", text::links(&links))),
    };
    invalid.into_result().map(|()| checked)
}
