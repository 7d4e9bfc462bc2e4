//! The processes that are at work.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::admin::Node;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::engine::Stored;
use crate::convert;
use crate::{NodeStore, Result};

/// A process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NodeDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) host: String,
    pub(super) roles: Vec<String>,
    pub(super) slots: i64,
    pub(super) busy: i64,
    pub(super) executable: String,
    pub(super) started_at: i64,
    pub(super) seen_at: i64,
}

impl Stored for NodeDocument {
    const COLLECTION: &'static str = "nodes";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl NodeStore for Mongo {
    async fn beat(&self, node: &Node, forget_before: DateTime<Utc>) -> Result<()> {
        let new = NodeDocument {
            id: convert::text("id", &node.id)?,
            version: 0,
            host: convert::text("host", &node.host)?,
            roles: node.roles.clone(),
            slots: node.slots.into(),
            busy: node.busy.into(),
            executable: convert::text("version", &node.version)?,
            started_at: convert::micros(node.started_at),
            seen_at: convert::micros(node.seen_at),
        };
        let silent = doc! { "seen_at": { "$lt": convert::micros(forget_before) } };
        self.engine.remove_all::<NodeDocument>(silent).await?;
        let beat = self
            .engine
            .change_or(&node.id, new.clone(), |stored: &mut NodeDocument| {
                (stored.slots, stored.busy, stored.seen_at) = (new.slots, new.busy, new.seen_at);
                Ok(())
            });
        beat.await
    }

    async fn forget_node(&self, id: &str) -> Result<()> {
        self.engine.remove::<NodeDocument>(id).await?;
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        let all = self.engine.list(doc! {}, doc! { "started_at": 1, "_id": 1 }).await?;
        all.into_iter().map(into_node).collect()
    }
}

fn into_node(node: NodeDocument) -> Result<Node> {
    Ok(Node {
        id: node.id,
        host: node.host,
        roles: node.roles,
        slots: convert::number(node.slots)?,
        busy: convert::number(node.busy)?,
        version: node.executable,
        started_at: convert::time(node.started_at)?,
        seen_at: convert::time(node.seen_at)?,
    })
}
