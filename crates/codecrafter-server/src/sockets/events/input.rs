//! Frames from the client: each is done with the rights of the moment.

use std::time::Duration;

use codecrafter_collab::close;
use codecrafter_domain::chat::ChatMessage;
use codecrafter_domain::event::{Audience, Place, SessionEventKind, Viewport};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::object;
use codecrafter_domain::permission::Action;
use codecrafter_domain::user::Person;
use codecrafter_domain::validate::FieldError;
use codecrafter_store::types::Added;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bucket::Bucket;
use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::chat::{self, Draft};
use crate::error::ApiError;
use crate::presence::Window;
use crate::sockets::Goodbye;
use crate::state::App;

/// Frames at once from one connection, and the time in which as many more may follow.
const FRAMES: (u32, Duration) = (100, Duration::from_secs(4));
/// So many frames beyond that are refused before the connection ends.
const REFUSED_FRAMES: u32 = 300;
/// Views that are passed on: pages send fewer.
const VIEWS: (u32, Duration) = (20, Duration::from_secs(2));
/// That somebody types is true for some seconds, or until what they typed is sent; the next of several short messages is
/// news again.
const TYPING: (u32, Duration) = (10, Duration::from_secs(20));
/// Everybody is taken elsewhere by it.
const GATHERINGS: (u32, Duration) = (3, Duration::from_secs(10));
/// The client does not keep to the limits (RFC 6455: policy violation). Try again.
const TOO_MANY: u16 = 1008;

/// What clients send on the session's events socket.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", deny_unknown_fields)]
pub(crate) enum SessionInput {
    /// Write in the chat; answered with `chat.sent`. Takes the role viewer.
    #[serde(rename = "chat.send")]
    ChatSend(Draft),
    /// Tell the others that one writes a message; passed on every 2 s. Takes the role viewer.
    #[serde(rename = "chat.typing")]
    ChatTyping {},
    /// Tell the others what one looks at; passed on up to ten times a second. Takes the role viewer.
    #[serde(rename = "presence.viewport")]
    PresenceViewport(Viewport),
    /// Ask the others to come to a place. Takes the role editor.
    #[serde(rename = "follow.gather")]
    FollowGather(Place),
}

/// What concerns one connection only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
pub(crate) enum SessionNotice {
    /// A `chat.send` was done.
    #[serde(rename = "chat.sent")]
    ChatSent {
        /// As it was sent.
        nonce: Option<String>,
        /// What stands in the chat.
        message: ChatMessage,
    },
    /// A frame was not carried out; the connection stays.
    #[serde(rename = "error")]
    Error {
        /// What kind, for programs: the last part of a problem's `type`, such as `invalid`, `forbidden` or `too-many`.
        code: &'static str,
        /// What is wrong, for a person.
        message: String,
        /// The fields that are wrong, each with its limit.
        errors: Vec<FieldError>,
        /// Of the `chat.send` that it is about.
        nonce: Option<String>,
    },
}

impl SessionNotice {
    fn refusal(error: &ApiError, nonce: Option<String>) -> Self {
        let problem = error.body();
        Self::Error {
            code: error.code(),
            message: problem.detail.unwrap_or(problem.title),
            errors: problem.errors,
            nonce,
        }
    }
}

/// One connection's way into the session.
pub(super) struct Input {
    app: App,
    session: SessionId,
    caller: Caller,
    person: Person,
    frames: Bucket,
    refused: u32,
    views: Bucket,
    typing: Bucket,
    gatherings: Bucket,
}

impl Input {
    pub(super) fn new(app: &App, session: SessionId, caller: &Caller) -> Self {
        let bucket = |(size, whole)| Bucket::new(size, whole);
        Self {
            app: app.clone(),
            session,
            caller: caller.clone(),
            person: caller.person(),
            frames: bucket(FRAMES),
            refused: 0,
            views: bucket(VIEWS),
            typing: bucket(TYPING),
            gatherings: bucket(GATHERINGS),
        }
    }

    /// Carries a frame out; what to answer, if anything. `window` is there for participants. `Err` ends the connection.
    pub(super) async fn take(&mut self, text: &str, window: Option<&Window>) -> Result<Option<SessionNotice>, Goodbye> {
        if !self.frames.take() {
            self.refused += 1;
            if self.refused > REFUSED_FRAMES {
                return Err(Goodbye::new(TOO_MANY, "far too many frames"));
            }
            let (size, whole) = FRAMES;
            let limit = format!("At most {size} frames in {} s.", whole.as_secs());
            return Ok(Some(SessionNotice::refusal(&ApiError::too_many(limit, 1), None)));
        }
        let input = match read(text)? {
            Ok(input) => input,
            Err(error) => return Ok(Some(SessionNotice::refusal(&error, None))),
        };
        let nonce = match &input {
            SessionInput::ChatSend(draft) => draft.nonce.clone(),
            _ => None,
        };
        let done = self.carry_out(input, window).await;
        Ok(done.unwrap_or_else(|error| Some(SessionNotice::refusal(&error, nonce))))
    }

