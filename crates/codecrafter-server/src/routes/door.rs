//! Who is let into a session, and who is kept out.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Action;
use codecrafter_domain::session::{Ban, Waiting};
use codecrafter_domain::user::Person;
use codecrafter_store::StoreError;
use codecrafter_store::types::{Admission, NewBan};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::page::List;
use super::participants::{announce, check_change, full, no_such_user};
use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::extract::{self, Path};
use crate::state::App;

/// Most bans of one session.
const MAX_BANS: usize = 1_000;

/// Somebody to be kept out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BanRequest {
    /// Whose role is below the caller's; who is not in the session can be banned, too.
    user_id: UserId,
    /// Whether the invite that they came by is deleted with it. A banned guest could else come again by the same link
    /// under another name.
    #[serde(default)]
    delete_invite: bool,
}

/// Who waits to be let in, the longest waiting first.
#[utoipa::path(get, path = "/sessions/{id}/waiting", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = List<Waiting>)))]
pub(crate) async fn waiting(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<List<Waiting>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    Ok(Json(List::whole(app.store.waiting(id).await?)))
}

/// Let somebody in who waits.
#[utoipa::path(post, path = "/sessions/{id}/waiting/{user}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn admit(
    State(app): State<App>,
    caller: Caller,
    Path((id, user)): Path<(SessionId, UserId)>,
) -> Result<StatusCode, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    let role = match app.store.admit(id, user, Utc::now()).await? {
        Admission::Admitted(role) => role,
        Admission::Full => return Err(full(&access.session)),
        Admission::NotWaiting => return Err(not_waiting()),
    };
    let person = Person::from(&app.store.user(user).await?);
    let admitted = SessionEventKind::ParticipantAdmitted { user_id: user };
    app.tell(id, admitted, &caller.person()).await;
    announce(&app, id, &person, role, &caller.person()).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Turn somebody away who waits. They may ask again; a ban keeps them out.
#[utoipa::path(delete, path = "/sessions/{id}/waiting/{user}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn deny(
    State(app): State<App>,
    caller: Caller,
    Path((id, user)): Path<(SessionId, UserId)>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    if !app.store.turn_away(id, user).await? {
        return Err(not_waiting());
    }
    app.rights_changed(id).await;
    let denied = SessionEventKind::ParticipantDenied { user_id: user };
    app.tell(id, denied, &caller.person()).await;
    Ok(StatusCode::NO_CONTENT)
}

fn not_waiting() -> ApiError {
    ApiError::not_found("person waiting")
}

/// Who is banned, the latest first.
#[utoipa::path(get, path = "/sessions/{id}/bans", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = List<Ban>)))]
pub(crate) async fn bans(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<List<Ban>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    Ok(Json(List::whole(app.store.bans(id).await?)))
}

/// Remove somebody and keep them out, by whichever way they come, until the ban is lifted. Their open connections close.
#[utoipa::path(post, path = "/sessions/{id}/bans", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = BanRequest, responses((status = 201, body = Ban)))]
pub(crate) async fn ban(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(request): extract::Json<BanRequest>,
) -> Result<(StatusCode, Json<Ban>), ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    let target = app.store.user(request.user_id).await.map_err(no_such_user)?;
    let current = app.store.role(id, target.id).await?;
    if target.id == caller.user.id {
        return Err(ApiError::invalid("user_id", "must be somebody else"));
    }
    check_change(&access, current, None)?;
    if app.store.bans(id).await?.len() >= MAX_BANS {
        return Err(ApiError::conflict(format!(
            "A session has at most {MAX_BANS} bans: lift some first, or make it private."
        )));
    }
    let ban = NewBan {
        user: target.id,
        by: caller.user.id,
        at: codecrafter_domain::time::now(),
        with_invite: request.delete_invite,
    };
    app.store.ban(id, &ban).await.map_err(|error| match error {
        StoreError::Conflict("owner") => ApiError::forbidden("The owner cannot be banned."),
        error => no_such_user(error),
    })?;
    let audit = Audit::new(Act::ParticipantBanned).by(&caller.user).user(target.id);
    app.audit(audit.session(id)).await;
    app.rights_changed(id).await;
    let banned = SessionEventKind::ParticipantBanned { user_id: target.id };
    app.tell(id, banned, &caller.person()).await;
    let ban = Ban {
        user: Person::from(&target),
        by: caller.person(),
        at: ban.at,
    };
    Ok((StatusCode::CREATED, Json(ban)))
}

/// Lift a ban. Who was banned may join again as others may.
#[utoipa::path(delete, path = "/sessions/{id}/bans/{user}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("user" = UserId, Path)), responses((status = 204)))]
pub(crate) async fn lift_ban(
    State(app): State<App>,
    caller: Caller,
    Path((id, user)): Path<(SessionId, UserId)>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::ManageParticipants).await?;
    if !app.store.lift_ban(id, user).await? {
        return Err(ApiError::not_found("ban"));
    }
    let lifted = Audit::new(Act::BanLifted).by(&caller.user).user(user);
    app.audit(lifted.session(id)).await;
    let unbanned = SessionEventKind::ParticipantUnbanned { user_id: user };
    app.tell(id, unbanned, &caller.person()).await;
    Ok(StatusCode::NO_CONTENT)
}
