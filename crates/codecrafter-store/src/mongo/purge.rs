//! Forgetting deleted sessions for good.

use chrono::{DateTime, Utc};
use mongodb::bson::doc;

use super::append::ChunkDocument;
use super::documents::LogDocument;
use super::engine::Engine;
use super::executions::ExecutionDocument;
use super::logins::or_nobody;
use super::messages::{MessageDocument, ReadDocument};
use super::notes::NotesDocument;
use super::participants;
use super::people::UserDocument;
use super::sessions::SessionDocument;
use super::snapshots::{ShelfDocument, TextDocument};
use crate::Result;
use crate::convert;

/// See [`crate::SessionStore::purge_sessions`]. What a crash leaves is purged by the next call.
pub(super) async fn sessions(engine: &Engine, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64> {
    let due = doc! { "deleted_at": { "$lt": convert::micros(deleted_before), "$ne": null } };
    if limit == 0 {
        return Ok(0);
    }
    let (oldest, limit) = (doc! { "deleted_at": 1, "_id": 1 }, convert::column(limit));
    let found = engine.fields::<SessionDocument>(due, &["_id"], oldest, limit).await?;
    let mut purged = 0;
    for id in found.iter().filter_map(|session| session.get_str("_id").ok()) {
        purged += session(engine, id, deleted_before).await?;
    }
    Ok(purged)
}

/// Goes on with the purges that a crash has interrupted.
pub(super) async fn finish_all(engine: &Engine) -> Result<()> {
    for id in engine.ids::<SessionDocument>(doc! { "purging": true }).await? {
        session(engine, &id, DateTime::<Utc>::MAX_UTC).await?;
    }
    Ok(())
}

/// Forgets one session, unless it was restored meanwhile; how many that were.
async fn session(engine: &Engine, id: &str, deleted_before: DateTime<Utc>) -> Result<u64> {
    let marked = engine.change(id, |session: &mut SessionDocument| {
        let is_due = session
            .deleted_at
            .is_some_and(|at| at < convert::micros(deleted_before));
        session.purging |= is_due;
        Ok(is_due.then(|| session.invites.clone()))
    });
    let Some(invites) = or_nobody(marked.await, None)? else {
        return Ok(0);
    };
    participants::release(engine, &invites).await?;
    belongings(engine, id).await?;
    for fork in engine.ids::<SessionDocument>(doc! { "forked_from": id }).await? {
        let orphaned = engine.change(&fork, |session: &mut SessionDocument| {
            session.forked_from = None;
            Ok(())
        });
        or_nobody(orphaned.await, ())?;
    }
    engine.remove_all::<UserDocument>(doc! { "guest_of": id }).await?;
    Ok(u64::from(engine.remove::<SessionDocument>(id).await?))
}

/// What belongs to a session and is not a part of it. The audit log ends by age alone.
async fn belongings(engine: &Engine, id: &str) -> Result<()> {
    let of_session = || doc! { "session": id };
    engine.remove_all::<MessageDocument>(of_session()).await?;
    engine.remove_all::<ReadDocument>(of_session()).await?;
    engine.remove_all::<ExecutionDocument>(of_session()).await?;
    engine.remove_all::<ChunkDocument>(of_session()).await?;
    engine.remove_all::<TextDocument>(of_session()).await?;
    engine.remove::<NotesDocument>(id).await?;
    engine.remove::<ShelfDocument>(id).await?;
    engine.remove::<LogDocument>(id).await?;
    Ok(())
}
