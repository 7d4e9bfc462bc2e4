//! Connections, and whose turn it is to write.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, TransactionTrait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::dialect;
use crate::error::StoreError;
use crate::{Result, StoreConfig};

/// An SQL engine as the adapter uses it.
#[derive(Debug)]
pub(super) struct Engine {
    /// For single reads, which need no transaction.
    pub(super) read: DatabaseConnection,
    synced: DatabaseConnection,
    unsynced: DatabaseConnection,
    writers: Arc<Semaphore>,
}

/// What an acknowledged write survives. Either way it survives the end of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Power cuts, too: accounts, sessions, documents.
    Disk,
    /// Not a power cut, after which it may be as if it had not been asked for: runs, several writes
    /// each, whose time a person waits for.
    Process,
}

impl Engine {
    /// Connects.
    pub(super) async fn connect(config: &StoreConfig) -> Result<Self> {
        let connections = dialect::connect(config).await?;
        Ok(Self {
            read: connections.read,
            synced: connections.synced,
            unsynced: connections.unsynced,
            writers: Arc::new(Semaphore::new(connections.writers)),
        })
    }

    /// Begins a write transaction, in turn.
    pub(super) async fn write(&self, durability: Durability) -> Result<Write<'_>> {
        let turn = self.turn().await?;
        let connection = self.writing(durability);
        let tx = connection.begin_with_options(dialect::write_options()).await?;
        Ok(Write { tx, turn })
    }

    /// For a write of one statement, which is a transaction by itself, in turn.
    pub(super) async fn write_once(&self, durability: Durability) -> Result<WriteOnce<'_>> {
        let turn = self.turn().await?;
        Ok(WriteOnce {
            connection: self.writing(durability),
            _turn: turn,
        })
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = self.writers.acquire().await;
        turn.map_err(|_| StoreError::Unavailable("closed".into()))
    }

    /// A turn for a task that outlives its caller.
    pub(super) async fn turn_to_keep(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.writers).acquire_owned().await;
        turn.map_err(|_| StoreError::Unavailable("closed".into()))
    }

    /// The connection to write by: only for whoever has the turn.
    pub(super) fn writing(&self, durability: Durability) -> &DatabaseConnection {
        match durability {
            Durability::Disk => &self.synced,
            Durability::Process => &self.unsynced,
        }
    }

    /// Which engine it is.
    pub(super) fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Begins a transaction whose reads all see one moment.
    pub(super) async fn snapshot(&self) -> Result<DatabaseTransaction> {
        Ok(self
            .read
            .begin_with_options(dialect::snapshot_options(self.backend()))
            .await?)
    }
}

/// A write transaction, rolled back unless committed, and the turn to write.
pub(super) struct Write<'a> {
    // Dropped first: the turn passes on after the rollback has been asked for.
    tx: DatabaseTransaction,
    turn: SemaphorePermit<'a>,
}

/// The connection for one statement that writes, and the turn to do so.
pub(super) struct WriteOnce<'a> {
    connection: &'a DatabaseConnection,
    _turn: SemaphorePermit<'a>,
}

impl Deref for WriteOnce<'_> {
    type Target = DatabaseConnection;

    fn deref(&self) -> &Self::Target {
        self.connection
    }
}

impl Write<'_> {
    /// Makes the changes last, as the transaction's durability says.
    pub(super) async fn commit(self) -> Result<()> {
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
