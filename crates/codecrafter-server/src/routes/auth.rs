//! Accounts and logins.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::{LoginId, SessionId, UserId};
use codecrafter_domain::text;
use codecrafter_domain::user::{User, color_for};
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::types::Rotation;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::cookie;
use crate::auth::tokens::{ACCESS_LIFE, refresh_hash, refresh_life, refresh_token, successor};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract::{self, OptionalJson};
use crate::state::{App, Registration};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// 3 to 32 characters of a-z, 0-9, _ and -; upper case folds.
    #[schema(min_length = 3, max_length = 32, pattern = "^[a-zA-Z0-9][a-zA-Z0-9_-]*$")]
    username: String,
    /// An email address.
    email: String,
    /// 8 to 128 characters.
    #[schema(min_length = 8, max_length = 128)]
    password: String,
    /// Name shown to others, 1 to 64 characters; the user name unless given.
    #[serde(default)]
    display_name: Option<String>,
}

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// User name or email address.
    login: String,
    /// The password.
    password: String,
}

/// A refresh token; browsers send theirs in a cookie instead.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    /// From the answer before.
    #[serde(default)]
    refresh_token: Option<String>,
}

/// Who is in now, and with what.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    user: User,
    /// For the Authorization header.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Life of `access_token` in seconds.
    expires_in: i64,
    /// For the next refresh; each can be used once. Browsers get it in a cookie, too.
    refresh_token: String,
}

pub(super) type Answer = (StatusCode, HeaderMap, Json<TokenAnswer>);

/// Make an account and log in.
#[utoipa::path(post, path = "/auth/register", tag = "auth",
    request_body = Register, responses((status = 201, body = TokenAnswer)))]
pub(crate) async fn register(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    extract::Json(body): extract::Json<Register>,
) -> Result<Answer, ApiError> {
    if app.config.registration == Registration::Closed {
        return Err(ApiError::forbidden("New accounts are made by the administrator here."));
    }
    app.budgets.take(Budget::Register(address.ip())).await?;
    let user = check(&body)?;
    let hash = app.passwords.hash(body.password).await?;
    app.store.create_user(&user, &hash).await?;
    app.audit(Audit::new(Act::AccountRegistered).by(&user).user(user.id))
        .await;
    tracing::info!(user = %user.id, "account made");
    begin_login(&app, user, StatusCode::CREATED).await
}

fn check(body: &Register) -> Result<User, Invalid> {
    let mut invalid = Invalid::none();
    let username = invalid.check("username", text::username(&body.username));
    let email = invalid.check("email", text::email(&body.email));
    invalid.check("password", text::password(&body.password));
    let display_name = body.display_name.as_deref().unwrap_or(&body.username);
    let display_name = invalid.check("display_name", text::line(display_name, text::DISPLAY_NAME_CHARS));
    invalid.into_result()?;
    let id = UserId::new();
    Ok(User {
        id,
        username: username.unwrap_or_default(),
        email: email.unwrap_or_default(),
        display_name: display_name.unwrap_or_default(),
        color: color_for(id).to_owned(),
        guest_of: None,
        platform_admin: false,
        created_at: codecrafter_domain::time::now(),
    })
}

/// Log in by user name or email address.
#[utoipa::path(post, path = "/auth/login", tag = "auth",
    request_body = Login, responses((status = 200, body = TokenAnswer)))]
