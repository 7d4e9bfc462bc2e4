//! Who is in a session: joining, leaving, roles.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::{Action, Role, Standing, may_change_role};
use codecrafter_domain::session::{Participant, Session, Visibility, Waiting};
use codecrafter_domain::user::{Person, User};
use codecrafter_store::StoreError;
use codecrafter_store::types::Join;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::List;
use super::sessions::SessionView;
use crate::auth::caller::Caller;
use crate::authorise::{Access, access, authorise, banned};
use crate::error::ApiError;
use crate::extract::{self, OptionalJson, Path};
use crate::state::App;

/// How to get in.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinRequest {
    /// The token of an invitation link; public sessions may be joined without, as a viewer.
    #[serde(default)]
    invite: Option<String>,
}

/// What joining leads to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Joined {
    /// In.
    In(Box<SessionView>),
    /// Has to wait.
    Waits(Waits),
}

/// Somebody has to wait until an admin lets them in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waits {
    /// Always true. `/sessions/{id}/entry` tells when it ends.
    waiting: bool,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// Below the caller's own.
    role: Role,
}

/// Join a session. Who is in already stays as they are; where there is a waiting room, one waits there first.
#[utoipa::path(post, path = "/sessions/{id}/join", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = JoinRequest,
    responses((status = 200, body = SessionView), (status = 202, description = "Waits to be let in", body = Waits)))]
pub(crate) async fn join(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    OptionalJson(request): OptionalJson<JoinRequest>,
) -> Result<(StatusCode, Json<Joined>), ApiError> {
    let mut access = access(&app, id, caller.user.id).await?;
    if access.role().is_none() {
        match enter(&app, &access.session, &caller, request.invite.as_deref()).await? {
            Some(role) => access.standing = Standing::Participant(role),
            None => return Ok((StatusCode::ACCEPTED, Json(Joined::Waits(Waits { waiting: true })))),
        }
    }
    let view = SessionView::of(&app, access, &caller).await?;
    Ok((StatusCode::OK, Json(Joined::In(Box::new(view)))))
}

/// Lets the caller in; the role that they have then, or `None` if they wait.
async fn enter(app: &App, session: &Session, caller: &Caller, invite: Option<&str>) -> Result<Option<Role>, ApiError> {
    if session.waiting_room && app.store.is_waiting(session.id, caller.user.id).await? {
        return Ok(None);
    }
    let (role, invite) = way_in(app, session, invite).await?;
    let role = most_for(&caller.user, role);
    let joined = app
        .store
        .join(session.id, caller.user.id, role, invite, Utc::now())
        .await?;
    entered(app, session, &caller.person(), role, joined).await
}

/// The role that somebody gets from an invite for `role`: guests are editors at most.
pub(super) fn most_for(user: &User, role: Role) -> Role {
    if user.is_guest() { role.min(Role::Editor) } else { role }
}

/// Tells the session who has joined or waits; the role of who is in, `None` for who waits.
pub(super) async fn entered(
    app: &App,
    session: &Session,
    user: &Person,
    role: Role,
    joined: Join,
) -> Result<Option<Role>, ApiError> {
    match joined {
        Join::Joined => {
            announce(app, session.id, user, role, user).await;
            Ok(Some(role))
        }
        Join::Already(role) => Ok(Some(role)),
        Join::Waiting => {
            let waiting = Waiting {
                user: user.clone(),
                role,
                asked_at: codecrafter_domain::time::now(),
            };
            let asks = SessionEventKind::ParticipantWaiting { waiting };
            app.tell(session.id, asks, user).await;
            Ok(None)
        }
        Join::Banned => Err(banned()),
        Join::Full => Err(full(session)),
        Join::InviteSpent => Err(ApiError::gone(
            "This invite has expired or is used up: ask for a new one.",
        )),
    }
}

/// The role that a stranger joins with, and by which invite. Private sessions take nobody.
async fn way_in(app: &App, session: &Session, invite: Option<&str>) -> Result<(Role, Option<InviteId>), ApiError> {
    let found = match invite {
        Some(token) if session.visibility != Visibility::Private => match app.store.invite_by_token(token).await {
            Ok(invite) if invite.session_id == session.id => Some(invite),
            Ok(_) | Err(StoreError::NotFound | StoreError::Invalid(_)) => None,
            Err(error) => return Err(error.into()),
        },
        _ => None,
    };
    match found {
        Some(invite) => Ok((invite.role, Some(invite.id))),
        None if session.visibility != Visibility::Public => Err(ApiError::not_found("session")),
        None if invite.is_some() => Err(ApiError::invalid("invite", "is not one of this session")),
        None => Ok((Role::Viewer, None)),
    }
}

