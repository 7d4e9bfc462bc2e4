//! Changing a password, and getting a new one for one that was forgotten.

use axum::extract::State;
use chrono::{TimeDelta, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::types::LinkPurpose;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::auth::tokens::refresh_hash;
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::letters::Letter;
use crate::state::App;

/// How long somebody without a password is known to be there after they have signed in.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// One password for another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one until now; not needed where there is none and one has signed in a moment ago.
    #[serde(default)]
    current_password: String,
    /// 8 to 128 characters, not one that everybody tries first.
    new_password: String,
}

/// Who has forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    /// The account's address.
    email: String,
}

/// A new password by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// From the link in the mail.
    token: String,
    /// 8 to 128 characters, not one that everybody tries first.
    password: String,
}

/// Change one's password. All other logins end at once, with their access tokens and connections.
#[utoipa::path(post, path = "/me/password", tag = "account", security(("token" = [])),
    request_body = PasswordChange, responses((status = 204)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    let password = check_new("new_password", &body.new_password, &caller.user)?;
    require(&app, &caller, &visitor, "current_password", &body.current_password).await?;
    let hash = app.passwords.hash(password).await?;
    app.store.set_password(caller.user.id, &hash, caller.login()).await?;
    app.audit(Audit::new(Act::PasswordChanged).by(&caller.user).user(caller.user.id))
        .await;
    tracing::info!(user = %caller.user.id, "password changed");
    app.logins_changed(caller.user.id).await;
    app.post(Letter::PasswordChanged(caller.user));
    Ok(StatusCode::NO_CONTENT)
}

/// Ask for a link to a new password. The answer is the same whether there is such an account or not; where there is, a
/// mail with a link goes to its address, which works once, within an hour.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "auth",
    request_body = Forgotten, responses((status = 202)))]
pub(crate) async fn forgot(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<Forgotten>,
) -> Result<StatusCode, ApiError> {
    let email = text::email(&body.email).map_err(|error| ApiError::invalid("email", error))?;
    app.budgets.take(Budget::Login(visitor.address)).await?;
    app.budgets.take(Budget::Account(visitor.address, &email)).await?;
    // Not whose address it is: the answer takes the same time for all.
    app.audit(Audit::new(Act::PasswordResetRequested)).await;
    app.post(Letter::Forgotten(email));
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password by the link of a mail. All logins end at once; log in with the new one.
#[utoipa::path(post, path = "/auth/password/reset", tag = "auth",
    request_body = PasswordReset, responses((status = 204)))]
pub(crate) async fn reset(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<PasswordReset>,
) -> Result<StatusCode, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let token = refresh_hash(&body.token);
    let user = app.store.link_user(&token, LinkPurpose::Reset, Utc::now()).await?;
    let user = user.ok_or_else(spent)?;
    let password = check_new("password", &body.password, &user)?;
    let hash = app.passwords.hash(password).await?;
    let id = app
        .store
        .reset_password(&token, &hash, Utc::now())
        .await?
        .ok_or_else(spent)?;
    app.audit(Audit::new(Act::PasswordReset).by(&user).user(id)).await;
    tracing::info!(user = %id, "password reset by a link");
    app.logins_changed(id).await;
    app.post(Letter::PasswordChanged(user));
    Ok(StatusCode::NO_CONTENT)
}

/// A link that was used, is too old, or never was.
pub(super) fn spent() -> ApiError {
    ApiError::gone("This link does not work any more: ask for another one.")
}

/// Checks a new password against what others know of its owner, and gives what is to be hashed.
pub(super) fn check_new(field: &str, password: &str, owner: &User) -> Result<String, Invalid> {
    let own = [owner.username.as_str(), &owner.email, &owner.display_name];
    text::password(password, &own).map_err(|error| Invalid::one(field, error))
}

/// Has somebody who is signed in show that it is still them, before what cannot be taken back.
pub(super) async fn require(
    app: &App,
    caller: &Caller,
    visitor: &Visitor,
    field: &str,
    password: &str,
) -> Result<(), ApiError> {
    app.budgets
        .take(Budget::Account(visitor.address, &caller.user.username))
        .await?;
    let hash = app.store.password_hash(caller.user.id).await?;
    if hash.is_empty() {
        return require_recent(app, caller).await;
    }
    if app
        .passwords
        .verify(text::normalise_password(password), Some(hash))
        .await?
    {
        return Ok(());
    }
    tracing::info!(user = %caller.user.id, address = %visitor.address, "password refused");
    Err(ApiError::invalid(field, "is not your password"))
}

/// Who has no password shows that it is them by signing in again.
async fn require_recent(app: &App, caller: &Caller) -> Result<(), ApiError> {
    let now = Utc::now();
    let logins = app.store.logins(caller.user.id, now).await?;
    let current = logins.iter().find(|login| Some(login.id) == caller.login());
    if current.is_some_and(|login| now - login.created_at < RECENT) {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "Your account has no password. To show that it is you, sign out and in again, and do this within ten minutes.",
    ))
}
