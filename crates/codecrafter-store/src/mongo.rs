//! The MongoDB adapter. What changes together is one document, so that the server's promise about single documents is
//! enough: nothing here needs a transaction, which a server by itself does not have.

mod accounts;
mod admin;
mod api_keys;
mod append;
mod audit;
mod callbacks;
mod claims;
pub(crate) mod copy;
mod dead_letters;
mod documents;
mod door;
mod engine;
mod executions;
mod farewell;
mod fault;
mod identities;
mod indexes;
mod list;
mod logins;
mod messages;
mod nodes;
mod notes;
mod participants;
mod passkeys;
mod people;
mod purge;
mod queue;
mod second_factors;
mod sessions;
mod snapshots;
mod turns;
mod users;

use async_trait::async_trait;
use mongodb::bson::doc;

use crate::{Result, Store, StoreConfig};
use engine::Engine;

pub(crate) use indexes::schema_version;

/// A store in a database of a MongoDB server.
#[derive(Debug)]
pub struct Mongo {
    engine: Engine,
}

impl Mongo {
    /// Connects, brings the indexes up to date, and ends what a crash has left half done.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let engine = Engine::connect(config).await?;
        engine.command(doc! { "ping": 1 }).await?;
        indexes::create(&engine).await?;
        farewell::finish_all(&engine).await?;
        Ok(Self { engine })
    }
}

#[async_trait]
impl Store for Mongo {
    async fn ping(&self) -> Result<()> {
        self.engine.command(doc! { "ping": 1 }).await?;
        Ok(())
    }
}
