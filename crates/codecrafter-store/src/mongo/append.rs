//! Appending to document logs. A batch is one document, which begins where the one before ends: of several that want
//! the same place one gets it, the others try the next.

use codecrafter_domain::id::{SessionId, UserId};
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};

use super::documents::{Runs, purged};
use super::engine::{Engine, Stored, TRIES, crowded, id, key, pause};
use super::people::binary;
use super::sessions::SessionDocument;
use crate::Result;
use crate::convert;
use crate::documents::{NewUpdate, StoredUpdate};
use crate::error::StoreError;

/// Bytes of updates in one document: the server takes 16 MiB with all that is around them.
pub(super) const CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// Updates in one document: each has some fifty bytes around it.
pub(super) const CHUNK_UPDATES: usize = 50_000;
/// How far `updated_at` may lag behind edits: writing it with every batch would cost as much as the batch.
const TOUCH_MICROS: i64 = 1_000_000;

/// Neighbouring updates of a log, stored together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ChunkDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) session: String,
    pub(super) first: i64,
    pub(super) last: i64,
    /// Of all updates together.
    pub(super) bytes: i64,
    pub(super) updates: Vec<UpdatePart>,
}

/// An update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct UpdatePart {
    pub(super) author: Option<String>,
    pub(super) at: i64,
    pub(super) bytes: Binary,
}

impl Stored for ChunkDocument {
    const COLLECTION: &'static str = "document_updates";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl ChunkDocument {
    /// Its updates at their positions.
    pub(super) fn into_updates(self) -> Result<Vec<StoredUpdate>> {
        let update = |(seq, update): (i64, UpdatePart)| {
            Ok(StoredUpdate {
                seq: convert::number(seq)?,
                author: update.author.as_deref().map(id).transpose()?.map(UserId),
                at: convert::time(update.at)?,
                bytes: update.bytes.bytes,
            })
        };
        (self.first..).zip(self.updates).map(update).collect()
    }
}

/// Appends updates; returns once they are durable. More than one document holds are several steps.
pub(super) async fn append(engine: &Engine, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
    tokio::try_join!(append_all(engine, session, updates), touch(engine, session, updates))?;
    Ok(())
}

async fn append_all(engine: &Engine, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
    let mut rest = updates;
    while !rest.is_empty() {
        let (chunk, later) = rest.split_at(fitting(rest));
        append_chunk(engine, session, chunk).await?;
        rest = later;
    }
    Ok(())
}

/// How many updates fit one document; one at least.
fn fitting(updates: &[NewUpdate]) -> usize {
    let mut bytes = 0;
    let fits = |update: &&NewUpdate| {
        bytes += update.bytes.len();
        bytes <= CHUNK_BYTES
    };
    updates.iter().take(CHUNK_UPDATES).take_while(fits).count().max(1)
}

async fn append_chunk(engine: &Engine, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
    let session = key(session.0);
    let _turn = engine.turn::<ChunkDocument>(&session).await;
    for tried in 0..TRIES {
        let last = last_position(engine, &session).await?;
        let chunk = chunk(&session, last + 1, updates);
        match engine.insert(&chunk).await {
            Ok(()) if purged(engine, &session).await?.contains(chunk.first) => {
                // Whoever stood here before was purged between the look and the step.
                engine.remove_all::<ChunkDocument>(doc! { "_id": &chunk.id }).await?;
            }
            Ok(()) => return Ok(()),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        pause(tried).await;
    }
    Err(crowded())
}

/// The position of the last update there ever was; 0 where there was none. It may be an earlier one while the last is being
/// purged.
pub(super) async fn last_position(engine: &Engine, session: &str) -> Result<i64> {
    let of_session = doc! { "session": session };
    let newest = engine.fields::<ChunkDocument>(of_session, &["last"], doc! { "last": -1 }, 1);
    let (purged, newest) = tokio::try_join!(purged(engine, session), newest)?;
    let last = newest
        .first()
        .and_then(|chunk| chunk.get_i64("last").ok())
        .unwrap_or_default();
    Ok(last.max(purged.last()))
}

fn chunk(session: &str, first: i64, updates: &[NewUpdate]) -> ChunkDocument {
    let part = |update: &NewUpdate| UpdatePart {
        author: update.author.map(|author| key(author.0)),
        at: convert::micros(update.at),
        bytes: binary(update.bytes.clone()),
    };
    ChunkDocument {
        id: format!("{session}/{first}"),
        version: 0,
        session: session.to_owned(),
        first,
        last: first + convert::column(updates.len()) - 1,
        bytes: convert::column(updates.iter().map(|update| update.bytes.len()).sum::<usize>()),
        updates: updates.iter().map(part).collect(),
    }
}

/// Says that the session has changed, unless it said so a moment ago.
async fn touch(engine: &Engine, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
    let Some(newest) = updates.iter().map(|update| update.at).max() else {
        return Ok(());
    };
    let at = convert::micros(newest);
    let earlier = doc! { "_id": key(session.0), "updated_at": { "$lte": at.saturating_sub(TOUCH_MICROS) } };
    if engine.is_there::<SessionDocument>(earlier).await? {
        let touched = engine.change(key(session.0), |session: &mut SessionDocument| {
            session.updated_at = session.updated_at.max(at);
            Ok(())
        });
        super::logins::or_nobody(touched.await, ())?;
    }
    Ok(())
}

/// Forgets documents of a log whose every update is in `purged`.
pub(super) async fn sweep(engine: &Engine, session: &str, purged: &Runs) -> Result<()> {
    let before = doc! { "session": session, "last": { "$lte": purged.last() } };
    for chunk in engine.list::<ChunkDocument>(before, doc! { "first": 1 }).await? {
        if purged.covers(chunk.first, chunk.last) {
            engine.remove::<ChunkDocument>(&chunk.id).await?;
        }
    }
    Ok(())
}