    async fn carry_out(
        &mut self,
        input: SessionInput,
        window: Option<&Window>,
    ) -> Result<Option<SessionNotice>, ApiError> {
        match input {
            SessionInput::ChatSend(draft) => self.send(draft).await.map(Some),
            SessionInput::ChatTyping {} => {
                self.require(Action::Chat).await?;
                if self.typing.take() {
                    self.tell_others(SessionEventKind::ChatTyping).await;
                }
                Ok(None)
            }
            SessionInput::PresenceViewport(viewport) => {
                viewport.check()?;
                self.require(Action::Chat).await?;
                if let Some(window) = window
                    && self.views.take()
                {
                    window.look(viewport).await;
                }
                Ok(None)
            }
            SessionInput::FollowGather(place) => {
                place.check()?;
                self.require(Action::Gather).await?;
                if !self.gatherings.take() {
                    let (size, whole) = GATHERINGS;
                    let limit = format!("At most {size} of these in {} s.", whole.as_secs());
                    return Err(ApiError::too_many(limit, whole.as_secs() / u64::from(size)));
                }
                self.tell_others(SessionEventKind::FollowGather(place)).await;
                Ok(None)
            }
        }
    }

    async fn send(&self, draft: Draft) -> Result<SessionNotice, ApiError> {
        let nonce = draft.nonce.clone();
        let (Added::New(message) | Added::Already(message)) =
            chat::send(&self.app, &self.caller, self.session, draft).await?;
        Ok(SessionNotice::ChatSent { nonce, message })
    }

    async fn require(&self, action: Action) -> Result<(), ApiError> {
        authorise(&self.app, self.session, self.caller.user.id, action)
            .await
            .map(drop)
    }

    async fn tell_others(&self, kind: SessionEventKind) {
        let to = Audience::Others(self.person.id);
        self.app.whisper(self.session, to, kind, &self.person).await;
    }
}

/// `Err` where it is not even JSON; inside, what is wrong with it.
fn read(text: &str) -> Result<Result<SessionInput, ApiError>, Goodbye> {
    let mut json = serde_json::Deserializer::from_str(text);
    let error = match object::one(&mut json).and_then(|input| json.end().map(|()| input)) {
        Ok(input) => return Ok(Ok(input)),
        Err(error) => error.to_string(),
    };
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(Goodbye::new(close::MALFORMED, "a frame must be JSON"));
    }
    let error = error
        .rsplit_once(" at line ")
        .map_or(error.as_str(), |(error, _)| error);
    Ok(Err(ApiError::invalid(
        "frame",
        error.chars().take(200).collect::<String>(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read() {
        for right in [
            r#"{"type":"chat.send","text":"x"}"#,
            r#"{"type":"chat.send","text":"x","nonce":"n"}"#,
            r#"{"type":"chat.typing"}"#,
            r#"{"type":"presence.viewport","file_id":"f","top_line":1,"bottom_line":9}"#,
            r#"{"type":"follow.gather","file_id":"f","line":1}"#,
        ] {
            assert!(matches!(read(right), Ok(Ok(_))), "{right}: {:?}", read(right));
        }
        for wrong in [
            "null",
            "[]",
            "{}",
            r#"["chat.typing"]"#,
            r#"{"type":"chat.message","text":"x"}"#,
            r#"{"type":"chat.send"}"#,
            r#"{"type":"chat.send","text":7}"#,
            r#"{"type":"chat.send","text":"x","by":"me"}"#,
            r#"{"type":"chat.typing","text":"x"}"#,
            r#"{"type":"presence.viewport","file_id":"f","top_line":-1,"bottom_line":9}"#,
            r#"{"type":"follow.gather","file_id":"f","line":1.5}"#,
            r#"{"type":"follow.gather","file_id":"f","line":99999999999}"#,
        ] {
            assert!(matches!(read(wrong), Ok(Err(_))), "{wrong}: {:?}", read(wrong));
        }
        for malformed in ["", "{", "x", r#"{"type":"chat.typing"} {}"#] {
            assert!(read(malformed).is_err(), "{malformed}");
        }
    }
}
