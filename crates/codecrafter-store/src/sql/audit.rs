//! The audit log.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::AuditEntry;
use codecrafter_domain::id::{AuditId, SessionId, UserId};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::engine::Durability;
use super::entities::audit_entry::{Column, Entity, Model};
use super::{Sql, convert, page};
use crate::error::StoreError;
use crate::types::{AuditFilter, Page, PageRequest};
use crate::{AuditStore, Result};

#[async_trait]
impl AuditStore for Sql {
    async fn record(&self, entries: &[AuditEntry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| Ok(Model::from_entry(entry)?.into_active_model()))
            .collect::<Result<_>>()?;
        let tx = self.engine.write(Durability::Disk).await?;
        Entity::insert_many(rows)
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
        let query = page::narrow(select(filter)?, Column::At, Column::Id, page)?;
        let key = |row: &Model| page::Key { at: row.at, id: row.id };
        page::assemble(query.all(&self.engine.read).await?, page, key, Model::into_entry)
    }

    async fn purge_audit(&self, before: DateTime<Utc>, limit: u64) -> Result<u64> {
        let old = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Column::At.lt(convert::micros(before)))
            .limit(convert::bound(limit))
            .to_owned();
        let tx = self.engine.write(Durability::Disk).await?;
        let purged = Entity::delete_many()
            .filter(Column::Id.in_subquery(old))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(purged.rows_affected)
    }
}

fn select(filter: &AuditFilter) -> Result<Select<Entity>> {
    let mut query = Entity::find();
    if !filter.acts.is_empty() {
        query = query.filter(Column::Act.is_in(filter.acts.iter().map(|act| act.word())));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(Column::ActorId.eq(actor.0));
    }
    if let Some(about) = filter.about {
        let either = Condition::any()
            .add(Column::ActorId.eq(about.0))
            .add(Column::UserId.eq(about.0));
        query = query.filter(either);
    }
    if let Some(session) = filter.session {
        query = query.filter(Column::SessionId.eq(session.0));
    }
    if let Some(address) = filter.address {
        query = query.filter(Column::Address.eq(address.to_string()));
    }
    if let Some(request_id) = &filter.request_id {
        query = query.filter(Column::RequestId.eq(convert::text("request_id", request_id)?));
    }
    if let Some(since) = filter.since {
        query = query.filter(Column::At.gte(convert::micros(since)));
    }
    if let Some(until) = filter.until {
        query = query.filter(Column::At.lt(convert::micros(until)));
    }
    Ok(query)
}

impl Model {
    fn from_entry(entry: &AuditEntry) -> Result<Self> {
        let text = |name, value: &Option<String>| value.as_deref().map(|value| convert::text(name, value)).transpose();
        Ok(Self {
            id: entry.id.0,
            at: convert::micros(entry.at),
            act: entry.act.word().to_owned(),
            actor_id: entry.actor_id.map(|id| id.0),
            actor: text("actor", &entry.actor)?,
            user_id: entry.user_id.map(|id| id.0),
            session_id: entry.session_id.map(|id| id.0),
            object_id: entry.object_id,
            detail: text("detail", &entry.detail)?,
            channel: convert::word(entry.channel),
            address: entry.address.map(|address| address.to_string()),
            request_id: text("request_id", &entry.request_id)?,
        })
    }

    fn into_entry(self) -> Result<AuditEntry> {
        let address = self.address.as_deref().map(str::parse).transpose();
        Ok(AuditEntry {
            id: AuditId(self.id),
            at: convert::time(self.at)?,
            act: convert::from_word(self.act)?,
            actor_id: self.actor_id.map(UserId),
            actor: self.actor,
            user_id: self.user_id.map(UserId),
            session_id: self.session_id.map(SessionId),
            object_id: self.object_id,
            detail: self.detail,
            channel: convert::from_word(self.channel)?,
            address: address.map_err(|_| StoreError::Unreadable("unexpected address in the audit log".into()))?,
            request_id: self.request_id,
        })
    }
}
