//! The audit log, and the processes that are at work.

use async_trait::async_trait;

use super::Rowed;
use super::keys::{maybe_id, maybe_key};
use crate::Result;
use crate::mongo::audit::EntryDocument;
use crate::mongo::engine::{Engine, id, key};
use crate::mongo::nodes::NodeDocument;
use crate::sql::copy::Rows;
use crate::sql::entities::{audit_entry, node};

#[async_trait]
impl Rowed for EntryDocument {
    async fn rows(_: &Engine, batch: Vec<Self>) -> Result<Rows> {
        entry_rows(batch)
    }
}

/// The rows that audit entries stand for.
pub(super) fn entry_rows(batch: Vec<EntryDocument>) -> Result<Rows> {
    let row = |document: EntryDocument| {
        Ok(audit_entry::Model {
            id: id(&document.id)?,
            at: document.at,
            act: document.act,
            actor_id: maybe_id(document.actor_id.as_deref())?,
            actor: document.actor,
            user_id: maybe_id(document.user.as_deref())?,
            session_id: maybe_id(document.session.as_deref())?,
            object_id: maybe_id(document.object.as_deref())?,
            detail: document.detail,
            channel: document.channel,
            address: document.address,
            request_id: document.request_id,
        })
    };
    Ok(Rows {
        audit_entry: batch.into_iter().map(row).collect::<Result<_>>()?,
        ..Rows::default()
    })
}

/// Audit entries of rows.
pub(super) fn entries(rows: Vec<audit_entry::Model>) -> Vec<EntryDocument> {
    let entry = |row: audit_entry::Model| EntryDocument {
        id: key(row.id),
        version: 0,
        at: row.at,
        act: row.act,
        actor_id: maybe_key(row.actor_id),
        actor: row.actor,
        user: maybe_key(row.user_id),
        session: maybe_key(row.session_id),
        object: maybe_key(row.object_id),
        detail: row.detail,
        channel: row.channel,
        address: row.address,
        request_id: row.request_id,
    };
    rows.into_iter().map(entry).collect()
}

#[async_trait]
impl Rowed for NodeDocument {
    async fn rows(_: &Engine, batch: Vec<Self>) -> Result<Rows> {
        Ok(node_rows(batch))
    }
}

/// The rows that processes stand for.
pub(super) fn node_rows(batch: Vec<NodeDocument>) -> Rows {
    let row = |document: NodeDocument| node::Model {
        id: document.id,
        host: document.host,
        roles: document.roles.join(","),
        slots: document.slots,
        busy: document.busy,
        version: document.executable,
        started_at: document.started_at,
        seen_at: document.seen_at,
    };
    Rows {
        node: batch.into_iter().map(row).collect(),
        ..Rows::default()
    }
}

/// Processes of rows.
pub(super) fn nodes(rows: Vec<node::Model>) -> Vec<NodeDocument> {
    let node = |row: node::Model| NodeDocument {
        id: row.id,
        version: 0,
        host: row.host,
        roles: row.roles.split(',').map(str::to_owned).collect(),
        slots: row.slots,
        busy: row.busy,
        executable: row.version,
        started_at: row.started_at,
        seen_at: row.seen_at,
    };
    rows.into_iter().map(node).collect()
}
