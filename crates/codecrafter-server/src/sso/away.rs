//! What a browser keeps while it is away at a provider: a signed cookie. The server keeps nothing of those who never come
//! back; of those who do, that they have, so that each comes back once.

use std::time::Duration;

use chrono::Utc;
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_sso::Flow;
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::problem::{Page, Problem};
use crate::auth::cookie::value;
use crate::error::ApiError;
use crate::state::App;

/// How long somebody may take at the provider.
const LIFE: Duration = Duration::from_mins(10);
const NAME: &str = "codecrafter_sso";
const PATH: &str = "/api/v1/auth/providers";

/// What a browser keeps.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Away {
    jti: Uuid,
    provider: String,
    pub(crate) flow: Flow,
    pub(crate) aim: Aim,
    exp: i64,
}

/// What for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    /// Signing in, to go there.
    SignIn(String),
    /// Connecting this account, from this login.
    Connect(UserId, LoginId),
}

impl Aim {
    /// Where it is told if that does not work.
    pub(crate) fn page(&self) -> Page<'_> {
        match self {
            Self::SignIn(next) => Page::Login(next),
            Self::Connect(..) => Page::Account,
        }
    }
}

/// Has the browser keep it. One at a time: of two flows side by side the later one counts.
pub(crate) fn keep(app: &App, provider: &str, flow: Flow, aim: Aim) -> Result<HeaderMap, ApiError> {
    let now = Utc::now();
    let away = Away {
        jti: Uuid::new_v4(),
        provider: provider.to_owned(),
        flow,
        aim,
        exp: (now + LIFE).timestamp(),
    };
    Ok(cookie(app, &app.tokens.issue_away(away, now)?, LIFE))
}

/// Takes it back.
pub(crate) fn forget(app: &App) -> HeaderMap {
    cookie(app, "", Duration::ZERO)
}

fn cookie(app: &App, value: &str, life: Duration) -> HeaderMap {
    let life = cookie::time::Duration::try_from(life).unwrap_or_default();
    let cookie = Cookie::build((NAME, value))
        .path(PATH)
        .http_only(true)
        // The way back is a link of another site.
        .same_site(SameSite::Lax)
        .secure(app.config.public_url.scheme() == "https")
        .max_age(life)
        .build();
    let value = HeaderValue::try_from(cookie.to_string());
    let value = value.expect("a token and attributes are visible ASCII");
    HeaderMap::from_iter([(header::SET_COOKIE, value)])
}

/// What this browser has kept for this provider, if we made it and it is not too old.
pub(crate) fn kept(app: &App, headers: &HeaderMap, provider: &str) -> Option<Away> {
    let token = value(headers, NAME)?;
    let away: Away = app.tokens.check_away(&token).ok()?;
    (away.provider == provider).then_some(away)
}

impl Away {
    /// Uses it up: of those who bring the same, whoever is counted first goes on. Without a counter nobody does.
    pub(crate) async fn spend(&self, app: &App) -> Result<(), Problem> {
        let key = format!("sso:{}", self.jti);
        let counted = app.ephemeral.count(&key, 1, 2 * LIFE).await.map_err(ApiError::from)?;
        if counted.total > 1 {
            return Err(Problem::Expired);
        }
        Ok(())
    }
}
