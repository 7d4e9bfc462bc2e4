//! Private notes of a session's owner and admins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::chat::Notes;
use codecrafter_domain::id::{SessionId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

use super::engine::Durability;
use super::entities::note::{Column, Entity, Model};
use super::entities::user;
use super::{Sql, convert, sessions};
use crate::error::StoreError;
use crate::{NoteStore, Result};

#[async_trait]
impl NoteStore for Sql {
    async fn notes(&self, session: SessionId) -> Result<Notes> {
        sessions::require(&self.engine.read, session).await?;
        find(&self.engine.read, session).await
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
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::lock(&*tx, session).await?;
        let current = find(&*tx, session).await?.version;
        if current != version {
            return Err(StoreError::Conflict("notes"));
        }
        let row = Model {
            session_id: session.0,
            text,
            version: convert::column(current + 1),
            updated_by: by.0,
            updated_at: convert::micros(now),
        };
        let changed = [Column::Text, Column::Version, Column::UpdatedBy, Column::UpdatedAt];
        let replace = OnConflict::column(Column::SessionId).update_columns(changed).to_owned();
        Entity::insert(row.into_active_model())
            .on_conflict(replace)
            .exec_without_returning(&*tx)
            .await?;
        let notes = find(&*tx, session).await?;
        tx.commit().await?;
        Ok(notes)
    }
}

async fn find(db: &impl ConnectionTrait, session: SessionId) -> Result<Notes> {
    let rows = Entity::find_by_id(session.0)
        .find_both_related(user::Entity)
        .one(db)
        .await?;
    let Some((row, author)) = rows else {
        return Ok(Notes {
            text: String::new(),
            version: 0,
            updated_by: None,
            updated_at: None,
        });
    };
    Ok(Notes {
        text: row.text,
        version: convert::number(row.version)?,
        updated_by: Some(author.into_person()),
        updated_at: Some(convert::time(row.updated_at)?),
    })
}
