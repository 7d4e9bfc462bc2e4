//! What is said in a session: by people, and by the session of itself.

use codecrafter_domain::chat::{self, ChatContent, ChatMessage, SystemLine};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{MessageId, SessionId, UserId};
use codecrafter_domain::permission::Action;
use codecrafter_domain::user::Person;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::types::{Added, NewMessage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::caller::Caller;
use crate::authorise::{Access, authorise};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::state::App;

/// A message to be sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct Draft {
    /// 1 to 4,096 bytes, not only spaces. `@username` names a participant.
    pub(crate) text: String,
    /// A name for this message, 1 to 64 visible ASCII characters: sent again under it, as after a lost connection, the
    /// message is there once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
}

/// Adds what somebody writes to the chat and tells everybody.
pub(crate) async fn send(app: &App, caller: &Caller, session: SessionId, draft: Draft) -> Result<Added, ApiError> {
    authorise(app, session, caller.user.id, Action::Chat).await?;
    app.budgets.take(Budget::Chat(caller.user.id)).await?;
    let mut invalid = Invalid::none();
    invalid.check("text", chat::text(&draft.text));
    if let Some(nonce) = &draft.nonce {
        invalid.check("nonce", chat::nonce(nonce));
    }
    invalid.into_result()?;
    let mentions = mentions(app, session, &draft.text).await?;
    let new = NewMessage {
        id: MessageId::new(),
        session,
        author: caller.user.id,
        content: ChatContent::Text {
            text: draft.text,
            mentions,
        },
        nonce: draft.nonce,
        created_at: codecrafter_domain::time::now(),
    };
    let added = app.store.add_message(&new).await?;
    if let Added::New(message) = &added {
        let message = message.clone();
        app.tell(session, SessionEventKind::ChatMessage { message }, &caller.person())
            .await;
    }
    Ok(added)
}

/// Replaces the text of the caller's own message and tells everybody.
pub(crate) async fn edit(
    app: &App,
    caller: &Caller,
    session: SessionId,
    id: MessageId,
    text: &str,
) -> Result<ChatMessage, ApiError> {
    authorise(app, session, caller.user.id, Action::Chat).await?;
    app.budgets.take(Budget::Chat(caller.user.id)).await?;
    let message = written(app, session, id).await?;
    if message.author.id != caller.user.id {
        return Err(ApiError::forbidden("Only its author edits a message."));
    }
    if message.deleted_at.is_some() {
        return Err(ApiError::gone("The message has been deleted."));
    }
    chat::text(text).map_err(|error| ApiError::invalid("text", error))?;
    let mentions = mentions(app, session, text).await?;
    let now = codecrafter_domain::time::now();
    let message = app.store.edit_message(session, id, text, &mentions, now).await?;
    let edited = SessionEventKind::ChatEdited {
        message: message.clone(),
    };
    app.tell(session, edited, &caller.person()).await;
    Ok(message)
}

/// Deletes the caller's own message or, for those who moderate, anybody's, and tells everybody.
pub(crate) async fn delete(app: &App, caller: &Caller, session: SessionId, id: MessageId) -> Result<(), ApiError> {
    let access: Access = authorise(app, session, caller.user.id, Action::Chat).await?;
    let message = written(app, session, id).await?;
    if message.author.id != caller.user.id {
        access.require(Action::Moderate)?;
    }
    let now = codecrafter_domain::time::now();
    if app.store.delete_message(session, id, now).await? {
        let deleted = SessionEventKind::ChatDeleted { message_id: id };
        app.tell(session, deleted, &caller.person()).await;
    }
    Ok(())
}

/// A message that a person wrote.
async fn written(app: &App, session: SessionId, id: MessageId) -> Result<ChatMessage, ApiError> {
    let message = app.store.message(session, id).await.map_err(|error| match error {
        StoreError::NotFound => ApiError::not_found("message"),
        error => error.into(),
    })?;
    match message.content {
        ChatContent::Text { .. } => Ok(message),
        ChatContent::System { .. } => Err(ApiError::forbidden("Nobody changes what the session itself tells.")),
    }
}

async fn mentions(app: &App, session: SessionId, text: &str) -> Result<Vec<UserId>, ApiError> {
    if chat::names(text).is_empty() {
        return Ok(Vec::new());
    }
    let participants = app.store.participants(session).await?;
    let people = participants.iter().map(|participant| &participant.user);
    Ok(chat::mentions(text, people))
}

/// Adds the line that an event leaves in the chat, if any. A line that is lost costs nothing but itself.
pub(crate) async fn note(
    app: &App,
    session: SessionId,
    kind: &SessionEventKind,
    by: &Person,
) -> Option<SessionEventKind> {
    let added = async {
        let Some(line) = line(app, kind).await? else {
            return Ok(None);
        };
        let new = NewMessage {
            id: MessageId::new(),
            session,
            author: by.id,
            content: ChatContent::System { line },
            nonce: None,
            created_at: codecrafter_domain::time::now(),
        };
        app.store.add_message(&new).await.map(Some)
    };
    match added.await {
        Ok(Some(Added::New(message) | Added::Already(message))) => Some(SessionEventKind::ChatMessage { message }),
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(%session, %error, "line of the chat not stored");
            None
        }
    }
}

async fn line(app: &App, kind: &SessionEventKind) -> Result<Option<SystemLine>, StoreError> {
    let person = async |id| Ok::<_, StoreError>(Person::from(&app.store.user(id).await?));
    Ok(match kind {
        SessionEventKind::ParticipantJoined { participant } => Some(SystemLine::Joined {
            user: participant.user.clone(),
            role: participant.role,
        }),
        SessionEventKind::ParticipantLeft { user_id } => Some(SystemLine::Left {
            user: person(*user_id).await?,
        }),
        SessionEventKind::ParticipantRemoved { user_id } => Some(SystemLine::Removed {
            user: person(*user_id).await?,
        }),
        SessionEventKind::ParticipantRoleChanged { user_id, role } => Some(SystemLine::RoleChanged {
            user: person(*user_id).await?,
            role: *role,
        }),
        _ => None,
    })
}
