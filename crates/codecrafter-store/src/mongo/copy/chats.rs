//! What people say, how far it is read, and what they note.

use async_trait::async_trait;
use codecrafter_domain::id::{SessionId, UserId};
use uuid::Uuid;

use super::{Rowed, retain_with};
use crate::mongo::engine::{Engine, id, key};
use crate::mongo::messages::{self, MessageDocument, ReadDocument};
use crate::mongo::notes::NotesDocument;
use crate::mongo::sessions::SessionDocument;
use crate::sql::copy::Rows;
use crate::sql::entities::{message, message_read, note};
use crate::{Result, convert};

#[async_trait]
impl Rowed for MessageDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |message| &message.session).await?;
        message_rows(batch)
    }
}

/// The rows that messages stand for.
pub(super) fn message_rows(batch: Vec<MessageDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for document in batch {
        let mentions = document.mentions.iter().map(|user| id(user));
        let nonce = if document.nonce == document.id {
            None
        } else {
            let (_session, _author, nonce): (Uuid, Uuid, String) = convert::from_json(&document.nonce)?;
            Some(nonce)
        };
        rows.message.push(message::Model {
            id: id(&document.id)?,
            session_id: id(&document.session)?,
            author_id: id(&document.author)?,
            text: document.text,
            mentions: convert::json(&mentions.collect::<Result<Vec<Uuid>>>()?)?,
            line: document.line,
            nonce,
            created_at: document.created_at,
            edited_at: document.edited_at,
            deleted_at: document.deleted_at,
        });
    }
    Ok(rows)
}

/// Messages of rows.
pub(super) fn messages(rows: Vec<message::Model>) -> Result<Vec<MessageDocument>> {
    let message = |row: message::Model| {
        let mentions: Vec<Uuid> = convert::from_json(&row.mentions)?;
        let line = row.line.as_deref().map(convert::from_json).transpose()?;
        let nonce = row.nonce.as_deref();
        let nonce = nonce.map(|nonce| messages::repetition(SessionId(row.session_id), UserId(row.author_id), nonce));
        Ok(MessageDocument {
            id: key(row.id),
            version: 0,
            session: key(row.session_id),
            author: key(row.author_id),
            text: row.text,
            mentions: mentions.into_iter().map(key).collect(),
            about: line.as_ref().and_then(messages::about),
            line: row.line,
            nonce: nonce.unwrap_or_else(|| Ok(key(row.id)))?,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
        })
    };
    rows.into_iter().map(message).collect()
}

#[async_trait]
impl Rowed for ReadDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |read| &read.session).await?;
        read_rows(batch)
    }
}

/// The rows that marks of what is read stand for.
pub(super) fn read_rows(batch: Vec<ReadDocument>) -> Result<Rows> {
    let row = |document: ReadDocument| {
        Ok(message_read::Model {
            session_id: id(&document.session)?,
            user_id: id(&document.user)?,
            at: document.at,
            message_id: id(&document.message)?,
        })
    };
    Ok(Rows {
        message_read: batch.into_iter().map(row).collect::<Result<_>>()?,
        ..Rows::default()
    })
}

/// Marks of what is read, of rows.
pub(super) fn reads(rows: Vec<message_read::Model>) -> Vec<ReadDocument> {
    let read = |row: message_read::Model| ReadDocument {
        id: messages::read_id(SessionId(row.session_id), UserId(row.user_id)),
        version: 0,
        session: key(row.session_id),
        user: key(row.user_id),
        at: row.at,
        message: key(row.message_id),
    };
    rows.into_iter().map(read).collect()
}

#[async_trait]
impl Rowed for NotesDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |notes| &notes.session).await?;
        note_rows(batch)
    }
}

/// The rows that notes stand for.
pub(super) fn note_rows(batch: Vec<NotesDocument>) -> Result<Rows> {
    let row = |document: NotesDocument| {
        Ok(note::Model {
            session_id: id(&document.session)?,
            text: document.text,
            version: document.edition,
            updated_by: id(&document.by)?,
            updated_at: document.at,
        })
    };
    Ok(Rows {
        note: batch.into_iter().map(row).collect::<Result<_>>()?,
        ..Rows::default()
    })
}

/// Notes of rows.
pub(super) fn notes(rows: Vec<note::Model>) -> Vec<NotesDocument> {
    let notes = |row: note::Model| NotesDocument {
        session: key(row.session_id),
        version: 0,
        text: row.text,
        edition: row.version,
        by: key(row.updated_by),
        at: row.updated_at,
    };
    rows.into_iter().map(notes).collect()
}
