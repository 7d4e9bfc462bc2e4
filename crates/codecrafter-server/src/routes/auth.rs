//! Accounts and logins.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit, Detail};
use codecrafter_domain::id::{LoginId, SessionId, UserId};
use codecrafter_domain::text;
use codecrafter_domain::user::User;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::types::{NewLogin, Rotation};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mfa::{LoginAnswer, LoginResponse, begin_login_or_challenge, respond};
use super::passwords::check_new;
use crate::auth::cookie;
use crate::auth::tokens::{ACCESS_LIFE, refresh_hash, refresh_life, refresh_token, successor};
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract::{self, OptionalJson};
use crate::letters::Letter;
use crate::state::{App, Registration};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// 3 to 32 letters and digits of one script, _ and -; upper case folds.
    #[schema(min_length = 3, max_length = 32)]
    username: String,
    /// An email address.
    email: String,
    /// 8 to 128 characters, not one that everybody tries first.
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
    visitor: Visitor,
    extract::Json(body): extract::Json<Register>,
) -> Result<Answer, ApiError> {
    if app.config.registration == Registration::Closed {
        return Err(ApiError::forbidden("New accounts are made by the administrator here."));
    }
    app.budgets.take(Budget::Register(visitor.address)).await?;
    let (user, password) = check(&body)?;
    let hash = app.passwords.hash(password).await?;
    app.store.create_user(&user, &hash).await?;
    app.audit(Audit::new(Act::AccountRegistered).by(&user).user(user.id))
        .await;
    tracing::info!(user = %user.id, "account made");
    app.post(Letter::Verify(user.clone()));
    begin_login(&app, user, &visitor, StatusCode::CREATED).await
}

/// The account, and the password to be hashed.
fn check(body: &Register) -> Result<(User, String), Invalid> {
    let mut invalid = Invalid::none();
    let username = invalid.check("username", text::username(&body.username));
    let email = invalid.check("email", text::email(&body.email));
    let display_name = body.display_name.as_deref().unwrap_or(&body.username);
    let display_name = invalid.check("display_name", text::line(display_name, text::DISPLAY_NAME_CHARS));
    let user = User::account(
        username.unwrap_or_default(),
        email.unwrap_or_default(),
        display_name.unwrap_or_default(),
        codecrafter_domain::time::now(),
    );
    match (check_new("password", &body.password, &user), invalid.into_result()) {
        (Ok(password), Ok(())) => Ok((user, password)),
        (Err(password), Ok(())) => Err(password),
        (Ok(_), Err(others)) => Err(others),
        (Err(password), Err(others)) => Err(Invalid([others.0, password.0].concat())),
    }
}

/// Log in by user name or email address. Where the account has a second factor, the answer is a challenge to go on with.
#[utoipa::path(post, path = "/auth/login", tag = "auth",
    request_body = Login, responses((status = 200, body = LoginAnswer)))]
pub(crate) async fn login(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<Login>,
) -> Result<LoginResponse, ApiError> {
    let name = text::login(&body.login);
    app.budgets.take_login(visitor.address, &name).await?;
    let found = match app.store.user_by_login(&name).await {
        Ok(found) => Some(found),
        Err(StoreError::NotFound | StoreError::Invalid(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let (user, hash) = found.unzip();
    let is_right = app
        .passwords
        .verify(text::normalise_password(&body.password), hash)
        .await?;
    match user {
        Some(user) if is_right => {
            app.budgets.know(visitor.address, &name).await;
            Ok(respond(begin_login_or_challenge(&app, user, &visitor, None).await?))
        }
        known => {
            let failed = Audit::new(Act::LoginFailed).detail("wrong name or password");
            app.audit(known.iter().fold(failed, |failed, user| failed.user(user.id)))
                .await;
            tracing::info!(address = %visitor.address, "login refused");
            Err(ApiError::unauthenticated("The name or the password is wrong."))
        }
    }
}

/// Begins a login of somebody who has shown who they are, by all that their account asks for.
pub(super) async fn begin_login(
    app: &App,
    user: User,
    visitor: &Visitor,
    status: StatusCode,
) -> Result<Answer, ApiError> {
    begin_login_by(app, user, visitor, status, None).await
}

/// The same, with a word for how they have.
pub(super) async fn begin_login_by(
    app: &App,
    user: User,
    visitor: &Visitor,
    status: StatusCode,
    how: Option<Detail>,
) -> Result<Answer, ApiError> {
    let login = LoginId::new();
    let token = refresh_token(&user)?;
    let now = Utc::now();
    let new = NewLogin {
        id: login,
        user: user.id,
        token: refresh_hash(&token),
        device: visitor.device.clone(),
        now,
        expires_at: now + refresh_life(&token),
    };
    if let Err(error) = app.store.create_login(&new).await {
        audit_refused(app, &user, &error).await;
        return Err(error.into());
    }
    // Guests have an entry of their own: they have nothing to sign in with.
    if !user.is_guest() {
        let succeeded = Audit::new(Act::LoginSucceeded).by(&user).user(user.id);
        app.audit(how.into_iter().fold(succeeded, Audit::detail)).await;
    }
    answer(app, user, login, token, status)
}

/// Records that somebody may not sign in, if that is why.
pub(super) async fn audit_refused(app: &App, user: &User, error: &StoreError) {
    if matches!(error, StoreError::Conflict("deactivated")) {
        let refused = Audit::new(Act::LoginFailed).detail("account deactivated");
        app.audit(refused.user(user.id)).await;
    }
}

fn answer(
    app: &App,
    user: User,
    login: LoginId,
    refresh_token: String,
    status: StatusCode,
) -> Result<Answer, ApiError> {
    let now = Utc::now();
    let access_token = app.tokens.issue(user.id, login, now)?;
    let life = refresh_life(&refresh_token);
    let socket = app.tokens.issue_socket(user.id, login, now + life, now)?;
    let mut headers = cookie::set(&refresh_token, &socket, life, &app.config.public_url);
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
    visitor: Visitor,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<Refresh>,
) -> Result<Answer, ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let old = presented(&app, &headers, body)?;
    let now = Utc::now();
    let new = successor(&old)?;
    let (spent, next, expires) = (refresh_hash(&old), refresh_hash(&new), now + refresh_life(&new));
    let rotation = app.store.rotate(&spent, &next, &visitor.device, now, expires).await?;
    match rotation {
        Rotation::Rotated { user, login } => {
            let user = app.store.user(user).await?;
            if let Some(session) = user.guest_of {
                require_guest(&app, session, user.id).await?;
            }
            answer(&app, user, login, new, StatusCode::OK)
        }
        Rotation::Reused { user, login } => {
            tracing::warn!(%user, %login, address = %visitor.address, "a refresh token was used twice; its login has ended");
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
    cookie::guard(headers, &app.config.public_url)?;
    Ok(token)
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
