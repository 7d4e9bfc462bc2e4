//! One end of a copy. Documents are compared, and copied to SQL engines, as the rows that they stand for.
//!
//! What only a crash leaves, and nobody sees, stands for no row: a token without its login, a text on no shelf, and what
//! belongs to a session that is gone.

mod accounts;
mod chats;
mod executions;
mod from_sql;
mod keys;
mod logs;
mod platform;
mod sessions;
mod shelves;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::BTreeSet;

use async_trait::async_trait;
use mongodb::Cursor;
use mongodb::bson::{Document, doc};

use super::append::ChunkDocument;
use super::audit::EntryDocument;
use super::claims::Claim;
use super::documents::LogDocument;
use super::engine::{Engine, Stored};
use super::executions::ExecutionDocument;
use super::logins::TokenDocument;
use super::messages::{MessageDocument, ReadDocument};
use super::nodes::NodeDocument;
use super::notes::NotesDocument;
use super::passkeys::CeremonyDocument;
use super::people::UserDocument;
use super::queue::KeyDocument;
use super::sessions::SessionDocument;
use super::snapshots::{ShelfDocument, TextDocument};
use super::{Mongo, purge};
use crate::copy::{BATCH, Progress, Told};
use crate::sql::copy::{End as SqlEnd, Rows, Step, Sums};
use crate::{Result, StoreConfig};

/// Bytes of documents that are read together, and one document.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// A database of a MongoDB server.
pub(crate) struct End {
    engine: Engine,
}

/// Documents that stand for rows.
#[async_trait]
trait Rowed: Stored {
    /// The rows that these stand for.
    async fn rows(engine: &Engine, batch: Vec<Self>) -> Result<Rows>;
}

/// Does something with each collection; those that others refer to come first.
macro_rules! collections {
    ($($document:ty),* $(,)?) => {
        impl End {
            async fn copy_rows_to(&self, to: &SqlEnd, told: Told<'_>) -> Result<()> {
                $(self.copy_rows_of::<$document>(to, told).await?;)*
                Ok(())
            }

            async fn copy_documents_to(&self, to: &Self, told: Told<'_>) -> Result<()> {
                $(self.copy_collection_to::<$document>(to, told).await?;)*
                Ok(())
            }

            /// What is in the collections, as the rows of tables.
            pub(crate) async fn sums(&self, told: Told<'_>) -> Result<Sums> {
                let mut sums = Sums::default();
                $(self.sum_rows_of::<$document>(&mut sums, told).await?;)*
                Ok(sums)
            }
        }
    };
}

collections![
    UserDocument,
    TokenDocument,
    CeremonyDocument,
    EntryDocument,
    NodeDocument,
    SessionDocument,
    ExecutionDocument,
    KeyDocument,
    LogDocument,
    ChunkDocument,
    MessageDocument,
    ReadDocument,
    NotesDocument,
    ShelfDocument,
    TextDocument,
];

impl End {
    /// Connects, makes the indexes, and ends what a crash has left half done.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let Mongo { engine } = Mongo::open(config).await?;
        purge::finish_all(&engine).await?;
        Ok(Self { engine })
    }

    /// Copies everything to an SQL database.
    pub(crate) async fn copy_to_sql(&self, to: &SqlEnd, told: Told<'_>) -> Result<()> {
        self.copy_rows_to(to, told).await?;
        let guests = doc! { "guest_of": { "$ne": null } };
        let mut guests = self.batches::<UserDocument>(guests, Step::Copy).await?;
        while let Some(batch) = guests.next(&mut |_| {}).await? {
            to.refer(&UserDocument::rows(&self.engine, batch).await?).await?;
        }
        let forks = doc! { "forked_from": { "$ne": null } };
        let mut forks = self.batches::<SessionDocument>(forks, Step::Copy).await?;
        while let Some(batch) = forks.next(&mut |_| {}).await? {
            to.refer(&SessionDocument::rows(&self.engine, batch).await?).await?;
        }
        Ok(())
    }

    /// Copies all documents to another database as they are. What is only of use to whoever is at work just now
    /// (reservations, resignations) is not among them.
    pub(crate) async fn copy_to(&self, to: &Self, told: Told<'_>) -> Result<()> {
        self.copy_collection_to::<Claim>(to, told).await?;
        self.copy_documents_to(to, told).await
    }

    async fn copy_rows_of<T: Rowed>(&self, to: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut batches = self.batches::<T>(doc! {}, Step::Copy).await?;
        while let Some(batch) = batches.next(told).await? {
            to.insert(T::rows(&self.engine, batch).await?).await?;
        }
        Ok(())
    }

    async fn sum_rows_of<T: Rowed>(&self, sums: &mut Sums, told: Told<'_>) -> Result<()> {
        let mut batches = self.batches::<T>(doc! {}, Step::Check).await?;
        while let Some(batch) = batches.next(told).await? {
            sums.add(T::rows(&self.engine, batch).await?);
        }
        Ok(())
    }

    async fn copy_collection_to<T: Stored>(&self, to: &Self, told: Told<'_>) -> Result<()> {
        let mut batches = self.batches::<T>(doc! {}, Step::Copy).await?;
        while let Some(batch) = batches.next(told).await? {
            to.engine.insert_all(&batch).await?;
        }
        Ok(())
    }

    /// The documents of a kind that the filter lets through.
    async fn batches<T: Stored>(&self, filter: Document, step: Step) -> Result<Batches<T>> {
        Ok(Batches {
            progress: Progress {
                table: T::COLLECTION,
                is_check: step == Step::Check,
                done: 0,
                total: self.engine.count::<T>(filter.clone()).await?,
            },
            cursor: self.engine.all::<T>().find(filter).await?,
        })
    }
}

/// Documents of a kind, in no order.
struct Batches<T> {
    cursor: Cursor<T>,
    progress: Progress,
}

impl<T: Stored> Batches<T> {
    /// The next ones, until there are no more.
    async fn next(&mut self, told: Told<'_>) -> Result<Option<Vec<T>>> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while (batch.len() as u64) < BATCH && bytes < BATCH_BYTES && self.cursor.advance().await? {
            bytes += self.cursor.current().as_bytes().len();
            batch.push(self.cursor.deserialize_current()?);
        }
        if batch.is_empty() {
            return Ok(None);
        }
        self.progress.done += batch.len() as u64;
        told(self.progress);
        Ok(Some(batch))
    }
}

/// Leaves those out that refer to what is not there.
async fn retain_with<T: Stored, D>(engine: &Engine, batch: &mut Vec<D>, of: impl Fn(&D) -> &String) -> Result<()> {
    let named: BTreeSet<&String> = batch.iter().map(&of).collect();
    let named: Vec<&String> = named.into_iter().collect();
    let there: BTreeSet<String> = engine
        .ids::<T>(doc! { "_id": { "$in": named } })
        .await?
        .into_iter()
        .collect();
    batch.retain(|document| there.contains(of(document)));
    Ok(())
}
