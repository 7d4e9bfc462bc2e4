//! The connection, and how documents are read and changed.

use std::time::Duration;

use futures::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, ReturnDocument, WriteConcern};
use mongodb::{Client, Collection, Database};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::fault;
use super::turns::Turns;
use crate::error::StoreError;
use crate::{Result, StoreConfig};

/// How long a caller waits for a server before it is told that there is none.
const SELECTION: Duration = Duration::from_secs(10);
/// Connections of one node; a server takes thousands.
const CONNECTIONS: u32 = 32;
/// Tries to change a document that other processes change, too, before the caller is told that it is too much.
pub(super) const TRIES: u32 = 60;
/// The first of the waits between tries; later ones are longer.
const PAUSE: Duration = Duration::from_millis(2);

/// What is kept as a document of its own.
pub(super) trait Stored:
    Serialize + DeserializeOwned + Clone + PartialEq + Send + Sync + Unpin + 'static
{
    /// Where.
    const COLLECTION: &'static str;

    /// Counts the changes: whoever changes it says which version they have read.
    fn version(&mut self) -> &mut i64;
}

/// A database of a server.
#[derive(Debug)]
pub(super) struct Engine {
    database: Database,
    turns: Turns,
}

impl Engine {
    /// Prepares connections; the first question makes them.
    pub(super) async fn connect(config: &StoreConfig) -> Result<Self> {
        let StoreConfig::Mongo { url } = config else {
            return Err(StoreError::Unavailable("the store is not a MongoDB server".into()));
        };
        let mut options = ClientOptions::parse(url).await?;
        options.app_name = Some("codecrafter".into());
        options.server_selection_timeout = Some(SELECTION);
        options.connect_timeout = Some(SELECTION);
        options.max_pool_size.get_or_insert(CONNECTIONS);
        // What is acknowledged survives the end of a server: a member of a replica set, or one alone and its power.
        let durable = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .build();
        options.write_concern.get_or_insert(durable);
        let client = Client::with_options(options)?;
        let database = client
            .default_database()
            .ok_or_else(|| StoreError::Unavailable("the store's mongodb: URL names no database".into()))?;
        Ok(Self {
            database,
            turns: Turns::new(),
        })
    }

    /// Asks the server itself.
    pub(super) async fn command(&self, command: Document) -> Result<Document> {
        Ok(self.database.run_command(command).await?)
    }

    /// All documents of one kind.
    pub(super) fn all<T: Stored>(&self) -> Collection<T> {
        self.database.collection(T::COLLECTION)
    }

    /// All documents of one kind, as they are stored.
    pub(super) fn raw(&self, collection: &str) -> Collection<Document> {
        self.database.collection(collection)
    }

    /// One by its id.
    pub(super) async fn find<T: Stored>(&self, id: &str) -> Result<Option<T>> {
        self.first(doc! { "_id": id }).await
    }

    /// Any that the filter lets through.
    pub(super) async fn first<T: Stored>(&self, filter: Document) -> Result<Option<T>> {
        Ok(self.all::<T>().find_one(filter).await?)
    }

    /// Whether the filter lets any through.
    pub(super) async fn is_there<T: Stored>(&self, filter: Document) -> Result<bool> {
        Ok(!self.fields::<T>(filter, &["_id"], doc! {}, 1).await?.is_empty())
    }

    /// How many the filter lets through.
    pub(super) async fn count<T: Stored>(&self, filter: Document) -> Result<u64> {
        Ok(self.raw(T::COLLECTION).count_documents(filter).await?)
    }

    /// Those that the filter lets through, sorted.
    pub(super) async fn list<T: Stored>(&self, filter: Document, sort: Document) -> Result<Vec<T>> {
        let found = self.all::<T>().find(filter).sort(sort).await?;
        Ok(found.try_collect().await?)
    }

    /// Some fields of those that the filter lets through, sorted, at most `limit` of them, or all where that is 0.
    pub(super) async fn fields<T: Stored>(
        &self,
        filter: Document,
        fields: &[&str],
        sort: Document,
        limit: i64,
    ) -> Result<Vec<Document>> {
        let fields: Document = fields.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
        let all = self.raw(T::COLLECTION);
        let found = all.find(filter).projection(fields).sort(sort).limit(limit).await?;
        Ok(found.try_collect().await?)
    }

