//! The audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::AuditEntry;
use codecrafter_domain::id::{AuditId, SessionId, UserId};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

use super::engine::{Stored, id, key};
use super::{Mongo, list};
use crate::convert;
use crate::error::StoreError;
use crate::page::{Key, assemble};
use crate::types::{AuditFilter, Page, PageRequest};
use crate::{AuditStore, Result};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EntryDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) at: i64,
    pub(super) act: String,
    pub(super) actor_id: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) user: Option<String>,
    pub(super) session: Option<String>,
    pub(super) object: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) channel: String,
    pub(super) address: Option<String>,
    pub(super) request_id: Option<String>,
}

impl Stored for EntryDocument {
    const COLLECTION: &'static str = "audit_entries";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl AuditStore for Mongo {
    async fn record(&self, entries: &[AuditEntry]) -> Result<()> {
        // Read all before any is added. Should the server end between two, whoever asked adds all again.
        let documents: Vec<_> = entries.iter().map(EntryDocument::new).collect::<Result<_>>()?;
        self.engine.insert_all(&documents).await
    }

    async fn audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
        let rows: Vec<EntryDocument> = list::part(&self.engine, select(filter)?, "at", page, &[]).await?;
        let rows = rows.into_iter().map(|row| Ok((id(&row.id)?, row)));
        let rows: Vec<_> = rows.collect::<Result<_>>()?;
        let key = |(id, row): &(uuid::Uuid, EntryDocument)| Key { at: row.at, id: *id };
        assemble(rows, page, key, |(_, row)| row.into_entry())
    }

    async fn purge_audit(&self, before: DateTime<Utc>, limit: u64) -> Result<u64> {
        if limit == 0 {
            return Ok(0);
        }
        let (old, limit) = (
            doc! { "at": { "$lt": convert::micros(before) } },
            convert::column(limit),
        );
        let old = self
            .engine
            .fields::<EntryDocument>(old, &["_id"], doc! {}, limit)
            .await?;
        let ids: Vec<&str> = old.iter().filter_map(|entry| entry.get_str("_id").ok()).collect();
        self.engine
            .remove_all::<EntryDocument>(doc! { "_id": { "$in": ids } })
            .await
    }
}

fn select(filter: &AuditFilter) -> Result<Document> {
    let mut which = Document::new();
    if !filter.acts.is_empty() {
        let acts: Vec<&str> = filter.acts.iter().map(|act| act.word()).collect();
        which.insert("act", doc! { "$in": acts });
    }
    if let Some(actor) = filter.actor {
        which.insert("actor_id", key(actor.0));
    }
    if let Some(about) = filter.about {
        let about = key(about.0);
        which.insert("$or", [doc! { "actor_id": &about }, doc! { "user": &about }].to_vec());
    }
    if let Some(session) = filter.session {
        which.insert("session", key(session.0));
    }
    if let Some(address) = filter.address {
        which.insert("address", address.to_string());
    }
    if let Some(request_id) = &filter.request_id {
        which.insert("request_id", convert::text("request_id", request_id)?);
    }
    let mut at = Document::new();
    if let Some(since) = filter.since {
        at.insert("$gte", convert::micros(since));
    }
    if let Some(until) = filter.until {
        at.insert("$lt", convert::micros(until));
    }
    if !at.is_empty() {
        which.insert("at", at);
    }
    Ok(which)
}

impl EntryDocument {
    fn new(entry: &AuditEntry) -> Result<Self> {
        let text = |name, value: &Option<String>| value.as_deref().map(|value| convert::text(name, value)).transpose();
        Ok(Self {
            id: key(entry.id.0),
            version: 0,
            at: convert::micros(entry.at),
            act: entry.act.word().to_owned(),
            actor_id: entry.actor_id.map(|id| key(id.0)),
            actor: text("actor", &entry.actor)?,
            user: entry.user_id.map(|id| key(id.0)),
            session: entry.session_id.map(|id| key(id.0)),
            object: entry.object_id.map(key),
            detail: text("detail", &entry.detail)?,
            channel: convert::word(entry.channel),
            address: entry.address.map(|address| address.to_string()),
            request_id: text("request_id", &entry.request_id)?,
        })
    }

    fn into_entry(self) -> Result<AuditEntry> {
        let maybe = |key: Option<String>| key.as_deref().map(id).transpose();
        let address = self.address.as_deref().map(str::parse).transpose();
        Ok(AuditEntry {
            id: AuditId(id(&self.id)?),
            at: convert::time(self.at)?,
            act: convert::from_word(self.act)?,
            actor_id: maybe(self.actor_id)?.map(UserId),
            actor: self.actor,
            user_id: maybe(self.user)?.map(UserId),
            session_id: maybe(self.session)?.map(SessionId),
            object_id: maybe(self.object)?,
            detail: self.detail,
            channel: convert::from_word(self.channel)?,
            address: address.map_err(|_| StoreError::Unreadable("unexpected address in the audit log".into()))?,
            request_id: self.request_id,
        })
    }
}
