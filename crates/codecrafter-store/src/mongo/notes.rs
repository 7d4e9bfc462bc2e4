//! Private notes of a session's owner and admins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::chat::Notes;
use codecrafter_domain::id::{SessionId, UserId};
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored, key};
use super::{Mongo, people, sessions};
use crate::convert;
use crate::error::StoreError;
use crate::{NoteStore, Result};

/// A session's notes. Their version is the one that callers see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct NotesDocument {
    #[serde(rename = "_id")]
    pub(super) session: String,
    pub(super) version: i64,
    pub(super) text: String,
    pub(super) edition: i64,
    pub(super) by: String,
    pub(super) at: i64,
}

impl Stored for NotesDocument {
    const COLLECTION: &'static str = "notes";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl NoteStore for Mongo {
    async fn notes(&self, session: SessionId) -> Result<Notes> {
        sessions::require(&self.engine, session).await?;
        let found = self.engine.find(&key(session.0)).await?;
        into_notes(&self.engine, found.unwrap_or_default()).await
    }

    async fn write_notes(
        &self,
        session: SessionId,
        text: &str,
        version: u64,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Notes> {
        let text = convert::text("text", text)?;
        sessions::require(&self.engine, session).await?;
        people::require(&self.engine, by).await?;
        let new = NotesDocument {
            session: key(session.0),
            ..NotesDocument::default()
        };
        let written = self.engine.change_or(key(session.0), new, |notes: &mut NotesDocument| {
            if notes.edition != convert::column(version) {
                return Err(StoreError::Conflict("notes"));
            }
            notes.text.clone_from(&text);
            notes.edition += 1;
            notes.by = key(by.0);
            notes.at = convert::micros(now);
            Ok(notes.clone())
        });
        let written = written.await?;
        into_notes(&self.engine, written).await
    }
}

async fn into_notes(engine: &Engine, notes: NotesDocument) -> Result<Notes> {
    if notes.edition == 0 {
        return Ok(Notes {
            text: String::new(),
            version: 0,
            updated_by: None,
            updated_at: None,
        });
    }
    let author = people::people(engine, [&notes.by]).await?.require(&notes.by)?;
    Ok(Notes {
        text: notes.text,
        version: convert::number(notes.edition)?,
        updated_by: Some(author),
        updated_at: Some(convert::time(notes.at)?),
    })
}
