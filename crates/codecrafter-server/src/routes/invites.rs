//! Invitation links.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::id::{InviteId, SessionId};
use codecrafter_domain::permission::{Action, Role};
use codecrafter_domain::session::Invite;
use codecrafter_domain::validate::Invalid;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::page::List;
use crate::auth::caller::Caller;
use crate::auth::tokens::random_text;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::extract::{self, Path};
use crate::state::App;

const MAX_INVITES: usize = 100;
const MAX_USES: u32 = 10_000;

/// A new invitation link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvite {
    /// Role given on joining; below the caller's own.
    role: Role,
    /// After this it is refused.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// How many joins it allows, 1 to 10,000; any number unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    max_uses: Option<u32>,
}

/// Make an invitation link: `/s/{session}?invite={token}`.
#[utoipa::path(post, path = "/sessions/{id}/invites", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = NewInvite, responses((status = 201, body = Invite)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(new): extract::Json<NewInvite>,
) -> Result<(StatusCode, Json<Invite>), ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::Invite).await?;
    let mut invalid = Invalid::none();
    if Some(new.role) >= access.role() {
        invalid.add("role", "must be below your own");
    }
    if new.expires_at.is_some_and(|expires| expires <= Utc::now()) {
        invalid.add("expires_at", "must be in the future");
    }
    if new.max_uses.is_some_and(|uses| !(1..=MAX_USES).contains(&uses)) {
        invalid.add("max_uses", format!("must be from 1 to {MAX_USES}"));
    }
    invalid.into_result()?;
    if app.store.invites(id).await?.len() >= MAX_INVITES {
        return Err(ApiError::conflict(format!(
            "A session has at most {MAX_INVITES} invites: delete some first."
        )));
    }
    let invite = make(&app, id, new.role, new.expires_at, new.max_uses).await?;
    let made = Audit::new(Act::InviteCreated).by(&caller.user).session(id);
    app.audit(made.object(invite.id.0).detail(invite.role)).await;
    Ok((StatusCode::CREATED, Json(invite)))
}

/// Adds an invite with a fresh token.
pub(crate) async fn make(
    app: &App,
    session: SessionId,
    role: Role,
    expires_at: Option<DateTime<Utc>>,
    max_uses: Option<u32>,
) -> Result<Invite, ApiError> {
    let invite = Invite {
        id: InviteId::new(),
        session_id: session,
        token: random_text::<18>()?,
        role,
        expires_at,
        max_uses,
        uses: 0,
        created_at: codecrafter_domain::time::now(),
    };
    app.store.create_invite(&invite).await?;
    Ok(invite)
}

/// All invitation links of a session, oldest first.
#[utoipa::path(get, path = "/sessions/{id}/invites", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = List<Invite>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<List<Invite>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Invite).await?;
    Ok(Json(List::whole(app.store.invites(id).await?)))
}

/// Take an invitation link back. Who has joined by it stays.
#[utoipa::path(delete, path = "/sessions/{id}/invites/{invite}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("invite" = InviteId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((id, invite)): Path<(SessionId, InviteId)>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::Invite).await?;
    if app.store.delete_invite(id, invite).await? {
        let revoked = Audit::new(Act::InviteRevoked).by(&caller.user).session(id);
        app.audit(revoked.object(invite.0)).await;
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::not_found("invite"))
    }
}
