//! Documents: bases, where logs begin, and updates.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use mongodb::bson::{Document, deserialize_from_document, doc};
use serde::Deserialize;

use super::keys::{maybe_id, maybe_key};
use super::{Rowed, retain_with};
use crate::mongo::append::{CHUNK_BYTES, CHUNK_UPDATES, ChunkDocument, UpdatePart};
use crate::mongo::documents::{LogDocument, Runs, StartPart};
use crate::mongo::engine::{Engine, id, key};
use crate::mongo::people::binary;
use crate::mongo::sessions::SessionDocument;
use crate::sql::copy::Rows;
use crate::sql::entities::{document, document_base, document_update, history_start};
use crate::{Result, convert};

/// Which updates of a log are in its base, and which are gone.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Marks {
    #[serde(rename = "_id")]
    session: String,
    base_version: i64,
    folded: Runs,
    purged: Runs,
}

impl Marks {
    async fn of(engine: &Engine, sessions: impl IntoIterator<Item = &String>) -> Result<HashMap<String, Self>> {
        let sessions: Vec<&String> = sessions.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let fields = ["base_version", "folded", "purged"];
        let found = engine
            .fields::<LogDocument>(doc! { "_id": { "$in": sessions } }, &fields, doc! {}, 0)
            .await?;
        let read = |found: Document| {
            let marks: Self = deserialize_from_document(found).map_err(mongodb::error::Error::from)?;
            Ok((marks.session.clone(), marks))
        };
        found.into_iter().map(read).collect()
    }
}

impl From<&LogDocument> for Marks {
    fn from(log: &LogDocument) -> Self {
        Self {
            session: log.session.clone(),
            base_version: log.base_version,
            folded: log.folded.clone(),
            purged: log.purged.clone(),
        }
    }
}

/// Which version a session's base has; 0 where there is none.
pub(super) async fn base_version(engine: &Engine, session: &String) -> Result<i64> {
    let marks = Marks::of(engine, [session]).await?;
    Ok(marks.get(session).map_or(0, |marks| marks.base_version))
}

#[async_trait]
impl Rowed for LogDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |log| &log.session).await?;
        log_rows(batch)
    }
}

/// The rows that logs stand for besides their updates. What is not compacted yet has no base.
pub(super) fn log_rows(batch: Vec<LogDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for log in batch.into_iter().filter(|log| log.base_version > 0) {
        let session_id = id(&log.session)?;
        rows.document_base.push(document_base::Model {
            session_id,
            base: log.base.bytes,
        });
        rows.history_start.extend(log.start.map(|start| history_start::Model {
            session_id,
            seq: start.seq,
            at: start.at,
            base: start.base.bytes,
        }));
    }
    Ok(rows)
}

/// The log of a document that was compacted. The rows hold all updates that are there, with or without their bytes.
pub(super) fn log(document: &document::Model, rows: Rows) -> LogDocument {
    let base = rows
        .document_base
        .into_iter()
        .next()
        .map(|row| row.base)
        .unwrap_or_default();
    let there: BTreeSet<i64> = rows.document_update.iter().map(|row| row.seq).collect();
    let mut purged = Runs::default();
    purged.add((1..=document.last_seq).filter(|seq| !there.contains(seq)));
    let mut folded = purged.clone();
    let in_base = rows.document_update.iter().filter(|row| row.folded_in.is_some());
    folded.add(in_base.map(|row| row.seq));
    LogDocument {
        session: key(document.session_id),
        version: 0,
        base_version: document.base_version,
        bytes: convert::column(base.len()),
        base: binary(base),
        folded,
        purged,
        start: rows.history_start.into_iter().next().map(|row| StartPart {
            seq: row.seq,
            at: row.at,
            base: binary(row.base),
        }),
    }
}

#[async_trait]
impl Rowed for ChunkDocument {
    async fn rows(engine: &Engine, mut batch: Vec<Self>) -> Result<Rows> {
        retain_with::<SessionDocument, _>(engine, &mut batch, |chunk| &chunk.session).await?;
        let marks = Marks::of(engine, batch.iter().map(|chunk| &chunk.session)).await?;
        update_rows(batch, &marks)
    }
}

/// The rows that updates stand for: those that are not purged.
pub(super) fn update_rows(batch: Vec<ChunkDocument>, marks: &HashMap<String, Marks>) -> Result<Rows> {
    let (none, mut rows) = (Marks::default(), Rows::default());
    for chunk in batch {
        let session_id = id(&chunk.session)?;
        let marks = marks.get(&chunk.session).unwrap_or(&none);
        for (seq, update) in (chunk.first..).zip(chunk.updates) {
            if marks.purged.contains(seq) {
                continue;
            }
            rows.document_update.push(document_update::Model {
                session_id,
                seq,
                author: maybe_id(update.author.as_deref())?,
                at: update.at,
                folded_in: marks.folded.contains(seq).then_some(marks.base_version),
                bytes: update.bytes.bytes,
            });
        }
    }
    Ok(rows)
}

/// Updates of a log, in their order: neighbours are stored together, as far as they fit.
pub(super) fn chunks(rows: Vec<document_update::Model>) -> Vec<ChunkDocument> {
    let mut chunks: Vec<ChunkDocument> = Vec::new();
    for row in rows {
        let session = key(row.session_id);
        let bytes = convert::column(row.bytes.len());
        let fits = |chunk: &&mut ChunkDocument| {
            chunk.last + 1 == row.seq
                && chunk.updates.len() < CHUNK_UPDATES
                && chunk.bytes + bytes <= convert::column(CHUNK_BYTES)
        };
        let update = UpdatePart {
            author: maybe_key(row.author),
            at: row.at,
            bytes: binary(row.bytes),
        };
        if let Some(chunk) = chunks.last_mut().filter(fits) {
            chunk.last = row.seq;
            chunk.bytes += bytes;
            chunk.updates.push(update);
            continue;
        }
        chunks.push(ChunkDocument {
            id: format!("{session}/{}", row.seq),
            version: 0,
            session,
            first: row.seq,
            last: row.seq,
            bytes,
            updates: vec![update],
        });
    }
    chunks
}
