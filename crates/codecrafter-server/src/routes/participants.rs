//! Who is in a session: joining, leaving, roles.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::{Action, Role, Standing, may_change_role};
use codecrafter_domain::session::{Participant, Visibility};
use codecrafter_domain::user::Person;
use codecrafter_store::StoreError;
use codecrafter_store::types::Join;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::page::List;
use super::sessions::SessionView;
use crate::auth::caller::Caller;
use crate::authorise::{Access, access, authorise};
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

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// Below the caller's own.
    role: Role,
}

/// Join a session. Who is in already stays as they are.
#[utoipa::path(post, path = "/sessions/{id}/join", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = JoinRequest, responses((status = 200, body = SessionView)))]
pub(crate) async fn join(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    OptionalJson(request): OptionalJson<JoinRequest>,
) -> Result<Json<SessionView>, ApiError> {
    let mut access = access(&app, id, caller.user.id).await?;
    if access.standing == Standing::Stranger {
        let (role, invite) = way_in(&app, &access, request.invite.as_deref()).await?;
        let now = Utc::now();
        match app.store.join(id, caller.user.id, role, invite, now).await? {
            Join::Joined => {
                access.standing = Standing::Participant(role);
                announce(&app, id, caller.person(), role).await;
            }
            Join::Already(role) => access.standing = Standing::Participant(role),
            Join::Full => return Err(full(&access)),
            Join::InviteSpent => {
                return Err(ApiError::gone(
                    "This invite has expired or is used up: ask for a new one.",
                ));
            }
        }
    }
    Ok(Json(SessionView::of(&app, access).await?))
}

/// The role that a stranger joins with, and by which invite. Private sessions take nobody.
async fn way_in(app: &App, access: &Access, invite: Option<&str>) -> Result<(Role, Option<InviteId>), ApiError> {
    let session = &access.session;
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

async fn announce(app: &App, session: SessionId, user: Person, role: Role) {
    let participant = Participant {
        user: user.clone(),
        role,
        joined_at: codecrafter_domain::time::now(),
    };
    app.tell(session, SessionEventKind::ParticipantJoined { participant }, &user)
        .await;
    app.rights_changed(session).await;
}

fn full(access: &Access) -> ApiError {
    let limit = access.session.max_participants;
    ApiError::conflict(format!("The session is full: it takes {limit} participants."))
}

/// Leave a session. Its owner cannot.
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
            "The owner cannot leave: delete the session instead.",
        )),
        Some(_) => {
            app.store.remove_participant(id, caller.user.id).await?;
            let left = SessionEventKind::ParticipantLeft {
                user_id: caller.user.id,
            };
            app.tell(id, left, &caller.person()).await;
            app.rights_changed(id).await;
            Ok(StatusCode::NO_CONTENT)
        }
        None => {
            access.require(Action::Read)?;
            Err(ApiError::conflict("You are not in this session."))
        }
    }
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
            StoreError::Full(_) => full(&access),
            error => error.into(),
        })?;
    match before {
        None => announce(&app, id, Person::from(&target), role).await,
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

fn check_change(access: &Access, current: Option<Role>, new: Option<Role>) -> Result<(), ApiError> {
    match access.role() {
        Some(actor) if may_change_role(actor, current, new) => Ok(()),
        _ if new == Some(Role::Owner) => Err(ApiError::invalid("role", "must be viewer, editor or admin")),
        _ => Err(ApiError::forbidden(
            "Only those with a role below yours can be managed, and only to a role below yours.",
        )),
    }
}

fn no_such_user(error: StoreError) -> ApiError {
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
        let removed = SessionEventKind::ParticipantRemoved { user_id: user };
        app.tell(id, removed, &caller.person()).await;
        app.rights_changed(id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
