//! The SQL adapter: one code base for every engine; what differs is in `dialect`.

mod convert;
mod dialect;
mod documents;
mod entities;
mod executions;
mod fault;
mod invites;
mod logins;
mod migrate;
mod page;
mod participants;
mod sessions;
mod users;

use std::ops::Deref;

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::StoreError;
use crate::{Result, Store, StoreConfig};

/// A store in an SQL database.
pub struct Sql {
    read: DatabaseConnection,
    synced: DatabaseConnection,
    unsynced: DatabaseConnection,
    writers: Semaphore,
}

/// What an acknowledged write survives. Either way it survives the end of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// Power cuts, too: accounts, sessions, documents.
    Disk,
    /// Not a power cut, after which it may be as if it had not been asked for: runs, several writes
    /// each, whose time a person waits for.
    Process,
}

impl Sql {
    /// Connects and brings the schema up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self> {
        let connections = dialect::connect(config).await?;
        let sql = Self {
            read: connections.read,
            synced: connections.synced,
            unsynced: connections.unsynced,
            writers: Semaphore::new(connections.writers),
        };
        migrate::migrate(&sql).await?;
        Ok(sql)
    }

    /// Begins a write transaction, in turn.
    async fn write(&self, durability: Durability) -> Result<Write<'_>> {
        let turn = self
            .writers
            .acquire()
            .await
            .map_err(|_| StoreError::Unavailable("closed".into()))?;
        let connection = match durability {
            Durability::Disk => &self.synced,
            Durability::Process => &self.unsynced,
        };
        let tx = connection.begin_with_options(dialect::write_options()).await?;
        Ok(Write { tx, turn })
    }
}

#[async_trait]
impl Store for Sql {
    async fn ping(&self) -> Result<()> {
        Ok(self.read.ping().await?)
    }
}

/// A write transaction, rolled back unless committed, and the turn to write.
struct Write<'a> {
    // Dropped first: the turn passes on after the rollback has been asked for.
    tx: DatabaseTransaction,
    turn: SemaphorePermit<'a>,
}

impl Write<'_> {
    async fn commit(self) -> Result<()> {
        let Self { tx, turn } = self;
        let result = tx.commit().await;
        drop(turn);
        Ok(result?)
    }
}

impl Deref for Write<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}
