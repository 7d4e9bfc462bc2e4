//! Chat messages, and how far they are read.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::chat::{ChatContent, ChatMessage, SystemLine, UNREAD_MOST, Unread};
use codecrafter_domain::id::{MessageId, SessionId, UserId};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::engine::{Engine, Stored, id, key};
use super::executions::ExecutionDocument;
use super::{Mongo, list, people, sessions};
use crate::convert;
use crate::error::StoreError;
use crate::executions::NewExecution;
use crate::page::{Key, assemble};
use crate::types::{Added, NewMessage, Page, PageRequest};
use crate::{MessageStore, Result};

/// A line of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MessageDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) author: String,
    pub(super) text: String,
    pub(super) mentions: Vec<String>,
    /// What the session tells of itself, as JSON.
    pub(super) line: Option<String>,
    /// Whom that is about.
    pub(super) about: Option<String>,
    /// How a repetition is known; the message's own id where it is not. A unique index stands on it.
    pub(super) nonce: String,
    pub(super) created_at: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
}

impl Stored for MessageDocument {
    const COLLECTION: &'static str = "messages";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

/// How far somebody has read a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ReadDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) user: String,
    pub(super) at: i64,
    pub(super) message: String,
}

impl Stored for ReadDocument {
    const COLLECTION: &'static str = "message_reads";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl MessageStore for Mongo {
    async fn add_message(&self, new: &NewMessage) -> Result<Added> {
        let message = MessageDocument::new(new)?;
        sessions::require(&self.engine, new.session).await?;
        people::require(&self.engine, new.author).await?;
        if new.nonce.is_some()
            && let Some(earlier) = self.engine.first(doc! { "nonce": &message.nonce }).await?
        {
            return Ok(Added::Already(whole(&self.engine, earlier).await?));
        }
        match self.engine.insert(&message).await {
            Ok(()) => Ok(Added::New(whole(&self.engine, message).await?)),
            // Somebody else was faster.
            Err(StoreError::Conflict(taken)) => {
                let earlier = self.engine.first(doc! { "nonce": &message.nonce }).await?;
                let earlier = earlier
                    .filter(|_| new.nonce.is_some())
                    .ok_or(StoreError::Conflict(taken))?;
                Ok(Added::Already(whole(&self.engine, earlier).await?))
            }
            Err(error) => Err(error),
        }
    }

    async fn message(&self, session: SessionId, id: MessageId) -> Result<ChatMessage> {
        sessions::require(&self.engine, session).await?;
        let message = find(&self.engine, session, id).await?;
        whole(&self.engine, message).await
    }

    async fn messages(&self, session: SessionId, page: &PageRequest) -> Result<Page<ChatMessage>> {
        sessions::require(&self.engine, session).await?;
        let of_session = doc! { "session": key(session.0) };
        let rows: Vec<MessageDocument> = list::part(&self.engine, of_session, "created_at", page, &[]).await?;
        let authors = people::people(&self.engine, rows.iter().map(|row| &row.author)).await?;
        let there = rows
            .into_iter()
            .filter_map(|row| authors.get(&row.author).map(|author| (row, author)));
        let rows = there.map(|(row, author)| Ok((id(&row.id)?, row, author)));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let key = |(id, row, _): &(Uuid, MessageDocument, _)| Key {
            at: row.created_at,
            id: *id,
        };
        let mut page = assemble(rows, page, key, |(_, row, author)| row.into_message(author))?;
        fill_outcomes(&self.engine, &mut page.items).await?;
        Ok(page)
    }

