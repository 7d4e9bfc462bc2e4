//! How somebody likes the page.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::account::{FONT_SIZES, Preferences, PreferencesPatch, TAB_SIZES};
use codecrafter_domain::validate::Invalid;

use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::extract;
use crate::state::App;

/// One's preferences.
#[utoipa::path(get, path = "/me/preferences", tag = "account", security(("token" = [])),
    responses((status = 200, body = Preferences)))]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<Preferences>, ApiError> {
    Ok(Json(app.store.preferences(caller.user.id).await?))
}

/// Change one's preferences, on every device.
#[utoipa::path(patch, path = "/me/preferences", tag = "account", security(("token" = [])),
    request_body = PreferencesPatch, responses((status = 200, body = Preferences)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    extract::Json(patch): extract::Json<PreferencesPatch>,
) -> Result<Json<Preferences>, ApiError> {
    let patch = check(&app, patch)?;
    Ok(Json(app.store.patch_preferences(caller.user.id, &patch).await?))
}

fn check(app: &App, mut patch: PreferencesPatch) -> Result<PreferencesPatch, Invalid> {
    let mut invalid = Invalid::none();
    for (field, value, bounds) in [
        ("font_size", patch.font_size, FONT_SIZES),
        ("tab_size", patch.tab_size, TAB_SIZES),
    ] {
        if value.is_some_and(|value| !bounds.contains(&value)) {
            invalid.add(field, format!("must be {} to {}", bounds.start(), bounds.end()));
        }
    }
    if let Some(Some(language)) = &mut patch.language {
        let known = app.catalogue.require(language).map(|known| known.id.clone());
        if let Some(known) = invalid.check("language", known) {
            *language = known;
        }
    }
    invalid.into_result().map(|()| patch)
}
