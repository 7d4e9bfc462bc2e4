//! Addresses: confirming them, and changing to another one.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::passwords::{require, spent};
use crate::auth::caller::Caller;
use crate::auth::tokens::refresh_hash;
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::letters::Letter;
use crate::state::App;

/// Another address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChange {
    /// The new one.
    email: String,
    /// One's password; not needed where there is none and one has signed in a moment ago.
    #[serde(default)]
    password: String,
}

/// What a link says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailToken {
    /// From the link in the mail.
    token: String,
}

/// An address that is known to be theirs.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerifiedEmail {
    /// Which.
    email: String,
}

/// Change to another address: it replaces the present one once it is confirmed by the link that is sent there.
#[utoipa::path(post, path = "/me/email", tag = "account", security(("token" = [])),
    request_body = EmailChange, responses((status = 202, body = User)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<EmailChange>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    let email = text::email(&body.email).map_err(|error| ApiError::invalid("email", error))?;
    if email == caller.user.email {
        return Err(ApiError::invalid("email", "is your address already"));
    }
    require(&app, &caller, &visitor, "password", &body.password).await?;
    app.budgets.take(Budget::Mail(&caller.user.email)).await?;
    let user = app.store.set_pending_email(caller.user.id, Some(&email)).await?;
    app.post(Letter::Verify(user.clone()));
    Ok((StatusCode::ACCEPTED, Json(user)))
}

/// Keep the present address after all.
#[utoipa::path(delete, path = "/me/email", tag = "account", security(("token" = [])),
    responses((status = 200, body = User)))]
pub(crate) async fn keep(State(app): State<App>, caller: Caller) -> Result<Json<User>, ApiError> {
    Ok(Json(app.store.set_pending_email(caller.user.id, None).await?))
}

/// Have the link that confirms one's address (the new one, while there is one) sent again.
#[utoipa::path(post, path = "/me/email/verification", tag = "account", security(("token" = [])),
    responses((status = 202)))]
pub(crate) async fn resend(State(app): State<App>, caller: Caller) -> Result<StatusCode, ApiError> {
    if caller.user.email_verified && caller.user.pending_email.is_none() {
        return Err(ApiError::conflict("Your address is confirmed already."));
    }
    app.budgets.take(Budget::Mail(&caller.user.email)).await?;
    app.post(Letter::Verify(caller.user));
    Ok(StatusCode::ACCEPTED)
}

/// Confirm an address by the link of a mail.
#[utoipa::path(post, path = "/auth/email/verify", tag = "auth",
    request_body = EmailToken, responses((status = 200, body = VerifiedEmail)))]
pub(crate) async fn verify(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<EmailToken>,
) -> Result<Json<VerifiedEmail>, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let token = refresh_hash(&body.token);
    let confirmed = app.store.confirm_email(&token, Utc::now()).await?.ok_or_else(spent)?;
    let email = confirmed.user.email.clone();
    let act = match confirmed.replaced {
        Some(_) => Act::EmailChanged,
        None => Act::EmailVerified,
    };
    app.audit(Audit::new(act).by(&confirmed.user).user(confirmed.user.id))
        .await;
    tracing::info!(user = %confirmed.user.id, "address confirmed");
    app.known.forget(confirmed.user.id);
    if let Some(before) = confirmed.replaced {
        app.post(Letter::AddressChanged {
            user: confirmed.user,
            before,
        });
    }
    Ok(Json(VerifiedEmail { email }))
}
