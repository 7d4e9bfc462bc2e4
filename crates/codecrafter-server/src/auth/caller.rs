//! The signed-in user of a request.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath};
use chrono::Utc;
use codecrafter_domain::api_key::Scope;
use codecrafter_domain::id::{ApiKeyId, LoginId, UserId};
use codecrafter_domain::user::{Person, User};
use http::request::Parts;
use http::{HeaderMap, header};

use super::api_keys::{self, Presented};
use super::guest;
use super::known::{Holder, Name};
use super::scopes::{self, Socket};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::state::App;

/// Longest time that a socket looks ahead, for what never expires.
const NO_EXPIRY: Duration = Duration::from_hours(24 * 365);

/// The signed-in user of a request; guests only where they may be, keys only with the scope.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: User,
    /// What they signed in with.
    pub(crate) credential: Credential,
    /// When it expires, in seconds since 1970; `None` for never.
    expires: Option<i64>,
}

/// What somebody signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An access token of a login.
    Login(LoginId),
    /// An API key, good for these.
    Key(ApiKeyId, Vec<Scope>),
}

/// Whether an answer of a moment ago is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// For reading.
    Recent,
    /// For what changes something, and for what stays open.
    Now,
}

impl Caller {
    /// What others see of them.
    pub(crate) fn person(&self) -> Person {
        Person::from(&self.user)
    }

    /// Finds out who is at a socket, and whether what they signed in with is good for it.
    pub(crate) async fn at_socket(app: &App, socket: Socket, token: &str) -> Result<Self, ApiError> {
        Self::by_token(app, token, Freshness::Now).await?.fit(socket)
    }

    /// Somebody who has signed in before: whether that still holds, and what they may do by it now.
    pub(super) async fn again(app: &App, name: Name, user: UserId, expires: Option<i64>) -> Result<Self, ApiError> {
        let holder = find(app, name, Freshness::Now).await?;
        let holder = holder.filter(|holder| holder.user().id == user);
        let holder = holder.ok_or_else(|| ApiError::unauthenticated("The login has ended: sign in again."))?;
        let credential = match (name, holder.as_ref()) {
            (Name::Key(key), Holder::Key(holder)) => Credential::Key(key, holder.key.scopes.clone()),
            (Name::Login(login), _) => Credential::Login(login),
            (Name::Key(_), Holder::Login(_)) => return Err(ApiError::internal("a key is found as a login")),
        };
        Ok(Self {
            user: holder.user().clone(),
            credential,
            expires,
        })
    }

    /// What they signed in with.
    pub(crate) fn name(&self) -> Name {
        match &self.credential {
            Credential::Login(login) => Name::Login(*login),
            Credential::Key(key, _) => Name::Key(*key),
        }
    }

    /// The login; `None` for an API key.
    pub(crate) fn login(&self) -> Option<LoginId> {
        match &self.credential {
            Credential::Login(login) => Some(*login),
            Credential::Key(..) => None,
        }
    }

    /// When what they signed in with expires, in seconds since 1970; `None` for never.
    pub(crate) fn expires(&self) -> Option<i64> {
        self.expires
    }

    /// Refuses an API key that is not good for a socket.
    pub(super) fn fit(self, socket: Socket) -> Result<Self, ApiError> {
        if let Credential::Key(_, scopes) = &self.credential {
            socket.needs().check(scopes)?;
        }
        Ok(self)
    }