pub(crate) async fn login(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    extract::Json(body): extract::Json<Login>,
) -> Result<Answer, ApiError> {
    let name = body.login.trim().to_lowercase();
    app.budgets.take_login(address.ip(), &name).await?;
    let found = match app.store.user_by_login(&name).await {
        Ok(found) => Some(found),
        Err(StoreError::NotFound | StoreError::Invalid(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let (user, hash) = found.unzip();
    let is_right = app.passwords.verify(body.password, hash).await?;
    match user {
        Some(user) if is_right => {
            app.budgets.know(address.ip(), &name).await;
            begin_login(&app, user, StatusCode::OK).await
        }
        known => {
            let failed = Audit::new(Act::LoginFailed).detail("wrong name or password");
            app.audit(known.iter().fold(failed, |failed, user| failed.user(user.id)))
                .await;
            tracing::info!(address = %address.ip(), "login refused");
            Err(ApiError::unauthenticated("The name or the password is wrong."))
        }
    }
}

/// Begins a login of somebody who has shown who they are.
pub(super) async fn begin_login(app: &App, user: User, status: StatusCode) -> Result<Answer, ApiError> {
    let login = LoginId::new();
    let token = refresh_token(&user)?;
    let expires = Utc::now() + refresh_life(&token);
    let begun = app
        .store
        .create_login(login, user.id, &refresh_hash(&token), expires)
        .await;
    audit_login(app, &user, &begun).await;
    begun?;
    answer(app, user, login, token, status)
}

/// Guests have an entry of their own: they have nothing to sign in with.
async fn audit_login(app: &App, user: &User, begun: &Result<(), StoreError>) {
    let audit = match begun {
        Ok(()) if user.is_guest() => return,
        Ok(()) => Audit::new(Act::LoginSucceeded).by(user),
        Err(StoreError::Conflict("deactivated")) => Audit::new(Act::LoginFailed).detail("account deactivated"),
        Err(_) => return,
    };
    app.audit(audit.user(user.id)).await;
}

fn answer(
    app: &App,
    user: User,
    login: LoginId,
    refresh_token: String,
    status: StatusCode,
) -> Result<Answer, ApiError> {
    let access_token = app.tokens.issue(user.id, login, Utc::now())?;
    let mut headers = cookie::set(&refresh_token, &app.config.public_url);
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    let answer = TokenAnswer {
        user,
        access_token,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.num_seconds(),
        refresh_token,
    };
    Ok((status, headers, Json(answer)))
}

/// Replace a refresh token by its successor and get a fresh access token. A token that is used a second time
/// ends its whole login.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth",
    request_body = Option<Refresh>, responses((status = 200, body = TokenAnswer)))]
pub(crate) async fn refresh(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<Refresh>,
) -> Result<Answer, ApiError> {
    app.budgets.take(Budget::Login(address.ip())).await?;
    let old = presented(&app, &headers, body)?;
    let now = Utc::now();
    let new = successor(&old)?;
    let rotation = app
        .store
        .rotate(&refresh_hash(&old), &refresh_hash(&new), now, now + refresh_life(&new))
        .await?;
    match rotation {
        Rotation::Rotated { user, login } => {
            let user = app.store.user(user).await?;
            if let Some(session) = user.guest_of {
                require_guest(&app, session, user.id).await?;
            }
            answer(&app, user, login, new, StatusCode::OK)
        }
        Rotation::Reused { user, login } => {
            tracing::warn!(%user, %login, address = %address.ip(), "a refresh token was used twice; its login has ended");
            app.audit(Audit::new(Act::RefreshReused).user(user)).await;
            app.logins_changed(user).await;
            Err(ApiError::unauthenticated(
                "This refresh token was used before, so its login has ended: log in again.",
            ))
        }
        Rotation::Unknown => Err(ApiError::unauthenticated(
            "The refresh token is not valid: log in again.",
        )),
    }
}

/// A guest stays signed in for as long as they are in the session, or wait for it.
async fn require_guest(app: &App, session: SessionId, guest: UserId) -> Result<(), ApiError> {
    let ended = || ApiError::unauthenticated("You are not a guest there any more.");
    let role = match app.store.role(session, guest).await {
        Ok(role) => role,
        Err(StoreError::NotFound) => return Err(ended()),
        Err(error) => return Err(error.into()),
    };
    if role.is_none() && !app.store.is_waiting(session, guest).await? {
        return Err(ended());
    }
    Ok(())
}

/// The token of the body or, for our own pages, of the cookie.
fn presented(app: &App, headers: &HeaderMap, body: Refresh) -> Result<String, ApiError> {
    if let Some(token) = body.refresh_token {
        return Ok(token);
    }
    let token = cookie::read(headers).ok_or_else(|| ApiError::unauthenticated("There is no refresh token."))?;
    if cookie::is_own_origin(headers, &app.config.public_url) {
        Ok(token)
    } else {
        Err(ApiError::forbidden("Cookies are taken from our own pages only."))
    }
}

/// End the login that a refresh token belongs to. Open sockets of that login close.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    request_body = Option<Refresh>, responses((status = 204)))]
pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<Refresh>,
) -> Result<(StatusCode, HeaderMap), ApiError> {
    // Whoever has no token is logged out already.
    if body.refresh_token.is_some() || cookie::read(&headers).is_some() {
        let token = presented(&app, &headers, body)?;
        if let Some((user, _)) = app.store.end_login(&refresh_hash(&token)).await? {
            app.audit(Audit::new(Act::LoginEnded).user(user)).await;
            app.logins_changed(user).await;
        }
    }
    Ok((StatusCode::NO_CONTENT, cookie::clear(&app.config.public_url)))
}
