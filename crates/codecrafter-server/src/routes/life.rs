//! What becomes of sessions: copies, other owners, and back from the deleted.

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::{Action, Role, Standing};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::text;
use codecrafter_store::StoreError;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::sessions::{SessionView, location, store_files};
use crate::auth::caller::Caller;
use crate::authorise::{Access, authorise};
use crate::error::ApiError;
use crate::extract::{self, OptionalJson, Path};
use crate::quota;
use crate::state::App;

/// What follows the title of a fork that is given none of its own.
const FORK_MARK: &str = " (fork)";

/// How to fork.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForkRequest {
    /// 1 to 120 characters; the origin's with ` (fork)` unless given.
    #[serde(default)]
    title: Option<String>,
}

/// Who is to own it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOwner {
    /// A participant with an account.
    user_id: UserId,
}

/// Copy a session that one may read, with its files as they are now, into a private one of one's own.
#[utoipa::path(post, path = "/sessions/{id}/fork", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = ForkRequest, responses((status = 201, body = SessionView)))]
pub(crate) async fn fork(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    OptionalJson(request): OptionalJson<ForkRequest>,
) -> Result<(StatusCode, HeaderMap, Json<SessionView>), ApiError> {
    let origin = authorise(&app, id, caller.user.id, Action::Fork).await?.session;
    let title = match request.title {
        Some(title) => text::line(&title, text::TITLE_CHARS).map_err(|error| ApiError::invalid("title", error))?,
        None => fork_title(&origin.title),
    };
    quota::require_session(&app, caller.user.id).await?;
    let files = app.documents.files(id).await?;
    let files: Vec<_> = files.into_iter().map(|file| (file.path, file.content)).collect();
    let now = codecrafter_domain::time::now();
    let session = Session {
        id: SessionId::new(),
        title,
        visibility: Visibility::Private,
        owner_id: caller.user.id,
        waiting_room: false,
        forked_from: Some(origin.id),
        created_at: now,
        updated_at: now,
        ..origin
    };
    app.store.create_session(&session).await?;
    store_files(&app, session.id, caller.user.id, &files).await?;
    let headers = location(session.id)?;
    let view = SessionView::of(&app, owned(session), &caller).await?;
    Ok((StatusCode::CREATED, headers, Json(view)))
}

fn fork_title(origin: &str) -> String {
    let kept = text::TITLE_CHARS - FORK_MARK.chars().count();
    let kept: String = origin.chars().take(kept).collect();
    format!("{}{FORK_MARK}", kept.trim_end())
}

fn owned(session: Session) -> Access {
    Access {
        session,
        standing: Standing::Participant(Role::Owner),
    }
}

/// Make a participant the owner. The old owner stays as an admin.
#[utoipa::path(post, path = "/sessions/{id}/owner", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = NewOwner, responses((status = 200, body = SessionView)))]
pub(crate) async fn hand_over(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(NewOwner { user_id }): extract::Json<NewOwner>,
) -> Result<Json<SessionView>, ApiError> {
    authorise(&app, id, caller.user.id, Action::HandOver).await?;
    let me = caller.user.id;
    if user_id == me {
        return Err(ApiError::invalid("user_id", "must be somebody else"));
    }
    let session = app
        .store
        .hand_over(id, me, user_id)
        .await
        .map_err(|error| match error {
            StoreError::NotFound => ApiError::invalid("user_id", "must be a participant"),
            StoreError::Invalid("user_id") => ApiError::invalid("user_id", "must be a participant with an account"),
            StoreError::Conflict(_) => ApiError::conflict("The session has another owner by now."),
            error => error.into(),
        })?;
    let changed = Audit::new(Act::OwnerChanged).by(&caller.user).user(user_id);
    app.audit(changed.session(id)).await;
    app.rights_changed(id).await;
    for (user_id, role) in [(user_id, Role::Owner), (me, Role::Admin)] {
        let changed = SessionEventKind::ParticipantRoleChanged { user_id, role };
        app.tell(id, changed, &caller.person()).await;
    }
    let updated = SessionEventKind::SessionUpdated {
        session: session.clone(),
    };
    app.tell(id, updated, &caller.person()).await;
    let access = Access {
        session,
        standing: Standing::Participant(Role::Admin),
    };
    Ok(Json(SessionView::of(&app, access, &caller).await?))
}

/// Take the deletion of one's own session back, for as long as it is listed with `scope=deleted`.
#[utoipa::path(post, path = "/sessions/{id}/restore", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView)))]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<SessionView>, ApiError> {
    let since = Utc::now() - app.config.keep_deleted;
    let session = app.store.restore_session(id, caller.user.id, since).await;
    let session = session.map_err(|error| match error {
        StoreError::NotFound => ApiError::not_found("deleted session"),
        error => error.into(),
    })?;
    app.audit(Audit::new(Act::SessionRestored).by(&caller.user).session(id))
        .await;
    app.rights_changed(id).await;
    app.tell(id, SessionEventKind::SessionRestored, &caller.person()).await;
    Ok(Json(SessionView::of(&app, owned(session), &caller).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_fork_fits() {
        assert_eq!(fork_title("Primes"), "Primes (fork)");
        let long = fork_title(&"é".repeat(text::TITLE_CHARS));
        assert_eq!(text::line(&long, text::TITLE_CHARS).as_deref(), Ok(long.as_str()));
    }
}
