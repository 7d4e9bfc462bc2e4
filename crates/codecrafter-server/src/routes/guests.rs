//! Guests: in a session with a name only.

use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::session::{Invite, Session, Visibility};
use codecrafter_domain::text;
use codecrafter_domain::user::{GUEST_NAME_CHARS, Person, User};
use codecrafter_store::StoreError;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{Answer, TokenAnswer, begin_login};
use super::participants::{entered, most_for};
use crate::auth::visitor::Visitor;
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract;
use crate::state::App;

/// Who comes, and by which link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGuest {
    /// The token of an invitation link.
    invite: String,
    /// Name shown to others, 1 to 56 characters; ` (guest)` is put after it.
    display_name: String,
}

/// Enter the session of an invitation link as a guest.
///
/// A guest may see, edit, run and chat in that session, by the invite's role but as an editor at most, and nothing
/// else. `user.guest_of` is the session. Where it has a waiting room the guest waits: `POST /sessions/{id}/join` tells.
/// The login lasts while the guest is in the session, and ends after 24 hours without a refresh.
#[utoipa::path(post, path = "/auth/guest", tag = "auth",
    request_body = NewGuest, responses((status = 201, body = TokenAnswer)))]
pub(crate) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    extract::Json(new): extract::Json<NewGuest>,
) -> Result<Answer, ApiError> {
    app.budgets.take(Budget::Register(visitor.address)).await?;
    let name = text::line(&new.display_name, GUEST_NAME_CHARS);
    let name = name.map_err(|error| ApiError::invalid("display_name", error))?;
    let (invite, session) = find(&app, &new.invite).await?;
    let now = codecrafter_domain::time::now();
    let guest = User::guest(&name, session.id, now);
    let role = most_for(&guest, invite.role);
    let joined = app.store.join_as_guest(&guest, role, invite.id, Utc::now()).await?;
    entered(&app, &session, &Person::from(&guest), role, joined).await?;
    let came = Audit::new(Act::GuestCame).by(&guest).user(guest.id);
    app.audit(came.session(session.id)).await;
    tracing::info!(user = %guest.id, session = %session.id, "guest came");
    begin_login(&app, guest, &visitor, StatusCode::CREATED).await
}

/// The invite and where it leads. Private sessions take nobody.
async fn find(app: &App, token: &str) -> Result<(Invite, Session), ApiError> {
    let missing = || ApiError::not_found("invite");
    let invite = app.store.invite_by_token(token).await.map_err(|error| match error {
        StoreError::NotFound | StoreError::Invalid(_) => missing(),
        error => error.into(),
    })?;
    let session = app.store.session(invite.session_id).await?;
    if session.visibility == Visibility::Private {
        return Err(missing());
    }
    Ok((invite, session))
}