    /// How long what they signed in with is good, unless it ends before.
    pub(crate) fn time_left(&self) -> Duration {
        let left = self.expires.map(|expires| expires - Utc::now().timestamp());
        let left = left.map(|left| Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        left.unwrap_or(NO_EXPIRY).min(NO_EXPIRY)
    }

    /// Whether what they signed in with has neither ended nor expired.
    pub(crate) async fn is_live(&self, app: &App) -> Result<bool, ApiError> {
        let now = Utc::now();
        Ok(match &self.credential {
            Credential::Login(login) => app.store.login_is_live(*login, now).await?,
            Credential::Key(key, _) => app.store.api_key_holder(*key, now).await?.is_some(),
        })
    }

    /// Finds out whose token this is. A token of a login that has ended is not valid any more.
    async fn by_token(app: &App, token: &str, freshness: Freshness) -> Result<Self, ApiError> {
        if api_keys::is_key(token) {
            Self::by_key(app, token, freshness).await
        } else {
            Self::by_login(app, token, freshness).await
        }
    }

    async fn by_login(app: &App, token: &str, freshness: Freshness) -> Result<Self, ApiError> {
        let claims = app.tokens.check(token)?;
        let holder = find(app, Name::Login(claims.sid), freshness).await?;
        let user = holder.as_deref().map(Holder::user).filter(|user| user.id == claims.sub);
        let user = user.ok_or_else(|| ApiError::unauthenticated("The login has ended: sign in again."))?;
        Ok(Self {
            user: user.clone(),
            credential: Credential::Login(claims.sid),
            expires: Some(claims.exp),
        })
    }

    async fn by_key(app: &App, token: &str, freshness: Freshness) -> Result<Self, ApiError> {
        let refused = || ApiError::unauthenticated("The API key is not valid, or not any more.");
        let presented = Presented::parse(token).ok_or_else(refused)?;
        let holder = find(app, Name::Key(presented.id), freshness).await?;
        let Some(Holder::Key(holder)) = holder.as_deref() else {
            return Err(refused());
        };
        let expires = holder.key.expires_at.map(|at| at.timestamp());
        if !presented.fits(&holder.hash) || expires.is_some_and(|at| at <= Utc::now().timestamp()) {
            return Err(refused());
        }
        app.key_uses.note(presented.id);
        Ok(Self {
            user: holder.user.clone(),
            credential: Credential::Key(presented.id, holder.key.scopes.clone()),
            expires,
        })
    }
}

/// Whose login or key it is, if it has neither ended nor expired.
async fn find(app: &App, name: Name, freshness: Freshness) -> Result<Option<Arc<Holder>>, ApiError> {
    if freshness == Freshness::Recent
        && let Some(holder) = app.known.holder(name)
    {
        return Ok(Some(holder));
    }
    let asked = app.known.moment();
    let now = Utc::now();
    let holder = match name {
        Name::Login(login) => app.store.login_user(login, now).await?.map(Holder::Login),
        Name::Key(key) => app.store.api_key_holder(key, now).await?.map(Holder::Key),
    };
    let holder = holder.map(Arc::new);
    match &holder {
        Some(holder) if freshness == Freshness::Recent => app.known.put_holder(name, holder, asked),
        // About to change something, perhaps of their own account.
        Some(holder) => app.known.forget(holder.user().id),
        None => {}
    }
    Ok(holder)
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
        let freshness = if parts.method.is_safe() {
            Freshness::Recent
        } else {
            Freshness::Now
        };
        Self::of_request(parts, app, freshness).await
    }
}

/// The signed-in user of a request that changes nothing which a login or an account depends on, and that comes often:
/// as [`Caller`] of one that only reads.
#[derive(Debug, Clone)]
pub(crate) struct RecentCaller(pub(crate) Caller);

impl FromRequestParts<App> for RecentCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Caller::of_request(parts, app, Freshness::Recent).await.map(Self)
    }
}

impl Caller {
    async fn of_request(parts: &mut Parts, app: &App, freshness: Freshness) -> Result<Self, ApiError> {
        let token =
            bearer(&parts.headers).ok_or_else(|| ApiError::unauthenticated("Send a token: Authorization: Bearer …"))?;
        let caller = Self::by_token(app, token, freshness).await?;
        app.budgets.take(Budget::General(caller.user.id)).await?;
        if let Credential::Key(key, scopes) = &caller.credential {
            app.budgets.take(Budget::Key(*key)).await?;
            let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
            let path = path.strip_prefix("/api/v1").unwrap_or_default();
            scopes::needs(parts.method.as_str(), path).check(scopes)?;
        }
        guest::check(&caller.user, parts, app).await?;
        Ok(caller)
    }
}
