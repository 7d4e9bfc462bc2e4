//! Live rights: what an open socket may do, asked again whenever that may have changed.

use std::time::Duration;

use codecrafter_bus::Subscription;
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::{Action, Decision, Role};
use codecrafter_domain::topic;
use http::StatusCode;
use tokio::time::{Instant, sleep_until};

use crate::auth::caller::Caller;
use crate::auth::presented::Presented;
use crate::auth::scopes::Socket;
use crate::authorise::access;
use crate::error::ApiError;
use crate::state::App;

/// Pause before asking again after bus or store did not answer.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Why a socket is refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No valid token, or not any more.
    SignIn,
    /// An API key that is good for other things.
    Scope,
    /// Was in and is not any more, or is banned.
    NotAllowed,
    /// No such session, or none to know of.
    Gone,
}

impl Refusal {
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::SignIn => 4401,
            Self::Scope | Self::NotAllowed => 4403,
            Self::Gone => 4404,
        }
    }

    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::SignIn => "the token is not valid or has expired: sign in",
            Self::Scope => "this API key does not have the scope that this takes",
            Self::NotAllowed => "this session is not open to you any more",
            Self::Gone => "there is no such session",
        }
    }
}

/// What stands between a socket and its session. Boxed, since sockets' tasks have room for each place it is moved to.
pub(crate) struct Gate {
    app: App,
    pub(crate) session: SessionId,
    pub(crate) caller: Caller,
    /// The role at the last look; `None` for readers of a public session.
    pub(crate) role: Option<Role>,
    rights: Subscription,
    logins: Subscription,
    /// When the token expires.
    pub(super) expires: Instant,
}

/// Why a gate did not open or does not stay open.
#[derive(Debug)]
pub(crate) enum Shut {
    /// For good.
    Refused(Refusal),
    /// For now; the cause is in the log.
    Trouble(ApiError),
}

impl From<ApiError> for Shut {
    fn from(error: ApiError) -> Self {
        match error.status() {
            StatusCode::UNAUTHORIZED => Self::Refused(Refusal::SignIn),
            StatusCode::FORBIDDEN => Self::Refused(Refusal::Scope),
            StatusCode::NOT_FOUND => Self::Refused(Refusal::Gone),
            _ => Self::Trouble(error),
        }
    }
}

impl From<Shut> for super::Goodbye {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::Refused(refusal) => refusal.into(),
            Shut::Trouble(error) => error.into(),
        }
    }
}

impl Gate {
    /// Finds out who is there and whether they may read the session. Changes from then on are noticed.
    /// An id that cannot be one is that of no session.
    pub(crate) async fn open(
        app: &App,
        socket: Socket,
        session: &str,
        presented: Presented<'_>,
    ) -> Result<Box<Self>, Shut> {
        Self::of(app, session, presented.caller(app, socket).await?).await
    }

    /// The same for somebody who is known already.
    pub(crate) async fn of(app: &App, session: &str, caller: Caller) -> Result<Box<Self>, Shut> {
        let session: SessionId = session.parse().map_err(|_| Shut::Refused(Refusal::Gone))?;
        // Subscribed before the first look, so that no change falls between.
        let rights = app
            .bus
            .subscribe(&topic::access(session))
            .await
            .map_err(ApiError::from)?;
        let logins = app
            .bus
            .subscribe(&topic::user(caller.user.id))
            .await
            .map_err(ApiError::from)?;
        let role = look(app, session, &caller).await?.ok_or(Shut::Refused(Refusal::Gone))?;
        let expires = Instant::now() + caller.time_left();
        Ok(Box::new(Self {
            app: app.clone(),
            session,
            caller,
            role,
            rights,
            logins,
            expires,
        }))
    }

    /// Waits until the rights have changed, and says what they are now; `Err` once the socket must close.
    ///
    /// Takes and gives the gate, so that a caller that waits for several things keeps this future between them:
    /// a new one each time would lose news that had been heard and not yet looked up.
    pub(crate) async fn next(mut self: Box<Self>) -> (Box<Self>, Result<Option<Role>, Shut>) {
        loop {
            let news = match self.wait_for_news().await {
                Ok(()) => self.look_again().await,
                Err(shut) => Err(shut),
            };
            match news {
                Ok(role) if role == self.role => {}
                Ok(role) => {
                    self.role = role;
                    return (self, Ok(role));
                }
                Err(shut) => return (self, Err(shut)),
            }
        }
    }

    async fn wait_for_news(&mut self) -> Result<(), Shut> {
        let ended = tokio::select! {
            () = sleep_until(self.expires) => return Err(Shut::Refused(Refusal::SignIn)),
            news = self.rights.next() => news.is_none(),
            news = self.logins.next() => news.is_none(),
        };
        // Too slow or the engine went away: what was missed is looked up.
        while ended && !self.resubscribe().await {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn resubscribe(&mut self) -> bool {
        let rights = self.app.bus.subscribe(&topic::access(self.session)).await;
        let logins = self.app.bus.subscribe(&topic::user(self.caller.user.id)).await;
        let (Ok(rights), Ok(logins)) = (rights, logins) else {
            return false;
        };
        (self.rights, self.logins) = (rights, logins);
        true
    }

    async fn look_again(&self) -> Result<Option<Role>, Shut> {
        if !self.caller.is_live(&self.app).await? {
            return Err(Shut::Refused(Refusal::SignIn));
        }
        match look(&self.app, self.session, &self.caller).await {
            Ok(Some(role)) => Ok(role),
            // The session is there, and they know of it already.
            Ok(None) => Err(Shut::Refused(Refusal::NotAllowed)),
            Err(shut) => Err(shut),
        }
    }
}

/// The caller's role; `None` where the session is hidden from them.
async fn look(app: &App, session: SessionId, caller: &Caller) -> Result<Option<Option<Role>>, Shut> {
    if caller.user.is_guest_elsewhere(session) {
        return Ok(None);
    }
    let access = access(app, session, caller.user.id).await?;
    match access.decide(Action::Read) {
        Decision::Allowed => Ok(Some(access.role())),
        Decision::Forbidden => Err(Shut::Refused(Refusal::NotAllowed)),
        Decision::Hidden => Ok(None),
    }
}

#[cfg(test)]
mod tests;
