//! Moves all data from one store to another, whichever engines they have.

use crate::error::StoreError;
use crate::sql::copy::Sums;
use crate::sql::{self, SCHEMA_VERSION};
use crate::{Result, StoreConfig, mongo};

/// Rows, or documents, that are read and written together. The largest have a MiB or two.
pub(crate) const BATCH: u64 = 100;

/// How far copying, or comparing, has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// In which table, or collection.
    pub table: &'static str,
    /// Whether its rows are compared; copied otherwise.
    pub is_check: bool,
    /// Rows, or documents, so far.
    pub done: u64,
    /// How many there were when it was begun.
    pub total: u64,
}

/// Who is told how far it has come.
pub(crate) type Told<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Copies everything to the other store, whose schema is brought up to date, and then compares both, row by row as an SQL
/// engine has them; how many there are.
///
/// What is there already is left alone, so that a copy that was interrupted can be made again. Nobody may write to either
/// meanwhile.
///
/// # Errors
///
/// Where a store does not answer, the source's schema is not this executable's, or both differ in the end: somebody has
/// written to one, or the target held other data before.
pub async fn copy(from: &StoreConfig, to: &StoreConfig, mut told: impl FnMut(Progress) + Send) -> Result<u64> {
    let found = crate::schema_version(from).await?;
    if found != SCHEMA_VERSION {
        let why = format!("the source has schema version {found}, not {SCHEMA_VERSION}: run codecrafter migrate on it");
        return Err(StoreError::Unreadable(why));
    }
    let (from, to) = (End::open(from).await?, End::open(to).await?);
    match (&from, &to) {
        (End::Sql(from), End::Sql(to)) => from.copy_to(to, &mut told).await?,
        (End::Sql(from), End::Mongo(to)) => to.copy_from_sql(from, &mut told).await?,
        (End::Mongo(from), End::Sql(to)) => from.copy_to_sql(to, &mut told).await?,
        (End::Mongo(from), End::Mongo(to)) => from.copy_to(to, &mut told).await?,
    }
    let here = from.sums(&mut told).await?;
    let there = to.sums(&mut |_| {}).await?;
    here.require_same(&there)
}

/// One end of a copy.
enum End {
    Sql(sql::copy::End),
    Mongo(mongo::copy::End),
}

impl End {
    async fn open(config: &StoreConfig) -> Result<Self> {
        Ok(match config {
            StoreConfig::Sqlite { .. } | StoreConfig::Postgres { .. } => Self::Sql(sql::copy::End::open(config).await?),
            StoreConfig::Mongo { .. } => Self::Mongo(mongo::copy::End::open(config).await?),
        })
    }

    async fn sums(&self, told: Told<'_>) -> Result<Sums> {
        match self {
            Self::Sql(end) => end.sums(told).await,
            Self::Mongo(end) => end.sums(told).await,
        }
    }
}
