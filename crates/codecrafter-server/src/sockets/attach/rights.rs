//! Who may watch a run, and who may steer it, for as long as they are connected.

use codecrafter_domain::execution::ExecutionHead;
use codecrafter_domain::id::UserId;
use codecrafter_domain::permission::Action;
use codecrafter_store::StoreError;

use crate::auth::presented::Presented;
use crate::auth::scopes::Socket;
use crate::error::ApiError;
use crate::sockets::Goodbye;
use crate::sockets::gate::{Gate, Refusal, Shut};
use crate::sockets::owner::Owner;
use crate::state::App;

/// What a connection may do.
pub(super) enum Rights {
    /// It is their own run.
    Own(Box<Owner>),
    /// It is a run of a session that they may read.
    InSession(Box<Gate>),
}

impl Rights {
    /// Whose they are.
    pub(super) fn user(&self) -> UserId {
        match self {
            Self::Own(owner) => owner.user(),
            Self::InSession(gate) => gate.caller.user.id,
        }
    }
}

/// The run, and what the caller may do to it. Runs that they may not read do not exist.
pub(super) async fn find(app: &App, id: &str, presented: Presented<'_>) -> Result<(Rights, ExecutionHead), Goodbye> {
    let caller = presented.caller(app, Socket::Attach).await.map_err(Shut::from)?;
    let id = id.parse().map_err(|_| gone())?;
    let head = match app.store.execution(id).await {
        Ok(execution) => execution.head,
        Err(StoreError::NotFound) => return Err(gone()),
        Err(error) => return Err(ApiError::from(error).into()),
    };
    if head.user.id == caller.user.id {
        let owner = Box::new(Owner::open(app, caller).await?);
        return Ok((Rights::Own(owner), head));
    }
    let session = head.session_id.ok_or_else(gone)?;
    match Gate::of(app, &session.to_string(), caller).await {
        Ok(gate) => Ok((Rights::InSession(gate), head)),
        Err(Shut::Refused(Refusal::Gone)) => Err(gone()),
        Err(shut) => Err(shut.into()),
    }
}

/// There is no such run, or none to know of.
pub(super) fn gone() -> Goodbye {
    Goodbye::new(Refusal::Gone.code(), "there is no such run")
}

impl Rights {
    /// Whether it may send input.
    pub(super) fn may_steer(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::InSession(gate) => gate.role.is_some_and(|role| role >= Action::Run.least_role()),
        }
    }

    /// Waits until they have changed; `Err` once the socket must close. Keep this future between waits, as that of
    /// [`Gate::next`].
    pub(super) async fn next(self) -> (Self, Result<(), Shut>) {
        match self {
            Self::Own(owner) => {
                let (owner, shut) = owner.ended().await;
                (Self::Own(Box::new(owner)), Err(shut))
            }
            Self::InSession(gate) => {
                let (gate, changed) = gate.next().await;
                (Self::InSession(gate), changed.map(drop))
            }
        }
    }
}
