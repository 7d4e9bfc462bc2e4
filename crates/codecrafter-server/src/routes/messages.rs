//! A session's chat.

use axum::Json;
use axum::extract::State;
use codecrafter_domain::chat::{ChatMessage, Unread};
use codecrafter_domain::event::{Audience, SessionEventKind};
use codecrafter_domain::id::{MessageId, SessionId};
use codecrafter_domain::permission::Action;
use codecrafter_store::StoreError;
use codecrafter_store::types::Added;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::PageQuery;
use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::chat::{self, Draft};
use crate::error::ApiError;
use crate::extract::{self, Path, Query};
use crate::state::App;

/// A part of a session's chat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageList {
    /// Newest first.
    items: Vec<ChatMessage>,
    /// Where the next part, of older messages, begins; null at the end.
    next_cursor: Option<String>,
    /// What the caller has not read; null for those who are not in the session.
    unread: Option<Unread>,
}

/// Changes to a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagePatch {
    /// 1 to 4,096 bytes, not only spaces.
    text: String,
}

/// How far one has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMark {
    /// The newest message that was read.
    message_id: MessageId,
}

/// The chat, newest first, with the session's own lines about joins, leaves, roles and runs. Deleted messages have
/// `deleted_at` and no text.
#[utoipa::path(get, path = "/sessions/{id}/messages", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path), PageQuery), responses((status = 200, body = MessageList)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<MessageList>, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::Read).await?;
    let page = app.store.messages(id, &page.check()?).await?;
    let unread = match access.role() {
        Some(_) => Some(app.store.unread(id, caller.user.id).await?),
        None => None,
    };
    Ok(Json(MessageList {
        items: page.items,
        next_cursor: page.next_cursor,
        unread,
    }))
}

/// Write in the chat; viewers may, too. At most 120 messages and edits a minute. The text is stored as it is: show it as
/// text.
#[utoipa::path(post, path = "/sessions/{id}/messages", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = Draft,
    responses((status = 201, body = ChatMessage),
        (status = 200, description = "Sent before under the same nonce", body = ChatMessage)))]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(draft): extract::Json<Draft>,
) -> Result<(StatusCode, Json<ChatMessage>), ApiError> {
    Ok(match chat::send(&app, &caller, id, draft).await? {
        Added::New(message) => (StatusCode::CREATED, Json(message)),
        Added::Already(message) => (StatusCode::OK, Json(message)),
    })
}

/// Change what one wrote.
#[utoipa::path(patch, path = "/sessions/{id}/messages/{message}", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path), ("message" = MessageId, Path)), request_body = MessagePatch,
    responses((status = 200, body = ChatMessage)))]
pub(crate) async fn edit(
    State(app): State<App>,
    caller: Caller,
    Path((id, message)): Path<(SessionId, MessageId)>,
    extract::Json(patch): extract::Json<MessagePatch>,
) -> Result<Json<ChatMessage>, ApiError> {
    Ok(Json(chat::edit(&app, &caller, id, message, &patch.text).await?))
}

/// Delete what one wrote; admins delete what anybody wrote. Its text is gone, its place stays.
#[utoipa::path(delete, path = "/sessions/{id}/messages/{message}", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path), ("message" = MessageId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((id, message)): Path<(SessionId, MessageId)>,
) -> Result<StatusCode, ApiError> {
    chat::delete(&app, &caller, id, message).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Note how far one has read. One's other windows are told; going back does nothing.
#[utoipa::path(put, path = "/sessions/{id}/messages/read", tag = "chat", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = ReadMark, responses((status = 200, body = Unread)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(ReadMark { message_id }): extract::Json<ReadMark>,
) -> Result<Json<Unread>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Chat).await?;
    let unread = app.store.mark_read(id, caller.user.id, message_id).await;
    let unread = unread.map_err(|error| match error {
        StoreError::NotFound => ApiError::invalid("message_id", "is not a message of this session"),
        error => error.into(),
    })?;
    let read = SessionEventKind::ChatRead { unread };
    app.whisper(id, Audience::User(caller.user.id), read, &caller.person())
        .await;
    Ok(Json(unread))
}
