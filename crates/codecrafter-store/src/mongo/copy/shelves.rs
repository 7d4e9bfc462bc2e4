//! Snapshots and their texts.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use mongodb::bson::doc;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::keys::{Groups, maybe_id, maybe_key};
use super::{Rowed, retain_with};
use crate::mongo::engine::{Engine, hex, id, key, unhex};
use crate::mongo::people::binary;
use crate::mongo::sessions::SessionDocument;
use crate::mongo::snapshots::{FilePart, ShelfDocument, SnapshotPart, TextDocument};
use crate::sql::copy::Rows;
use crate::sql::entities::{snapshot, snapshot_file, snapshot_text};
use crate::{Result, convert};

#[async_trait]
impl Rowed for ShelfDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |shelf| &shelf.session).await?;
        shelf_rows(batch)
    }
}

/// The rows that shelves stand for.
pub(super) fn shelf_rows(batch: Vec<ShelfDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for shelf in batch {
        let session_id = id(&shelf.session)?;
        for part in shelf.snapshots {
            let snapshot_id = id(&part.id)?;
            rows.snapshot.push(snapshot::Model {
                id: snapshot_id,
                session_id,
                kind: part.kind,
                automatic: part.automatic,
                name: part.name,
                user_id: maybe_id(part.by.as_deref())?,
                execution_id: maybe_id(part.execution.as_deref())?,
                digest: unhex(&part.digest)?,
                files: convert::column(part.files.len()),
                bytes: part.bytes,
                created_at: part.created_at,
            });
            for file in part.files {
                rows.snapshot_file.push(snapshot_file::Model {
                    snapshot_id,
                    path: file.path,
                    hash: unhex(&file.hash)?,
                });
            }
        }
    }
    Ok(rows)
}

/// Shelves of rows that hold the files of snapshots.
pub(super) fn shelves(rows: Rows) -> Vec<ShelfDocument> {
    let mut files = Groups::new(rows.snapshot_file, |row| row.snapshot_id);
    let mut shelves: BTreeMap<Uuid, Vec<SnapshotPart>> = BTreeMap::new();
    for row in rows.snapshot {
        let file = |file: snapshot_file::Model| FilePart {
            path: file.path,
            text: text_id(row.session_id, &file.hash),
            hash: hex(&file.hash),
        };
        let part = SnapshotPart {
            id: key(row.id),
            kind: row.kind,
            automatic: row.automatic,
            name: row.name,
            by: maybe_key(row.user_id),
            execution: maybe_key(row.execution_id),
            digest: hex(&row.digest),
            bytes: row.bytes,
            created_at: row.created_at,
            files: files.take_as(row.id, file),
        };
        shelves.entry(row.session_id).or_default().push(part);
    }
    let shelf = |(session, snapshots)| ShelfDocument {
        session: key(session),
        version: 0,
        snapshots,
    };
    shelves.into_iter().map(shelf).collect()
}

/// The id of a text that is copied: the same whenever it is. Texts that are added later have others.
fn text_id(session: Uuid, hash: &[u8]) -> String {
    format!("{session}/{}", hex(hash))
}

#[async_trait]
impl Rowed for TextDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        let sessions: BTreeSet<&String> = batch.iter().map(|text| &text.session).collect();
        let sessions: Vec<&String> = sessions.into_iter().collect();
        let shelves: Vec<ShelfDocument> = engine.list(doc! { "_id": { "$in": sessions } }, doc! {}).await?;
        let snapshots = shelves.iter().flat_map(|shelf| &shelf.snapshots);
        let shown: BTreeSet<&String> = snapshots.flat_map(|part| &part.files).map(|file| &file.text).collect();
        batch.retain(|text| shown.contains(&text.id));
        retain_with::<SessionDocument, _>(engine, &mut batch, |text| &text.session).await?;
        text_rows(batch)
    }
}

/// The rows that texts stand for.
pub(super) fn text_rows(batch: Vec<TextDocument>) -> Result<Rows> {
    let row = |document: TextDocument| {
        Ok(snapshot_text::Model {
            session_id: id(&document.session)?,
            hash: Sha256::digest(&document.content.bytes).to_vec(),
            content: document.content.bytes,
        })
    };
    Ok(Rows {
        snapshot_text: batch.into_iter().map(row).collect::<Result<_>>()?,
        ..Rows::default()
    })
}

/// Texts of rows.
pub(super) fn texts(rows: Vec<snapshot_text::Model>) -> Vec<TextDocument> {
    let text = |row: snapshot_text::Model| TextDocument {
        id: text_id(row.session_id, &row.hash),
        version: 0,
        session: key(row.session_id),
        bytes: convert::column(row.content.len()),
        content: binary(row.content),
    };
    rows.into_iter().map(text).collect()
}
