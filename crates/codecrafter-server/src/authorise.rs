//! Whether a caller may do something: asks the store who they are, and the domain's table what that allows.

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::{Action, Decision, Role, Standing, decide};
use codecrafter_domain::session::Session;
use codecrafter_store::StoreError;

use crate::error::ApiError;
use crate::state::App;

/// A session and what a caller is to it.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) session: Session,
    pub(crate) standing: Standing,
}

impl Access {
    /// The caller's role; `None` for strangers.
    pub(crate) fn role(&self) -> Option<Role> {
        match self.standing {
            Standing::Participant(role) => Some(role),
            Standing::Stranger | Standing::Banned => None,
        }
    }

    pub(crate) fn decide(&self, action: Action) -> Decision {
        decide(self.standing, self.session.visibility, action)
    }

    /// Refuses what the caller may not do.
    pub(crate) fn require(&self, action: Action) -> Result<(), ApiError> {
        match self.decide(action) {
            Decision::Allowed => Ok(()),
            Decision::Hidden => Err(ApiError::not_found("session")),
            Decision::Forbidden => Err(match self.standing {
                Standing::Participant(role) => ApiError::forbidden(format!(
                    "This takes the role {}; yours is {}.",
                    action.least_role().name(),
                    role.name()
                )),
                Standing::Stranger => ApiError::forbidden("This takes being in the session: join it first."),
                Standing::Banned => banned(),
            }),
        }
    }
}

/// Says that somebody is kept out.
pub(crate) fn banned() -> ApiError {
    ApiError::forbidden("You have been banned from this session.")
}

/// What a user is to a session.
pub(crate) async fn access(app: &App, session: SessionId, user: UserId) -> Result<Access, ApiError> {
    let session = app.store.session(session).await.map_err(|error| match error {
        StoreError::NotFound => ApiError::not_found("session"),
        error => error.into(),
    })?;
    let role = app.store.role(session.id, user).await?;
    let standing = match role {
        Some(role) => Standing::Participant(role),
        None if app.store.is_banned(session.id, user).await? => Standing::Banned,
        None => Standing::Stranger,
    };
    Ok(Access { session, standing })
}

/// What a user is to a session in which they may do `action`; refuses otherwise.
pub(crate) async fn authorise(app: &App, session: SessionId, user: UserId, action: Action) -> Result<Access, ApiError> {
    let access = access(app, session, user).await?;
    access.require(action)?;
    Ok(access)
}