    async fn edit_message(
        &self,
        session: SessionId,
        id: MessageId,
        text: &str,
        mentions: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<ChatMessage> {
        let text = convert::text("text", text)?;
        sessions::require(&self.engine, session).await?;
        let edited = self.engine.change(key(id.0), |message: &mut MessageDocument| {
            message.require_in(session)?;
            if !message.is_written() {
                return Err(StoreError::Conflict("message"));
            }
            message.text.clone_from(&text);
            message.mentions = mentions.iter().map(|user| key(user.0)).collect();
            message.edited_at = Some(convert::micros(now));
            Ok(message.clone())
        });
        let edited = edited.await?;
        whole(&self.engine, edited).await
    }

    async fn delete_message(&self, session: SessionId, id: MessageId, now: DateTime<Utc>) -> Result<bool> {
        sessions::require(&self.engine, session).await?;
        let deleted = self.engine.change(key(id.0), |message: &mut MessageDocument| {
            message.require_in(session)?;
            if !message.is_written() {
                return Ok(false);
            }
            message.text.clear();
            message.mentions.clear();
            message.deleted_at = Some(convert::micros(now));
            Ok(true)
        });
        super::logins::or_nobody(deleted.await, false)
    }

    async fn mark_read(&self, session: SessionId, user: UserId, id: MessageId) -> Result<Unread> {
        sessions::require(&self.engine, session).await?;
        let message = find(&self.engine, session, id).await?;
        let new = ReadDocument {
            id: read_id(session, user),
            version: 0,
            session: key(session.0),
            user: key(user.0),
            at: message.created_at,
            message: message.id.clone(),
        };
        let read = self.engine.change_or(new.id.clone(), new, |read: &mut ReadDocument| {
            if (read.at, &read.message) < (message.created_at, &message.id) {
                read.at = message.created_at;
                read.message.clone_from(&message.id);
            }
            Ok(())
        });
        read.await?;
        unread(&self.engine, session, user).await
    }

    async fn unread(&self, session: SessionId, user: UserId) -> Result<Unread> {
        unread(&self.engine, session, user).await
    }
}

/// Notes a new run in its session's chat; whether it has one.
pub(super) async fn note_run(engine: &Engine, new: &NewExecution) -> Result<bool> {
    let Some(session) = new.request.session_id else {
        return Ok(false);
    };
    let line = SystemLine::Run {
        execution_id: new.id,
        language: new.request.language.clone(),
        outcome: None,
    };
    let message = MessageDocument::new(&NewMessage {
        id: MessageId(new.id.0),
        session,
        author: new.user,
        content: ChatContent::System { line },
        nonce: None,
        created_at: new.created_at,
    })?;
    engine.insert(&message).await?;
    Ok(true)
}

pub(super) fn read_id(session: SessionId, user: UserId) -> String {
    format!("{}/{}", session.0, user.0)
}

async fn find(engine: &Engine, session: SessionId, id: MessageId) -> Result<MessageDocument> {
    let message: MessageDocument = engine.find(&key(id.0)).await?.ok_or(StoreError::NotFound)?;
    message.require_in(session)?;
    Ok(message)
}

/// A message with its author, and how its run ended.
async fn whole(engine: &Engine, message: MessageDocument) -> Result<ChatMessage> {
    let author = people::people(engine, [&message.author])
        .await?
        .require(&message.author)?;
    let mut messages = [message.into_message(author)?];
    fill_outcomes(engine, &mut messages).await?;
    let [message] = messages;
    Ok(message)
}

/// Takes over how runs ended.
async fn fill_outcomes(engine: &Engine, messages: &mut [ChatMessage]) -> Result<()> {
    let runs = messages.iter().filter_map(|message| match &message.content {
        ChatContent::System {
            line: SystemLine::Run { execution_id, .. },
        } => Some(key(execution_id.0)),
        _ => None,
    });
    let runs: Vec<String> = runs.collect();
    if runs.is_empty() {
        return Ok(());
    }
    let runs = doc! { "_id": { "$in": runs } };
    let ended = engine
        .fields::<ExecutionDocument>(runs, &["outcome"], doc! {}, 0)
        .await?;
    for message in messages {
        if let ChatContent::System {
            line: SystemLine::Run {
                execution_id, outcome, ..
            },
        } = &mut message.content
        {
            let this = key(execution_id.0);
            let known = ended.iter().find(|run| run.get_str("_id").is_ok_and(|id| id == this));
            let word = known.and_then(|run| run.get_str("outcome").ok());
            *outcome = word.map(|word| convert::from_word(word.to_owned())).transpose()?;
        }
    }
    Ok(())
}

/// What a participant has not read; nothing for others.
async fn unread(engine: &Engine, session: SessionId, user: UserId) -> Result<Unread> {
    let room = sessions::live(engine, session).await?;
    let me = key(user.0);
    let Some(participant) = room.participants.iter().find(|part| part.user == me) else {
        return Ok(Unread::default());
    };
    let read: Option<ReadDocument> = engine.find(&read_id(session, user)).await?;
    let read = read.map(|read| (read.at, read.message));
    // No id is larger: what came at the moment of joining was there before.
    let joined = (participant.joined_at, key(Uuid::max()));
    let (at, after) = read.clone().map_or(joined.clone(), |read| read.max(joined));
    let unread = doc! {
        "session": key(session.0),
        "author": { "$ne": &me },
        "line": null,
        "deleted_at": null,
        "$or": [{ "created_at": { "$gt": at } }, { "created_at": at, "_id": { "$gt": after } }],
    };
    let most = convert::column(UNREAD_MOST);
    let found = engine
        .fields::<MessageDocument>(unread, &["mentions"], doc! {}, most)
        .await?;
    let names_me = |message: &&Document| {
        let mentions = message.get_array("mentions");
        mentions.is_ok_and(|mentions| mentions.iter().any(|user| user.as_str() == Some(&me)))
    };
    Ok(Unread {
        messages: found.len() as u64,
        mentions: found.iter().filter(names_me).count() as u64,
        last_read: read.map(|(_, message)| id(&message)).transpose()?.map(MessageId),
    })
}

impl MessageDocument {
    fn new(new: &NewMessage) -> Result<Self> {
        let (text, mentions, line) = match &new.content {
            ChatContent::Text { text, mentions } => (convert::text("text", text)?, mentions.clone(), None),
            ChatContent::System { line } => (String::new(), Vec::new(), Some(line)),
        };
        let nonce = new
            .nonce
            .as_deref()
            .map(|nonce| convert::text("nonce", nonce))
            .transpose()?;
        Ok(Self {
            id: key(new.id.0),
            version: 0,
            session: key(new.session.0),
            author: key(new.author.0),
            text,
            mentions: mentions.into_iter().map(|user| key(user.0)).collect(),
            about: line.and_then(about),
            line: line.map(convert::json).transpose()?,
            nonce: match nonce {
                Some(nonce) => repetition(new.session, new.author, &nonce)?,
                None => key(new.id.0),
            },
            created_at: convert::micros(new.created_at),
            edited_at: None,
            deleted_at: None,
        })
    }

