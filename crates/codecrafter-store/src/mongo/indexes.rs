//! Indexes, and the version of what is stored.

use mongodb::IndexModel;
use mongodb::bson::Document;
use mongodb::options::IndexOptions;
use serde::{Deserialize, Serialize};

use super::append::ChunkDocument;
use super::audit::EntryDocument;
use super::engine::{Engine, Stored, pause};
use super::executions::ExecutionDocument;
use super::logins::TokenDocument;
use super::messages::{MessageDocument, ReadDocument};
use super::passkeys::CeremonyDocument;
use super::people::UserDocument;
use super::queue::KeyDocument;
use super::sessions::SessionDocument;
use super::snapshots::TextDocument;
use crate::error::StoreError;
use crate::sql::SCHEMA_VERSION;
use crate::{Result, StoreConfig};

/// The id of the one document of its kind.
const SCHEMA: &str = "schema";
/// Tries to make indexes on a server that answers.
const TRIES: u32 = 20;
/// As long a pause as after so many tries to change a document.
const PATIENCE: u32 = 40;

/// Which version the documents have: that of the SQL schema with the same content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SchemaDocument {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    schema: i64,
}

impl Stored for SchemaDocument {
    const COLLECTION: &'static str = "schema_version";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

/// The version of what is in the database, 0 where there is nothing yet.
pub(crate) async fn schema_version(config: &StoreConfig) -> Result<usize> {
    found(&Engine::connect(config).await?).await
}

async fn found(engine: &Engine) -> Result<usize> {
    let found: Option<SchemaDocument> = engine.find(SCHEMA).await?;
    Ok(found.map_or(0, |found| usize::try_from(found.schema).unwrap_or_default()))
}

/// Makes what is missing. What a newer executable wrote is `Unreadable`.
pub(super) async fn create(engine: &Engine) -> Result<()> {
    let mut pace = match found(engine).await? {
        0 => Pace::Together,
        _ => Pace::OneByOne,
    };
    // Nodes that start together make the same, which a server may refuse all but one of.
    for _ in 1..TRIES {
        match make(engine, pace).await {
            Err(StoreError::Unavailable(why)) => tracing::debug!(why, "indexes are made once more"),
            made => return made,
        }
        pace = Pace::OneByOne;
        pause(PATIENCE).await;
    }
    make(engine, pace).await
}

/// How the indexes of a collection are made.
#[derive(Clone, Copy)]
enum Pace {
    /// By one command.
    Together,
    /// By one command each: FerretDB 1 ends the connection where several of one command are there already.
    OneByOne,
}

async fn make(engine: &Engine, pace: Pace) -> Result<()> {
    let version = found(engine).await?;
    if version > SCHEMA_VERSION {
        return Err(StoreError::Unreadable(format!(
            "the store has version {version}, and this executable knows {SCHEMA_VERSION}"
        )));
    }
    of::<UserDocument>(engine, pace, &USERS).await?;
    of::<TokenDocument>(engine, pace, &[Index::Plain(&["login"])]).await?;
    of::<CeremonyDocument>(engine, pace, &[Index::Plain(&["expires_at"])]).await?;
    of::<SessionDocument>(engine, pace, &SESSIONS).await?;
    of::<MessageDocument>(engine, pace, &MESSAGES).await?;
    of::<ReadDocument>(engine, pace, &[Index::Plain(&["session"]), Index::Plain(&["user"])]).await?;
    of::<ExecutionDocument>(engine, pace, &EXECUTIONS).await?;
    of::<KeyDocument>(engine, pace, &[Index::Plain(&["created_at"]), Index::Plain(&["user"])]).await?;
    of::<ChunkDocument>(
        engine,
        pace,
        &[Index::Plain(&["session", "first"]), Index::Plain(&["session", "last"])],
    )
    .await?;
    of::<TextDocument>(engine, pace, &[Index::Plain(&["session"])]).await?;
    of::<EntryDocument>(engine, pace, &ENTRIES).await?;
    let schema = SchemaDocument {
        id: SCHEMA.to_owned(),
        version: 0,
        schema: 0,
    };
    let noted = engine.change_or(SCHEMA, schema, |schema: &mut SchemaDocument| {
        schema.schema = schema.schema.max(crate::convert::column(SCHEMA_VERSION));
        Ok(())
    });
    noted.await
}

/// What is found fast.
#[derive(Clone, Copy)]
enum Index {
    /// Documents by these fields.
    Plain(&'static [&'static str]),
    /// The one document with this value.
    Unique(&'static str),
}

const USERS: [Index; 13] = [
    Index::Unique("username"),
    Index::Unique("username_key"),
    Index::Unique("email"),
    Index::Plain(&["guest_of"]),
    Index::Plain(&["created_at", "_id"]),
    Index::Plain(&["logins.id"]),
    Index::Plain(&["api_keys.id"]),
    Index::Plain(&["mails.hash"]),
    Index::Plain(&["identities.key"]),
    Index::Plain(&["passkeys.credential_id"]),
    Index::Plain(&["passkeys.id"]),
    Index::Plain(&["challenges.hash"]),
    Index::Plain(&["ceremonies.hash"]),
];
const SESSIONS: [Index; 6] = [
    Index::Plain(&["participants.user"]),
    Index::Plain(&["owner"]),
    Index::Plain(&["visibility", "updated_at", "_id"]),
    Index::Plain(&["deleted_at"]),
    Index::Plain(&["invites.token"]),
    Index::Plain(&["forked_from"]),
];
const MESSAGES: [Index; 3] = [
    Index::Unique("nonce"),
    Index::Plain(&["session", "created_at", "_id"]),
    Index::Plain(&["about"]),
];
const EXECUTIONS: [Index; 6] = [
    Index::Plain(&["session", "created_at", "_id"]),
    Index::Plain(&["user", "created_at", "_id"]),
    Index::Plain(&["user", "finished_at"]),
    Index::Plain(&["finished_at", "created_at"]),
    Index::Plain(&["dead_at", "_id"]),
    Index::Plain(&["callback.due_at", "_id"]),
];
const ENTRIES: [Index; 4] = [
    Index::Plain(&["at", "_id"]),
    Index::Plain(&["actor_id", "at"]),
    Index::Plain(&["user", "at"]),
    Index::Plain(&["session", "at"]),
];

async fn of<T: Stored>(engine: &Engine, pace: Pace, indexes: &[Index]) -> Result<()> {
    let all = engine.all::<T>();
    let models = indexes.iter().map(|index| match index {
        Index::Plain(fields) => model(fields, false),
        Index::Unique(field) => model(&[field], true),
    });
    match pace {
        Pace::Together => {
            all.create_indexes(models).await?;
        }
        Pace::OneByOne => {
            for model in models {
                all.create_index(model).await?;
            }
        }
    }
    Ok(())
}

fn model(fields: &[&str], is_unique: bool) -> IndexModel {
    let keys: Document = fields.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
    let options = IndexOptions::builder().unique(is_unique.then_some(true)).build();
    IndexModel::builder().keys(keys).options(options).build()
}
