//! The signed-in user of a request.

use axum::extract::FromRequestParts;
use codecrafter_domain::id::LoginId;
use codecrafter_domain::user::{Person, User};
use http::request::Parts;
use http::{HeaderMap, header};

use super::guest;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::state::App;

/// The signed-in user of a request; guests only where they may be.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) login: LoginId,
    /// When the token expires, in seconds since 1970.
    pub(crate) expires: i64,
}

impl Caller {
    /// What others see of them.
    pub(crate) fn person(&self) -> Person {
        Person::from(&self.user)
    }

    /// Finds out whose token this is. A token of a login that has ended is not valid any more.
    pub(crate) async fn by_token(app: &App, token: &str) -> Result<Self, ApiError> {
        let claims = app.tokens.check(token)?;
        let ended = || ApiError::unauthenticated("The login has ended: sign in again.");
        let user = app.store.login_user(claims.sid, chrono::Utc::now()).await?;
        let user = user.filter(|user| user.id == claims.sub).ok_or_else(ended)?;
        Ok(Self {
            user,
            login: claims.sid,
            expires: claims.exp,
        })
    }
}

/// The token of the Authorization header (RFC 6750).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token =
            bearer(&parts.headers).ok_or_else(|| ApiError::unauthenticated("Send a token: Authorization: Bearer …"))?;
        let caller = Self::by_token(app, token).await?;
        app.budgets.take(Budget::General(caller.user.id)).await?;
        guest::check(&caller.user, parts, app).await?;
        Ok(caller)
    }
}