    /// `NotFound` in other sessions.
    fn require_in(&self, session: SessionId) -> Result<()> {
        if self.session == key(session.0) {
            Ok(())
        } else {
            Err(StoreError::NotFound)
        }
    }

    /// Whether a person wrote it and nobody deleted it.
    fn is_written(&self) -> bool {
        self.line.is_none() && self.deleted_at.is_none()
    }

    fn into_message(self, author: codecrafter_domain::user::Person) -> Result<ChatMessage> {
        let mentions = self.mentions.iter().map(|user| id(user).map(UserId));
        let content = match self.line {
            Some(line) => ChatContent::System {
                line: convert::from_json(&line)?,
            },
            None => ChatContent::Text {
                mentions: mentions.collect::<Result<_>>()?,
                text: self.text,
            },
        };
        Ok(ChatMessage {
            id: MessageId(id(&self.id)?),
            author,
            content,
            created_at: convert::time(self.created_at)?,
            edited_at: convert::maybe_time(self.edited_at)?,
            deleted_at: convert::maybe_time(self.deleted_at)?,
        })
    }
}

/// How a message with a nonce is known when it is repeated.
pub(super) fn repetition(session: SessionId, author: UserId, nonce: &str) -> Result<String> {
    convert::json(&(session.0, author.0, nonce))
}

/// Whom a line of the session's own names.
pub(super) fn about(line: &SystemLine) -> Option<String> {
    let line = serde_json::to_value(line).ok()?;
    Some(line.get("user")?.get("id")?.as_str()?.to_owned())
}
