//! Values that only one document may hold although they stand in a list within it: identities, passkeys' names, tokens
//! of invites. Each is claimed before it is stored, by a document whose id it is.

use chrono::Utc;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored};
use crate::Result;
use crate::convert;
use crate::error::StoreError;

/// A claim this old, of something that is not stored, was left by a process that ended in between.
const STALE_MICROS: i64 = 60_000_000;

/// That a value is about to be stored, or is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Claim {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    at: i64,
}

impl Stored for Claim {
    const COLLECTION: &'static str = "claims";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl Claim {
    /// That a value is stored.
    pub(super) fn of(what: &str, value: &str) -> Self {
        Self {
            id: name(what, value),
            version: 0,
            at: convert::micros(Utc::now()),
        }
    }
}

/// Claims a value; `Conflict(what)` where somebody else has. `held` says whether it is stored.
pub(super) async fn claim(
    engine: &Engine,
    what: &'static str,
    value: &str,
    held: impl Future<Output = Result<bool>> + Send,
) -> Result<()> {
    let claim = Claim::of(what, value);
    let taken = |error| match error {
        StoreError::Conflict(_) => StoreError::Conflict(what),
        other => other,
    };
    let Err(error) = engine.insert(&claim).await else {
        return Ok(());
    };
    let old = doc! { "_id": &claim.id, "at": { "$lt": claim.at - STALE_MICROS } };
    if matches!(error, StoreError::Conflict(_)) && !held.await? && engine.remove_all::<Claim>(old).await? > 0 {
        return engine.insert(&claim).await.map_err(taken);
    }
    Err(taken(error))
}

/// Lets others claim a value.
pub(super) async fn release(engine: &Engine, what: &'static str, value: &str) -> Result<()> {
    engine.remove::<Claim>(&name(what, value)).await?;
    Ok(())
}

fn name(what: &str, value: &str) -> String {
    format!("{what}:{value}")
}
