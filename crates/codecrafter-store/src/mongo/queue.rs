//! How executions come to be: each request once, and no more of a user's unfinished than allowed.
//!
//! A repeated request is known by a document of its key, which one of several can add. What is about to be added is
//! noted in the user's reservations, which change by version, so that of two who count side by side one counts again.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{ExecutionId, UserId};
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored, TRIES, crowded, hex, id, key, pause};
use super::executions::ExecutionDocument;
use super::messages::{self, MessageDocument};
use super::{people, sessions};
use crate::Result;
use crate::convert;
use crate::error::StoreError;
use crate::executions::{Creation, Idempotency, NewExecution};

/// What was reserved this long ago and is not there was left by a process that ended in between.
const STALE_MICROS: i64 = 60_000_000;

/// What makes two requests of one user the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct KeyDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) user: String,
    pub(super) request: String,
    pub(super) execution: String,
    pub(super) created_at: i64,
    /// When it was added, by the clock of the process that did.
    pub(super) added_at: i64,
}

impl Stored for KeyDocument {
    const COLLECTION: &'static str = "idempotency_keys";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

/// Executions of one user that are about to be added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ReservationsDocument {
    #[serde(rename = "_id")]
    user: String,
    version: i64,
    pending: Vec<ReservationPart>,
}

/// An execution that is about to be added, or was just now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ReservationPart {
    execution: String,
    at: i64,
}

impl Stored for ReservationsDocument {
    const COLLECTION: &'static str = "reservations";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

/// See [`crate::ExecutionStore::create_execution`].
pub(super) async fn create(engine: &Engine, new: &NewExecution) -> Result<Creation> {
    let row = ExecutionDocument::queued(new)?;
    people::require(engine, new.user).await?;
    let Some(idempotency) = &new.idempotency else {
        return add(engine, new, &row).await.map(|()| Creation::Created);
    };
    let key = remembered(new, idempotency)?;
    for tried in 0..TRIES {
        match remember(engine, &key, idempotency).await? {
            Memory::New => {
                let added = add(engine, new, &row).await;
                if added.is_err() {
                    engine.remove::<KeyDocument>(&key.id).await?;
                }
                return added.map(|()| Creation::Created);
            }
            Memory::Known(id) => return Ok(Creation::Already(id)),
            Memory::UnderWay => pause(tried).await,
        }
    }
    Err(crowded())
}

/// What is known of a request.
enum Memory {
    /// Nothing; it is remembered from now on.
    New,
    /// It is this execution.
    Known(ExecutionId),
    /// Somebody else is adding it just now.
    UnderWay,
}

/// Remembers a request unless it is known. Forgets old keys, of all users.
async fn remember(engine: &Engine, new: &KeyDocument, idempotency: &Idempotency) -> Result<Memory> {
    let since = convert::micros(idempotency.since);
    engine
        .remove_all::<KeyDocument>(doc! { "created_at": { "$lt": since } })
        .await?;
    match engine.insert(new).await {
        Ok(()) => return Ok(Memory::New),
        Err(StoreError::Conflict(_)) => {}
        Err(error) => return Err(error),
    }
    let Some(known) = engine.find::<KeyDocument>(&new.id).await? else {
        return Ok(Memory::UnderWay);
    };
    if known.request != new.request {
        return Err(StoreError::Conflict("idempotency_key"));
    }
    if engine
        .is_there::<ExecutionDocument>(doc! { "_id": &known.execution })
        .await?
    {
        return Ok(Memory::Known(ExecutionId(id(&known.execution)?)));
    }
    if known.added_at < convert::micros(Utc::now()) - STALE_MICROS {
        engine
            .remove_all::<KeyDocument>(doc! { "_id": &known.id, "execution": &known.execution })
            .await?;
    }
    Ok(Memory::UnderWay)
}

fn remembered(new: &NewExecution, idempotency: &Idempotency) -> Result<KeyDocument> {
    let chosen = convert::text("idempotency_key", &idempotency.key)?;
    Ok(KeyDocument {
        id: format!("{}/{chosen}", new.user.0),
        version: 0,
        user: key(new.user.0),
        request: hex(&idempotency.request),
        execution: key(new.id.0),
        created_at: convert::micros(new.created_at),
        added_at: convert::micros(Utc::now()),
    })
}

/// Adds an execution, and the line of the chat that tells of it.
async fn add(engine: &Engine, new: &NewExecution, row: &ExecutionDocument) -> Result<()> {
    if let Some(session) = new.request.session_id {
        sessions::require(engine, session).await?;
    }
    reserve(engine, new.user, new.id, new.most_unfinished, Utc::now()).await?;
    let is_told = messages::note_run(engine, new).await?;
    let added = engine.insert(row).await;
    if added.is_err() && is_told {
        engine.remove::<MessageDocument>(&row.id).await?;
    }
    added
}

/// Notes that an execution is about to be added; `Full("unfinished")` where that would be too many.
async fn reserve(engine: &Engine, user: UserId, new: ExecutionId, most: u64, now: DateTime<Utc>) -> Result<()> {
    let (user, new, now) = (key(user.0), key(new.0), convert::micros(now));
    let _turn = engine.turn::<ReservationsDocument>(&user).await;
    for tried in 0..TRIES {
        let before: Option<ReservationsDocument> = engine.find(&user).await?;
        let mut after = before.clone().unwrap_or_else(|| ReservationsDocument {
            user: user.clone(),
            version: 0,
            pending: Vec::new(),
        });
        let unfinished = engine
            .ids::<ExecutionDocument>(doc! { "user": &user, "finished_at": null })
            .await?;
        after
            .pending
            .retain(|part| part.at > now - STALE_MICROS && !unfinished.contains(&part.execution));
        let pending: Vec<&String> = after.pending.iter().map(|part| &part.execution).collect();
        let over = doc! { "_id": { "$in": pending }, "finished_at": { "$ne": null } };
        let over = engine.ids::<ExecutionDocument>(over).await?;
        after.pending.retain(|part| !over.contains(&part.execution));
        if (unfinished.len() + after.pending.len()) as u64 >= most {
            return Err(StoreError::Full("unfinished"));
        }
        after.pending.push(ReservationPart {
            execution: new.clone(),
            at: now,
        });
        if engine.put(&user, before, after).await? {
            return Ok(());
        }
        pause(tried).await;
    }
    Err(crowded())
}
