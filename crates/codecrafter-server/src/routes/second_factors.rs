//! Setting up and turning off what logins ask for besides the password.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::second_factor::SecondFactors;
use codecrafter_domain::user::User;
use codecrafter_store::StoreError;
use http::header::CACHE_CONTROL;
use http::{HeaderName, StatusCode};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::passwords::require;
use crate::auth::caller::Caller;
use crate::auth::visitor::Visitor;
use crate::auth::{recovery, second_factor, totp};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::letters::{Letter, SecondFactorNews};
use crate::state::App;

/// Width of a QR code unless it is scaled, in px.
const QR_WIDTH: u32 = 240;
/// What must not be kept on its way.
pub(super) const NO_STORE: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// Shows that it is still them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// One's password.
    pub(super) password: String,
}

/// For an authenticator app. Nothing is asked for before a code of it was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpSetup {
    /// To type in: base32.
    secret: String,
    /// The same as an address that apps open.
    uri: String,
    /// The same as a QR code.
    qr_svg: String,
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpCode {
    /// Six digits.
    code: String,
}

/// Each of these lets one in once. They are shown now and never again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

pub(super) type Secret<T> = ([(HeaderName, &'static str); 1], Json<T>);

/// What logins to one's account ask for besides the password.
#[utoipa::path(get, path = "/me/second-factors", tag = "account", security(("token" = [])),
    responses((status = 200, body = SecondFactors)))]
pub(crate) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<SecondFactors>, ApiError> {
    Ok(Json(app.store.second_factors(caller.user.id).await?))
}

/// Begin to set up one-time codes of an authenticator app (TOTP). Beginning again replaces the secret.
#[utoipa::path(post, path = "/me/second-factors/totp", tag = "account", security(("token" = [])),
    request_body = Confirmation, responses((status = 200, body = TotpSetup)))]
pub(crate) async fn begin_totp(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<Confirmation>,
) -> Result<Secret<TotpSetup>, ApiError> {
    require(&app, &caller, &visitor, "password", &body.password).await?;
    let user = &caller.user;
    let mut secret = [0; totp::SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(ApiError::internal)?;
    let sealed = app.vault.seal(user.id, &secret)?;
    app.store
        .begin_totp(user.id, &sealed, Utc::now())
        .await
        .map_err(set_up_already)?;
    let uri = totp::uri(&secret, &user.username, &app.config.public_url);
    let setup = TotpSetup {
        secret: totp::base32(&secret),
        qr_svg: qr_svg(&uri)?,
        uri,
    };
    Ok((NO_STORE, Json(setup)))
}

fn set_up_already(error: StoreError) -> ApiError {
    match error {
        StoreError::Conflict("totp") => ApiError::conflict("One-time codes are set up already: turn them off first."),
        error => error.into(),
    }
}

/// Black on white whatever the page's colours: not all cameras read the reverse.
fn qr_svg(text: &str) -> Result<String, ApiError> {
    let code = QrCode::new(text).map_err(ApiError::internal)?;
    let mut image = code.render::<svg::Color<'_>>();
    Ok(image.min_dimensions(QR_WIDTH, QR_WIDTH).build())
}

/// Have logins ask for one-time codes from now on, by sending one. Answers recovery codes, this once. Nobody is signed
/// out.
#[utoipa::path(post, path = "/me/second-factors/totp/confirm", tag = "account", security(("token" = [])),
    request_body = TotpCode, responses((status = 200, body = RecoveryCodes)))]
pub(crate) async fn confirm_totp(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<TotpCode>,
) -> Result<Secret<RecoveryCodes>, ApiError> {
    let user = caller.user;
    app.budgets
        .take(Budget::Account(visitor.address, &user.username))
        .await?;
    let begin = || ApiError::conflict("Begin to set up one-time codes first.");
    let stored = app.store.totp(user.id).await?.ok_or_else(begin)?;
    if stored.confirmed_at.is_some() {
        return Err(set_up_already(StoreError::Conflict("totp")));
    }
    let now = Utc::now();
    let step = totp::step_of(&second_factor::secret(&app, user.id, &stored)?, &body.code, now);
    let step = step.ok_or_else(|| ApiError::invalid("code", "does not fit: see that your device's clock is right"))?;
    let (codes, hashes) = recovery::make(user.id)?;
    let is_confirmed = app
        .store
        .confirm_totp(user.id, &stored.secret, step, &hashes, now)
        .await?;
    if !is_confirmed {
        return Err(begin());
    }
    let audit = Audit::new(Act::SecondFactorEnabled).detail("one-time codes");
    note(&app, user, audit, SecondFactorNews::On).await;
    Ok((NO_STORE, Json(RecoveryCodes { recovery_codes: codes })))
}

/// Turn one-time codes off, and recovery codes with the last second factor.
#[utoipa::path(delete, path = "/me/second-factors/totp", tag = "account", security(("token" = [])),
    request_body = Confirmation, responses((status = 204)))]
pub(crate) async fn remove_totp(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<Confirmation>,
) -> Result<StatusCode, ApiError> {
    require(&app, &caller, &visitor, "password", &body.password).await?;
    if !app.store.remove_totp(caller.user.id).await? {
        return Err(ApiError::not_found("second factor"));
    }
    let audit = Audit::new(Act::SecondFactorDisabled).detail("one-time codes");
    let is_on = app.store.second_factors(caller.user.id).await?.is_asked_for();
    let news = if is_on {
        SecondFactorNews::CodesOff
    } else {
        SecondFactorNews::Off
    };
    note(&app, caller.user, audit, news).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace all recovery codes by new ones, which are answered this once.
#[utoipa::path(post, path = "/me/second-factors/recovery-codes", tag = "account", security(("token" = [])),
    request_body = Confirmation, responses((status = 200, body = RecoveryCodes)))]
pub(crate) async fn renew_recovery_codes(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<Confirmation>,
) -> Result<Secret<RecoveryCodes>, ApiError> {
    require(&app, &caller, &visitor, "password", &body.password).await?;
    let (codes, hashes) = recovery::make(caller.user.id)?;
    let replaced = app.store.replace_recovery_codes(caller.user.id, &hashes).await;
    replaced.map_err(|error| match error {
        StoreError::Conflict("second_factor") => ApiError::conflict("Set up a second factor first."),
        error => error.into(),
    })?;
    let audit = Audit::new(Act::SecondFactorEnabled).detail("new recovery codes");
    note(&app, caller.user, audit, SecondFactorNews::NewCodes).await;
    Ok((NO_STORE, Json(RecoveryCodes { recovery_codes: codes })))
}

/// In the audit log, and in a mail to the account's owner.
pub(super) async fn note(app: &App, user: User, audit: Audit, news: SecondFactorNews) {
    app.audit(audit.by(&user).user(user.id)).await;
    tracing::info!(user = %user.id, ?news, "second factor changed");
    app.post(Letter::SecondFactor(user, news));
}
