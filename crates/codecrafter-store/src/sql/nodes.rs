//! The processes that are at work.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::admin::Node;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::engine::Durability;
use super::entities::node::{Column, Entity, Model};
use super::{Sql, convert};
use crate::{NodeStore, Result};

#[async_trait]
impl NodeStore for Sql {
    async fn beat(&self, node: &Node, forget_before: DateTime<Utc>) -> Result<()> {
        let row = Model {
            id: convert::text("id", &node.id)?,
            host: convert::text("host", &node.host)?,
            roles: convert::text("roles", &node.roles.join(","))?,
            slots: node.slots.into(),
            busy: node.busy.into(),
            version: convert::text("version", &node.version)?,
            started_at: convert::micros(node.started_at),
            seen_at: convert::micros(node.seen_at),
        };
        let again = OnConflict::column(Column::Id)
            .update_columns([Column::Slots, Column::Busy, Column::SeenAt])
            .to_owned();
        let tx = self.engine.write(Durability::Process).await?;
        Entity::delete_many()
            .filter(Column::SeenAt.lt(convert::micros(forget_before)))
            .exec(&*tx)
            .await?;
        Entity::insert(row.into_active_model())
            .on_conflict(again)
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn forget_node(&self, id: &str) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        Entity::delete_by_id(id.to_owned()).exec(&*tx).await?;
        tx.commit().await
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        let rows = Entity::find()
            .order_by_asc(Column::StartedAt)
            .order_by_asc(Column::Id)
            .all(&self.engine.read)
            .await?;
        rows.into_iter().map(Model::into_node).collect()
    }
}

impl Model {
    fn into_node(self) -> Result<Node> {
        Ok(Node {
            id: self.id,
            host: self.host,
            roles: self.roles.split(',').map(str::to_owned).collect(),
            slots: convert::number(self.slots)?,
            busy: convert::number(self.busy)?,
            version: self.version,
            started_at: convert::time(self.started_at)?,
            seen_at: convert::time(self.seen_at)?,
        })
    }
}
