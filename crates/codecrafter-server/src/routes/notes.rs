//! Private notes of a session's owner and admins: nobody else learns of them, by no way.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::chat::{self, Notes};
use codecrafter_domain::event::{Audience, SessionEventKind};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::Action;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::extract::{LargeJson, Path};
use crate::state::App;

/// Notes travel as a JSON string, in which escapes make them longer.
const BODY_BYTES: usize = 6 * chat::NOTES_BYTES + 1024;

/// Notes to be stored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotesChange {
    /// At most 32,768 bytes.
    text: String,
    /// The version that they replace, as it was read.
    version: u64,
}

/// The private notes, for the owner and admins.
#[utoipa::path(get, path = "/sessions/{id}/notes", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = Notes)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<Notes>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Notes).await?;
    Ok(Json(app.store.notes(id).await?))
}

/// Replace the private notes. 409 if somebody else changed them since `version` was read.
#[utoipa::path(put, path = "/sessions/{id}/notes", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = NotesChange, responses((status = 200, body = Notes)))]
pub(crate) async fn put(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    LargeJson(change): LargeJson<NotesChange, BODY_BYTES>,
) -> Result<Json<Notes>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Notes).await?;
    chat::notes(&change.text).map_err(|error| ApiError::invalid("text", error))?;
    let now = codecrafter_domain::time::now();
    let (text, version) = (&change.text, change.version);
    let notes = app.store.write_notes(id, text, version, caller.user.id, now).await?;
    let updated = SessionEventKind::NotesUpdated { version: notes.version };
    let to = Audience::AtLeast(Action::Notes.least_role());
    app.whisper(id, to, updated, &caller.person()).await;
    Ok(Json(notes))
}
