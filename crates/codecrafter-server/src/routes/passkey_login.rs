//! Signing in by a passkey: without a password, or as the second step after one.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::UserId;
use codecrafter_store::passkeys::StoredPasskey;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Answer, begin_login_by};
use super::mfa::{TRIES, challenge_token, end_waiting, over, try_to_finish};
use super::second_factors::{NO_STORE, Secret};
use crate::auth::passkeys::{self, PasskeyAnswer, PasskeyRequest, Refusal};
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::state::App;

/// Where passkeys are good for.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyDomain {
    /// The host that pages must be at for their browser to use passkeys; null where the server takes none.
    #[schema(required)]
    domain: Option<String>,
}

/// Which login is to be gone on with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitingLogin {
    /// From the answer to the password.
    challenge: String,
}

/// The second step of a login, by a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyStep {
    /// From the answer to the password.
    challenge: String,
    /// What the browser has answered.
    answer: PasskeyAnswer,
}

/// Whether one can sign in by a passkey here, and at which host.
#[utoipa::path(get, path = "/auth/passkey", tag = "auth", responses((status = 200, body = PasskeyDomain)))]
pub(crate) async fn domain(State(app): State<App>) -> Json<PasskeyDomain> {
    let domain = app.passkeys.domain().map(str::to_owned);
    Json(PasskeyDomain { domain })
}

/// Begin to sign in by a passkey alone: what to ask the browser for. The answer tells nothing about accounts.
#[utoipa::path(post, path = "/auth/passkey", tag = "auth", responses((status = 200, body = PasskeyRequest)))]
pub(crate) async fn begin(State(app): State<App>, visitor: Visitor) -> Result<Secret<PasskeyRequest>, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    Ok((NO_STORE, Json(passkeys::ask_anybody(&app).await?)))
}

/// Sign in by a passkey alone. Its device has checked who uses it, so that no other factor is asked for.
#[utoipa::path(post, path = "/auth/passkey/finish", tag = "auth",
    request_body = PasskeyAnswer, responses((status = 200, body = super::auth::TokenAnswer)))]
pub(crate) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<PasskeyAnswer>,
) -> Result<Answer, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    match passkeys::check_anybodys(&app, &body).await? {
        Ok(passkey) => {
            let user = app.store.user(passkey.user).await?;
            begin_login_by(&app, user, &visitor, StatusCode::OK, Some("passkey alone".into())).await
        }
        Err((refusal, passkey)) => {
            let user = passkey.as_ref().map(|passkey| passkey.user);
            audit_refused(&app, refusal, user, passkey.as_ref(), &visitor).await;
            // The same whatever is wrong: nobody learns whose passkeys there are.
            Err(ApiError::unauthenticated(
                "This passkey is not known here, or its answer came too late: try again, or sign in by your password.",
            ))
        }
    }
}

/// Go on with a login by a passkey: what to ask the browser for.
#[utoipa::path(post, path = "/auth/mfa/passkey", tag = "auth",
    request_body = WaitingLogin, responses((status = 200, body = PasskeyRequest)))]
pub(crate) async fn begin_step(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<WaitingLogin>,
) -> Result<Secret<PasskeyRequest>, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let token = challenge_token(&body.challenge)?;
    let user = app.store.challenge_user(&token, TRIES, Utc::now()).await?;
    let user = user.ok_or_else(over)?;
    if app.store.passkeys(user).await?.is_empty() {
        return Err(ApiError::conflict(
            "This account has no passkey: use another second factor.",
        ));
    }
    Ok((NO_STORE, Json(passkeys::ask_to_sign(&app, user).await?)))
}

/// Finish a login by a passkey. It counts as a try, as with `POST /auth/mfa`.
#[utoipa::path(post, path = "/auth/mfa/passkey/finish", tag = "auth",
    request_body = PasskeyStep, responses((status = 200, body = super::auth::TokenAnswer)))]
pub(crate) async fn finish_step(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<PasskeyStep>,
) -> Result<Answer, ApiError> {
    let (token, user) = try_to_finish(&app, &visitor, &body.challenge).await?;
    if let Err((refusal, passkey)) = passkeys::check_signed(&app, user, &body.answer).await? {
        audit_refused(&app, refusal, Some(user), passkey.as_ref(), &visitor).await;
        return Err(ApiError::invalid(
            "answer",
            "is not of a passkey of this account, or came too late: ask again",
        ));
    }
    end_waiting(&app, &token).await?;
    let user = app.store.user(user).await?;
    begin_login_by(&app, user, &visitor, StatusCode::OK, Some("passkey".into())).await
}

async fn audit_refused(
    app: &App,
    refusal: Refusal,
    user: Option<UserId>,
    passkey: Option<&StoredPasskey>,
    visitor: &Visitor,
) {
    let detail = match refusal {
        Refusal::Over => "passkey answered nothing that was asked",
        Refusal::Wrong => "wrong passkey",
        Refusal::CountsBack => "passkey counted backwards",
    };
    let mut failed = Audit::new(Act::LoginFailed).detail(detail);
    if let Some(user) = user {
        failed = failed.user(user);
    }
    if let Some(passkey) = passkey {
        failed = failed.object(passkey.id.0);
    }
    app.audit(failed).await;
    let user = user.map(tracing::field::display);
    if refusal == Refusal::CountsBack {
        tracing::warn!(user, address = %visitor.address, "login refused: a passkey counted backwards, it may have been copied");
    } else {
        tracing::info!(user, address = %visitor.address, detail, "login refused");
    }
}
