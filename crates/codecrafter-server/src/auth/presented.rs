//! What somebody presents who opens a socket: browsers cannot send an Authorization header there.

use std::time::Duration;

use chrono::Utc;
use http::{HeaderMap, header};
use url::Url;

use super::caller::{Caller, bearer};
use super::cookie;
use super::known::Name;
use super::scopes::Socket;
use super::tokens::{ACCESS_LIFE, TICKET_LIFE, TicketClaims};
use crate::error::ApiError;
use crate::state::App;

/// What somebody presents: the first that there is counts, in this order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presented<'a> {
    /// With an Authorization header, or with the cookie of our own pages.
    pub(crate) headers: &'a HeaderMap,
    /// A ticket in the address.
    pub(crate) ticket: Option<&'a str>,
    /// An access token in the address.
    pub(crate) token: Option<&'a str>,
}

impl Presented<'_> {
    /// Finds out who it is, and whether what they signed in with is good for the socket. A ticket is used up by that.
    pub(crate) async fn caller(&self, app: &App, socket: Socket) -> Result<Caller, ApiError> {
        if let Some(token) = bearer(self.headers) {
            return Caller::at_socket(app, socket, token).await;
        }
        if let Some(ticket) = self.ticket {
            return spend(app, app.tokens.check_ticket(ticket)?).await?.fit(socket);
        }
        if let Some(token) = self.token {
            return Caller::at_socket(app, socket, token).await;
        }
        by_cookie(app, self.headers).await
    }
}

/// Who sends this as the first message: an access token, an API key or a ticket.
pub(crate) async fn by_message(app: &App, socket: Socket, token: &str) -> Result<Caller, ApiError> {
    match app.tokens.check_ticket(token) {
        Ok(claims) => spend(app, claims).await?.fit(socket),
        Err(_) => Caller::at_socket(app, socket, token).await,
    }
}

/// Uses a ticket up: of those who present one, whoever is counted first is let in. Without a counter nobody is.
async fn spend(app: &App, claims: TicketClaims) -> Result<Caller, ApiError> {
    const KEPT: Duration = Duration::from_secs(2 * TICKET_LIFE.num_seconds().unsigned_abs());
    let counted = app.ephemeral.count(&format!("ticket:{}", claims.jti), 1, KEPT).await?;
    if counted.total > 1 {
        return Err(ApiError::unauthenticated(
            "The ticket was used before: get another one.",
        ));
    }
    Caller::again(app, claims.of.into(), claims.sub, claims.until).await
}

/// The cookie that our own pages have, sent by one of them: a browser names the page's origin.
async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let token = cookie::read_socket(headers).ok_or_else(|| ApiError::unauthenticated("Sign in."))?;
    if !is_own_page(headers, &app.config.public_url) {
        return Err(ApiError::unauthenticated("Cookies are taken from our own pages only."));
    }
    let claims = app.tokens.check_socket(&token)?;
    // As long as a socket that was opened with an access token.
    let expires = claims.exp.min((Utc::now() + ACCESS_LIFE).timestamp());
    Caller::again(app, Name::Login(claims.sid), claims.sub, Some(expires)).await
}

fn is_own_page(headers: &HeaderMap, public_url: &Url) -> bool {
    headers.contains_key(header::ORIGIN) && cookie::is_own_origin(headers, public_url)
}
