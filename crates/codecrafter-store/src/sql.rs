//! The SQL adapter: one code base for every engine; what differs is in `dialect`.

mod accounts;
mod admin;
mod api_keys;
mod append;
mod audit;
mod bans;
mod callbacks;
pub(crate) mod copy;
mod dead_letters;
mod dialect;
mod documents;
mod door;
mod engine;
pub(crate) mod entities;
mod executions;
mod farewell;
mod fault;
mod idempotency;
mod identities;
mod invites;
mod logins;
mod messages;
mod migrate;
mod nodes;
mod notes;
mod page;
mod participants;
mod passkeys;
mod purge;
mod second_factors;
mod sessions;
mod snapshots;
mod together;
mod users;
mod waiting;

use std::sync::Arc;

use async_trait::async_trait;

use crate::convert;
use crate::{Result, Store, StoreConfig};
use append::Appender;
use engine::Engine;

pub use migrate::SCHEMA_VERSION;

/// The version of the schema in the database.
pub(crate) async fn schema_version(config: &StoreConfig) -> Result<usize> {
    migrate::found(&Engine::connect(config).await?).await
}

/// A store in an SQL database.
#[derive(Debug)]
pub struct Sql {
    engine: Arc<Engine>,
    appender: Appender,
}

impl Sql {
    /// Connects and brings the schema up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let engine = Arc::new(Engine::connect(config).await?);
        migrate::migrate(&engine).await?;
        let appender = Appender::start(Arc::clone(&engine));
        Ok(Self { engine, appender })
    }
}

#[async_trait]
impl Store for Sql {
    async fn ping(&self) -> Result<()> {
        Ok(self.engine.read.ping().await?)
    }
}