/// Tells everyone that somebody is in now.
pub(super) async fn announce(app: &App, session: SessionId, user: &Person, role: Role, by: &Person) {
    let participant = Participant {
        user: user.clone(),
        role,
        joined_at: codecrafter_domain::time::now(),
    };
    app.rights_changed(session).await;
    app.tell(session, SessionEventKind::ParticipantJoined { participant }, by)
        .await;
}

pub(super) fn full(session: &Session) -> ApiError {
    let limit = session.max_participants;
    ApiError::conflict(format!("The session is full: it takes {limit} participants."))
}

/// Leave a session, or stop waiting to be let in. Its owner cannot.
#[utoipa::path(post, path = "/sessions/{id}/leave", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 204)))]
pub(crate) async fn leave(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    let access = access(&app, id, caller.user.id).await?;
    match access.role() {
        Some(Role::Owner) => Err(ApiError::conflict(
            "The owner cannot leave: hand the session over or delete it.",
        )),
        Some(_) => {
            app.store.remove_participant(id, caller.user.id).await?;
            Ok(left(&app, id, &caller).await)
        }
        None if app.store.turn_away(id, caller.user.id).await? => Ok(left(&app, id, &caller).await),
        None => {
            access.require(Action::Read)?;
            Err(ApiError::conflict("You are not in this session."))
        }
    }
}

async fn left(app: &App, session: SessionId, caller: &Caller) -> StatusCode {
    app.rights_changed(session).await;
    let left = SessionEventKind::ParticipantLeft {
        user_id: caller.user.id,
    };
    app.tell(session, left, &caller.person()).await;
    StatusCode::NO_CONTENT
}

/// Who is in a session, in order of joining.
#[utoipa::path(get, path = "/sessions/{id}/participants", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = List<Participant>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<List<Participant>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Read).await?;
    Ok(Json(List::whole(app.store.participants(id).await?)))
}

/// Give a role, to somebody in the session or to somebody who is then in it. Takes effect on open connections at once.
#[utoipa::path(put, path = "/sessions/{id}/participants/{user}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("user" = UserId, Path)), request_body = RoleChange,
    responses((status = 200, body = Participant)))]
pub(crate) async fn set_role(
    State(app): State<App>,
    caller: Caller,
    Path((id, user)): Path<(SessionId, UserId)>,
    extract::Json(RoleChange { role }): extract::Json<RoleChange>,
) -> Result<Json<Participant>, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    let target = app.store.user(user).await.map_err(no_such_user)?;
    let current = app.store.role(id, user).await?;
    check_change(&access, current, Some(role))?;
    let before = app
        .store
        .set_role(id, user, role, Utc::now())
        .await
        .map_err(|error| match error {
            StoreError::Full(_) => full(&access.session),
            StoreError::Conflict("banned") => ApiError::conflict("They are banned: lift the ban first."),
            StoreError::Invalid("role") => ApiError::invalid("role", "must be viewer or editor for a guest"),
            error => no_such_user(error),
        })?;
    if before != Some(role) {
        let changed = Audit::new(Act::RoleChanged).by(&caller.user).user(user);
        app.audit(changed.session(id).detail(role)).await;
    }
    match before {
        None => announce(&app, id, &Person::from(&target), role, &caller.person()).await,
        Some(before) if before == role => {}
        Some(_) => {
            let changed = SessionEventKind::ParticipantRoleChanged { user_id: user, role };
            // Before it is told: whoever hears of it should find it in force.
            app.rights_changed(id).await;
            app.tell(id, changed, &caller.person()).await;
        }
    }
    let participants = app.store.participants(id).await?;
    let participant = participants.into_iter().find(|participant| participant.user.id == user);
    participant.map(Json).ok_or_else(|| ApiError::not_found("participant"))
}

pub(super) fn check_change(access: &Access, current: Option<Role>, new: Option<Role>) -> Result<(), ApiError> {
    match access.role() {
        Some(actor) if may_change_role(actor, current, new) => Ok(()),
        _ if new == Some(Role::Owner) => Err(ApiError::invalid("role", "must be viewer, editor or admin")),
        _ => Err(ApiError::forbidden(
            "Only those with a role below yours can be managed, and only to a role below yours.",
        )),
    }
}

pub(super) fn no_such_user(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => ApiError::not_found("user"),
        error => error.into(),
    }
}

/// Remove somebody. Their open connections close.
#[utoipa::path(delete, path = "/sessions/{id}/participants/{user}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((id, user)): Path<(SessionId, UserId)>,
) -> Result<StatusCode, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    let current = app.store.role(id, user).await?;
    if current.is_none() {
        return Err(ApiError::not_found("participant"));
    }
    check_change(&access, current, None)?;
    if app.store.remove_participant(id, user).await? {
        let removed = Audit::new(Act::ParticipantRemoved).by(&caller.user).user(user);
        app.audit(removed.session(id)).await;
        let removed = SessionEventKind::ParticipantRemoved { user_id: user };
        app.tell(id, removed, &caller.person()).await;
        app.rights_changed(id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
