//! Whether a login still holds: all that somebody needs to watch and steer their own run.

use codecrafter_bus::Subscription;
use codecrafter_domain::id::UserId;
use codecrafter_domain::topic;
use tokio::time::{Instant, sleep_until};

use super::gate::{PAUSE, Refusal, Shut};
use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::state::App;

/// A signed-in user at a socket.
pub(super) struct Owner {
    app: App,
    caller: Caller,
    logins: Subscription,
    expires: Instant,
}

impl Owner {
    /// Changes from now on are noticed.
    pub(super) async fn open(app: &App, caller: Caller) -> Result<Self, Shut> {
        let logins = app
            .bus
            .subscribe(&topic::user(caller.user.id))
            .await
            .map_err(ApiError::from)?;
        let expires = Instant::now() + caller.time_left();
        let owner = Self {
            app: app.clone(),
            caller,
            logins,
            expires,
        };
        // Ended after the token was checked and before the subscription began.
        owner.look_again().await?;
        Ok(owner)
    }

    /// Who it is.
    pub(super) fn user(&self) -> UserId {
        self.caller.user.id
    }

    /// Waits until the socket must close.
    pub(super) async fn ended(mut self) -> (Self, Shut) {
        loop {
            let heard = tokio::select! {
                () = sleep_until(self.expires) => return (self, Shut::Refused(Refusal::SignIn)),
                heard = self.logins.next() => heard,
            };
            if heard.is_none() {
                self.resubscribe().await;
            }
            if let Err(shut) = self.look_again().await {
                return (self, shut);
            }
        }
    }

    async fn resubscribe(&mut self) {
        loop {
            match self.app.bus.subscribe(&topic::user(self.caller.user.id)).await {
                Ok(logins) => return self.logins = logins,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn look_again(&self) -> Result<(), Shut> {
        if self.caller.is_live(&self.app).await? {
            Ok(())
        } else {
            Err(Shut::Refused(Refusal::SignIn))
        }
    }
}
