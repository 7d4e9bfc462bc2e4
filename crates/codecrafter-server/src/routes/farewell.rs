//! The end of an account.

use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::user::Person;
use codecrafter_store::types::Farewell;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::passwords::require;
use crate::auth::caller::Caller;
use crate::auth::cookie;
use crate::auth::visitor::Visitor;
use crate::error::ApiError;
use crate::extract;
use crate::letters::Letter;
use crate::state::App;

/// Shows that it is still them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountDeletion {
    /// One's password; not needed where there is none and one has signed in a moment ago.
    #[serde(default)]
    password: String,
}

/// Delete one's account, for good. All logins and connections end at once. One's sessions go to the admin who has been in
/// them longest; those without one are deleted, and forgotten after a time. What one has written in sessions of others
/// stays there, under "Deleted user"; everything else that tells of the account is removed.
#[utoipa::path(delete, path = "/me", tag = "account", security(("token" = [])),
    request_body = AccountDeletion, responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    extract::Json(body): extract::Json<AccountDeletion>,
) -> Result<(StatusCode, HeaderMap), ApiError> {
    require(&app, &caller, &visitor, "password", &body.password).await?;
    let id = caller.user.id;
    let farewell = app.store.delete_account(id, Utc::now()).await?;
    app.audit(Audit::new(Act::AccountDeleted).by(&caller.user).user(id))
        .await;
    tracing::info!(user = %id, "account deleted");
    // Their own connections first.
    app.logins_changed(id).await;
    app.post(Letter::Deleted(caller.user));
    let nobody = Person::from(&app.store.user(id).await?);
    tell(&app, &farewell, &nobody).await?;
    Ok((StatusCode::NO_CONTENT, cookie::clear(&app.config.public_url)))
}

/// Tells those who were in a session with them.
async fn tell(app: &App, farewell: &Farewell, nobody: &Person) -> Result<(), ApiError> {
    for session in &farewell.deleted {
        app.tell(*session, SessionEventKind::SessionDeleted, nobody).await;
        app.rights_changed(*session).await;
    }
    for (session, heir) in &farewell.handed_over {
        hand_over(app, *session, *heir, nobody).await?;
    }
    for session in &farewell.left {
        app.rights_changed(*session).await;
        let left = SessionEventKind::ParticipantLeft { user_id: nobody.id };
        app.tell(*session, left, nobody).await;
    }
    Ok(())
}

async fn hand_over(app: &App, id: SessionId, heir: UserId, nobody: &Person) -> Result<(), ApiError> {
    let changed = SessionEventKind::ParticipantRoleChanged {
        user_id: heir,
        role: Role::Owner,
    };
    app.tell(id, changed, nobody).await;
    let session = app.store.session(id).await?;
    app.tell(id, SessionEventKind::SessionUpdated { session }, nobody).await;
    Ok(())
}