    /// The ids of those that the filter lets through.
    pub(super) async fn ids<T: Stored>(&self, filter: Document) -> Result<Vec<String>> {
        let found = self.fields::<T>(filter, &["_id"], doc! {}, 0).await?;
        let id = |document: Document| document.get_str("_id").map(str::to_owned);
        found
            .into_iter()
            .map(id)
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| StoreError::Unreadable(format!("an id of {} is no text: {error}", T::COLLECTION)))
    }

    /// Adds one. `Conflict("id")` where a unique index holds what it has.
    pub(super) async fn insert<T: Stored>(&self, document: &T) -> Result<()> {
        self.all::<T>().insert_one(document).await?;
        Ok(())
    }

    /// Adds those that are not there yet; in no order, and not in one step.
    pub(super) async fn insert_all<T: Stored>(&self, documents: &[T]) -> Result<()> {
        if documents.is_empty() {
            return Ok(());
        }
        match self.all::<T>().insert_many(documents).ordered(false).await {
            Err(error) if !fault::are_duplicates(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes one; whether it was there. Of several at once, one gets `true`.
    pub(super) async fn remove<T: Stored>(&self, id: &str) -> Result<bool> {
        let _turn = self.turns.take(T::COLLECTION, id).await;
        let removed = self.raw(T::COLLECTION).delete_one(doc! { "_id": id }).await?;
        Ok(removed.deleted_count > 0)
    }

    /// Removes those that the filter lets through; how many.
    pub(super) async fn remove_all<T: Stored>(&self, filter: Document) -> Result<u64> {
        Ok(self.raw(T::COLLECTION).delete_many(filter).await?.deleted_count)
    }

    /// Changes one field by field if the filter lets it through; returns it as it is then.
    pub(super) async fn set<T: Stored>(
        &self,
        id: impl Into<String> + Send,
        filter: Document,
        update: Document,
    ) -> Result<Option<T>> {
        let id = id.into();
        let _turn = self.turns.take(T::COLLECTION, &id).await;
        let mut which = doc! { "_id": id };
        which.extend(filter);
        let mut update = update;
        update.insert("$inc", with_version(update.get_document("$inc").ok()));
        let all = self.all::<T>();
        let changed = all.find_one_and_update(which, update);
        Ok(changed.return_document(ReturnDocument::After).await?)
    }

    /// Changes one as a whole: what `change` makes of it is stored unless somebody else has changed it meanwhile, in
    /// which case `change` is asked again. Nothing is stored where it fails. `NotFound`.
    pub(super) async fn change<T: Stored, R>(
        &self,
        id: impl Into<String> + Send,
        mut change: impl FnMut(&mut T) -> Result<R> + Send,
    ) -> Result<R> {
        let id = id.into();
        let _turn = self.turns.take(T::COLLECTION, &id).await;
        for tried in 0..TRIES {
            let before = self.find::<T>(&id).await?.ok_or(StoreError::NotFound)?;
            let mut after = before.clone();
            let answer = change(&mut after)?;
            if after == before || self.replace(&id, before, after).await? {
                return Ok(answer);
            }
            pause(tried).await;
        }
        Err(crowded())
    }

    /// Like [`Self::change`], for one that is `new` where it is not there yet.
    pub(super) async fn change_or<T: Stored, R>(
        &self,
        id: impl Into<String> + Send,
        new: T,
        mut change: impl FnMut(&mut T) -> Result<R> + Send,
    ) -> Result<R> {
        let id = id.into();
        let _turn = self.turns.take(T::COLLECTION, &id).await;
        for tried in 0..TRIES {
            let before = self.find::<T>(&id).await?;
            let mut after = before.clone().unwrap_or_else(|| new.clone());
            let answer = change(&mut after)?;
            if self.put(&id, before, after).await? {
                return Ok(answer);
            }
            pause(tried).await;
        }
        Err(crowded())
    }

    /// Waits until no other task of this process changes this document.
    pub(super) async fn turn<T: Stored>(&self, id: &str) -> MutexGuard<'_, ()> {
        self.turns.take(T::COLLECTION, id).await
    }

    /// Stores `after` in the place of `before`, or of nothing; whether that was still so. For those who have the turn.
    pub(super) async fn put<T: Stored>(&self, id: &str, before: Option<T>, after: T) -> Result<bool> {
        match before {
            Some(before) => Ok(after == before || self.replace(id, before, after).await?),
            None => self.add(&after).await,
        }
    }

    /// Stores `after` in the place of `before`; whether that was still there.
    async fn replace<T: Stored>(&self, id: &str, mut before: T, mut after: T) -> Result<bool> {
        let version = *before.version();
        *after.version() = version + 1;
        let read = doc! { "_id": id, "version": version };
        let replaced = self.all::<T>().replace_one(read, after).await?;
        Ok(replaced.matched_count > 0)
    }

    /// Adds one; whether it was not there.
    async fn add<T: Stored>(&self, document: &T) -> Result<bool> {
        match self.insert(document).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Any change of a document changes its version.
fn with_version(increments: Option<&Document>) -> Document {
    let mut all = increments.cloned().unwrap_or_default();
    all.insert("version", 1_i64);
    all
}

/// Waits longer the more often it was tried, and not as long as others who began at the same moment.
pub(super) async fn pause(tried: u32) {
    let [share, ..] = *Uuid::new_v4().as_bytes();
    let longest = PAUSE * (tried + 1).min(20);
    tokio::time::sleep(longest.mul_f64(0.5 + f64::from(share) / 512.0)).await;
}

/// What is answered when others were faster every time.
pub(super) fn crowded() -> StoreError {
    StoreError::Unavailable("too many change the same at once".into())
}

/// An id as it is stored.
pub(super) fn key(id: Uuid) -> String {
    id.to_string()
}

/// A stored id.
pub(super) fn id(key: &str) -> Result<Uuid> {
    Uuid::parse_str(key).map_err(|_| StoreError::Unreadable(format!("unexpected id: {key}")))
}

/// Bytes that stand somewhere as [`hex`].
pub(super) fn unhex(text: &str) -> Result<Vec<u8>> {
    let unreadable = || StoreError::Unreadable(format!("unexpected bytes: {text}"));
    let digit = |at: u8| char::from(at).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    let bytes = text.as_bytes().chunks(2).map(byte);
    bytes.collect::<Option<_>>().ok_or_else(unreadable)
}

/// Bytes as a part of ids, and as text that is looked up.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            write!(text, "{byte:02x}").ok();
            text
        })
}
