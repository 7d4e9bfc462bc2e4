//! The second step of a login: a login is begun only here, or where nothing more is asked for.

use axum::Json;
use axum::extract::State;
use chrono::{TimeDelta, Utc};
use codecrafter_domain::audit::{Act, Audit, Detail};
use codecrafter_domain::id::UserId;
use codecrafter_domain::second_factor::SecondFactors;
use codecrafter_domain::user::User;
use codecrafter_store::second_factors::NewChallenge;
use codecrafter_store::types::TokenHash;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;
use utoipa::ToSchema;

use super::auth::{Answer, TokenAnswer, audit_refused, begin_login_by};
use crate::auth::second_factor;
use crate::auth::tokens::{random_text, refresh_hash};
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::letters::{Letter, SecondFactorNews};
use crate::state::App;

/// How long the second step may take.
const CHALLENGE_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Codes that may be tried with one challenge.
pub(super) const TRIES: u32 = 5;
/// Challenges that an account has at once.
const CHALLENGES: u64 = 20;
/// Longest challenge or code that is looked at, in bytes.
const MAX_BYTES: usize = 128;

/// Who is in now, or what else it takes.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LoginAnswer {
    /// They are in.
    Tokens(Box<TokenAnswer>),
    /// The account has a second factor.
    Challenge(ChallengeAnswer),
}

/// The password was right; the login begins with the second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeAnswer {
    /// Always true.
    mfa_required: bool,
    /// For `POST /auth/mfa`; a few tries, one login.
    challenge: String,
    /// What will do.
    methods: Vec<SecondFactorKind>,
    /// Life of `challenge` in seconds.
    expires_in: i64,
}

/// A second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecondFactorKind {
    /// A passkey, by `POST /auth/mfa/passkey`.
    Passkey,
    /// A code of an authenticator app, by `POST /auth/mfa`.
    Totp,
    /// A recovery code, by `POST /auth/mfa`.
    RecoveryCode,
}

/// A second factor that is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodeKind {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
}

/// The second step of a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondStep {
    /// From the answer to the password.
    challenge: String,
    /// What is presented.
    method: CodeKind,
    /// The code.
    code: String,
}

pub(super) type LoginResponse = (StatusCode, HeaderMap, Json<LoginAnswer>);

/// What somebody got who has shown by one means who they are.
pub(super) enum Begun {
    /// A login.
    Login(Box<Answer>),
    /// What to go on with.
    Challenge(ChallengeAnswer),
}

/// Begins a login of somebody who has shown by one means who they are, unless their account asks for a second one: then
/// all that they get is a challenge. Every way to sign in to an account that exists ends here; `how` is a word for the
/// audit log.
pub(super) async fn begin_login_or_challenge(
    app: &App,
    user: User,
    visitor: &Visitor,
    how: Option<Detail>,
) -> Result<Begun, ApiError> {
    let factors = app.store.second_factors(user.id).await?;
    if factors.is_asked_for() {
        return Ok(Begun::Challenge(challenge(app, &user, &factors).await?));
    }
    let answer = begin_login_by(app, user, visitor, StatusCode::OK, how).await?;
    Ok(Begun::Login(Box::new(answer)))
}

async fn challenge(app: &App, user: &User, factors: &SecondFactors) -> Result<ChallengeAnswer, ApiError> {
    let challenge = random_text::<32>()?;
    let now = Utc::now();
    let new = NewChallenge {
        token: refresh_hash(&challenge),
        user: user.id,
        now,
        expires_at: now + CHALLENGE_LIFE,
        most: CHALLENGES,
    };
    if let Err(error) = app.store.create_challenge(&new).await {
        audit_refused(app, user, &error).await;
        return Err(error.into());
    }
    Ok(ChallengeAnswer {
        mfa_required: true,
        challenge,
        methods: methods(app, factors),
        expires_in: CHALLENGE_LIFE.num_seconds(),
    })
}

/// As an answer in JSON.
pub(super) fn respond(begun: Begun) -> LoginResponse {
    match begun {
        Begun::Login(login) => {
            let (status, headers, Json(answer)) = *login;
            (status, headers, Json(LoginAnswer::Tokens(Box::new(answer))))
        }
        Begun::Challenge(answer) => {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-store"))]);
            (StatusCode::OK, headers, Json(LoginAnswer::Challenge(answer)))
        }
    }
}

impl ChallengeAnswer {
    /// The page that goes on with it, for browsers that come from elsewhere. What stands behind the `#` is sent to no
    /// server.
    pub(super) fn page(&self, next: &str) -> String {
        let next: String = byte_serialize(next.as_bytes()).collect();
        let methods: Vec<_> = self.methods.iter().map(|method| method.word()).collect();
        format!(
            "/login?next={next}#challenge={}&methods={}",
            self.challenge,
            methods.join(",")
        )
    }
}

impl SecondFactorKind {
    /// As in JSON.
    fn word(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => CodeKind::Totp.word(),
            Self::RecoveryCode => CodeKind::RecoveryCode.word(),
        }
    }
}

impl CodeKind {
    /// As in JSON.
    fn word(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

fn methods(app: &App, factors: &SecondFactors) -> Vec<SecondFactorKind> {
    let has_passkey = !factors.passkeys.is_empty() && app.passkeys.domain().is_some();
    let passkey = has_passkey.then_some(SecondFactorKind::Passkey);
    let totp = factors.totp.as_ref().map(|_| SecondFactorKind::Totp);
    let recovery = (factors.recovery_codes > 0).then_some(SecondFactorKind::RecoveryCode);
    passkey.into_iter().chain(totp).chain(recovery).collect()
}

/// Counts a try to finish a login, and says which and whose.
pub(super) async fn try_to_finish(
    app: &App,
    visitor: &Visitor,
    challenge: &str,
) -> Result<(TokenHash, UserId), ApiError> {
    app.budgets.take(Budget::Login(visitor.address)).await?;
    let token = challenge_token(challenge)?;
    let user = app.store.try_challenge(&token, TRIES, Utc::now()).await?;
    let user = user.ok_or_else(over)?;
    // Whoever is counted here knows the password: nobody else can use this up.
    app.budgets.take(Budget::SecondFactor(user)).await?;
    Ok((token, user))
}

/// Ends the waiting of a login whose second factor was right: of several at once, one goes on.
pub(super) async fn end_waiting(app: &App, token: &TokenHash) -> Result<(), ApiError> {
    if app.store.end_challenge(token).await? {
        Ok(())
    } else {
        Err(over())
    }
}

/// What is stored of a challenge.
pub(super) fn challenge_token(challenge: &str) -> Result<TokenHash, ApiError> {
    if challenge.len() > MAX_BYTES {
        return Err(over());
    }
    Ok(refresh_hash(challenge))
}

/// Finish a login by a second factor. A challenge is good for one login, within five minutes, and for five tries; all
/// challenges of an account together are good for a few tries in a quarter of an hour.
#[utoipa::path(post, path = "/auth/mfa", tag = "auth",
    request_body = SecondStep, responses((status = 200, body = TokenAnswer)))]
pub(crate) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(body): extract::Json<SecondStep>,
) -> Result<Answer, ApiError> {
    let (token, user) = try_to_finish(&app, &visitor, &body.challenge).await?;
    if !is_right(&app, user, body.method, &body.code).await? {
        return Err(refuse(&app, user, body.method, &visitor).await);
    }
    end_waiting(&app, &token).await?;
    let user = app.store.user(user).await?;
    if body.method == CodeKind::RecoveryCode {
        let left = app.store.second_factors(user.id).await?.recovery_codes;
        app.post(Letter::SecondFactor(user.clone(), SecondFactorNews::CodeUsed { left }));
    }
    begin_login_by(&app, user, &visitor, StatusCode::OK, Some(body.method.word().into())).await
}

async fn is_right(app: &App, user: UserId, method: CodeKind, code: &str) -> Result<bool, ApiError> {
    if code.len() > MAX_BYTES {
        return Ok(false);
    }
    match method {
        CodeKind::Totp => second_factor::spend_totp(app, user, code).await,
        CodeKind::RecoveryCode => second_factor::spend_recovery_code(app, user, code).await,
    }
}

async fn refuse(app: &App, user: UserId, method: CodeKind, visitor: &Visitor) -> ApiError {
    let detail = match method {
        CodeKind::Totp => "wrong one-time code",
        CodeKind::RecoveryCode => "wrong recovery code",
    };
    app.audit(Audit::new(Act::LoginFailed).user(user).detail(detail)).await;
    tracing::info!(%user, address = %visitor.address, detail, "login refused");
    ApiError::invalid("code", "is wrong, or was used before")
}

/// A challenge that never was, has expired, was used, or was tried too often.
pub(super) fn over() -> ApiError {
    ApiError::unauthenticated("This login has taken too long, or was tried too often: begin again with the password.")
}
