//! Moves all data from one database to another, whichever engines they have.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    DatabaseConnection, EntityName, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PaginatorTrait,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest as _, Sha256};

use super::engine::{Durability, Engine};
use super::{entities, migrate};
use crate::error::StoreError;
use crate::{Result, StoreConfig};

/// Rows that are read and written together. The largest have a MiB or two.
const BATCH: u64 = 100;

/// How far copying, or comparing, has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// In which table.
    pub table: &'static str,
    /// Whether its rows are compared; copied otherwise.
    pub is_check: bool,
    /// Rows so far.
    pub done: u64,
    /// Rows of the table, when it was begun.
    pub total: u64,
}

/// Copies every row to the other database, whose schema is brought up to date, and then compares both; how many there are.
///
/// Rows that are there already are left alone, so that a copy that was interrupted can be made again. Nobody may write to
/// either meanwhile.
///
/// # Errors
///
/// Where a database does not answer, the source's schema is not this executable's, or both differ in the end: somebody
/// has written to one, or the target held other data before.
pub async fn copy(from: &StoreConfig, to: &StoreConfig, mut told: impl FnMut(Progress) + Send) -> Result<u64> {
    let (from, to) = (Engine::connect(from).await?, Engine::connect(to).await?);
    let found = migrate::found(&from).await?;
    if found != migrate::SCHEMA_VERSION {
        let known = migrate::SCHEMA_VERSION;
        let why = format!("the source has schema version {found}, not {known}: run codecrafter migrate on it");
        return Err(StoreError::Unreadable(why));
    }
    migrate::migrate(&to).await?;
    let pair = Pair { from, to };
    all(&pair, &mut told).await
}

/// Both ends of a copy.
struct Pair {
    from: Engine,
    to: Engine,
}

/// Does something with each table; those that others refer to come first.
macro_rules! tables {
    ($($module:ident),* $(,)?) => {
        async fn all(pair: &Pair, told: &mut (impl FnMut(Progress) + Send)) -> Result<u64> {
            $(pair.copy_table::<entities::$module::Entity>(told).await?;)*
            let mut rows = 0;
            $(rows += pair.compare_table::<entities::$module::Entity>(told).await?;)*
            Ok(rows)
        }

        /// Their names.
        #[cfg(test)]
        fn names() -> Vec<&'static str> {
            vec![$(name_of::<entities::$module::Entity>()),*]
        }
    };
}

tables![
    user,
    login,
    refresh_token,
    api_key,
    link,
    identity,
    preferences,
    quota,
    totp,
    recovery_code,
    challenge,
    passkey,
    ceremony,
    audit_entry,
    node,
    session,
    participant,
    invite,
    waiting,
    ban,
    execution,
    execution_request,
    execution_result,
    idempotency_key,
    callback,
    document,
    document_base,
    document_update,
    message,
    message_read,
    note,
    snapshot,
    snapshot_text,
    snapshot_file,
    history_start,
];

impl Pair {
    async fn copy_table<E>(&self, told: &mut (impl FnMut(Progress) + Send)) -> Result<()>
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel> + Sync,
        E::ActiveModel: Send,
    {
        let mut rows = Rows::<E>::begin(&self.from.read, false).await?;
        while let Some(batch) = rows.next(told).await? {
            let tx = self.to.write(Durability::Process).await?;
            let batch = batch.into_iter().map(IntoActiveModel::into_active_model);
            let insert = E::insert_many(batch).on_conflict_do_nothing();
            insert.exec_without_returning(&*tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn compare_table<E>(&self, told: &mut (impl FnMut(Progress) + Send)) -> Result<u64>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        let here = Sum::of::<E>(&self.from.read, told).await?;
        let there = Sum::of::<E>(&self.to.read, &mut |_| {}).await?;
        if here == there {
            return Ok(here.rows);
        }
        let (name, here, there) = (name_of::<E>(), here.rows, there.rows);
        Err(StoreError::Unreadable(format!(
            "after copying, {name} has {here} rows here and {there} there, or others: the target held other data before, \
             or a node is still running; stop all nodes and copy again, to an empty database"
        )))
    }
}

fn name_of<E: EntityTrait>() -> &'static str {
    EntityName::table_name(&E::default())
}

/// The rows of a table in the order of their primary key.
struct Rows<'a, E: EntityTrait> {
    db: &'a DatabaseConnection,
    keys: Vec<E::Column>,
    last: Option<Vec<Expr>>,
    progress: Progress,
}

impl<'a, E: EntityTrait> Rows<'a, E>
where
    E::Model: Sync,
{
    async fn begin(db: &'a DatabaseConnection, is_check: bool) -> Result<Self> {
        Ok(Self {
            db,
            keys: E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect(),
            last: None,
            progress: Progress {
                table: name_of::<E>(),
                is_check,
                done: 0,
                total: E::find().count(db).await?,
            },
        })
    }

    /// The next ones, until there are no more.
    async fn next(&mut self, told: &mut impl FnMut(Progress)) -> Result<Option<Vec<E::Model>>> {
        let mut query = E::find().limit(BATCH);
        for key in &self.keys {
            query = query.order_by_asc(*key);
        }
        if let Some(last) = self.last.take() {
            let keys = self.keys.iter().map(|key| Expr::col((E::default(), *key)));
            query = query.filter(Expr::tuple(keys).gt(Expr::tuple(last)));
        }
        let batch = query.all(self.db).await?;
        let Some(last) = batch.last() else { return Ok(None) };
        self.last = Some(self.keys.iter().map(|key| Expr::val(last.get(*key))).collect());
        self.progress.done += batch.len() as u64;
        told(self.progress);
        Ok(Some(batch))
    }
}

/// What a table holds, whatever the order: engines sort texts differently.
#[derive(Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hashes: u128,
}

impl Sum {
    async fn of<E>(db: &DatabaseConnection, told: &mut (impl FnMut(Progress) + Send)) -> Result<Self>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        let mut sum = Self::default();
        let mut rows = Rows::<E>::begin(db, true).await?;
        while let Some(batch) = rows.next(told).await? {
            for row in batch {
                sum.rows += 1;
                let hash = Sha256::digest(format!("{row:?}"));
                let half = hash.first_chunk().copied().unwrap_or_default();
                sum.hashes = sum.hashes.wrapping_add(u128::from_le_bytes(half));
            }
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::conformance::fixtures::{account, after, exited, noon, queued, room};
    use crate::documents::NewUpdate;
    use crate::sql::migrate::tests::tables_with;

    fn at(folder: &Path, name: &str) -> StoreConfig {
        StoreConfig::Sqlite {
            path: folder.join(name),
        }
    }

    #[tokio::test]
    async fn every_table_is_copied() {
        let mut known: BTreeSet<String> = names().into_iter().map(str::to_owned).collect();
        known.insert("schema_version".to_owned());
        let mut tables = BTreeSet::new();
        for column in [
            "id",
            "user_id",
            "session_id",
            "execution_id",
            "version",
            "hash",
            "snapshot_id",
            "name",
        ] {
            tables.extend(tables_with(column).await);
        }
        let forgotten: Vec<_> = tables.difference(&known).collect();
        assert_eq!(forgotten, Vec::<&String>::new());
        assert_eq!(names().len(), known.len() - 1, "none is named twice");
    }

    #[tokio::test]
    async fn what_is_interrupted_is_gone_on_with_and_compared() {
        let folder = tempfile::tempdir().expect("folder");
        let (from, to) = (at(folder.path(), "from.db"), at(folder.path(), "to.db"));
        let source = crate::open(&from).await.expect("open");
        for number in 0..250 {
            account(&source, &format!("user{number}")).await;
        }
        let user = account(&source, "ada").await;
        let session = room(&source, user).await;
        let updates: Vec<_> = (0..150u8)
            .map(|number| NewUpdate {
                author: (number % 2 == 0).then_some(user),
                at: after(number.into()),
                bytes: vec![number; usize::from(number)],
            })
            .collect();
        source.append_updates(session, &updates).await.expect("stored");
        let run = queued(&source, user).await;
        source.finish(run, &exited(3, "é\0🦀"), noon()).await.expect("finished");

        let mut told = Vec::new();
        let rows = copy(&from, &to, |progress| told.push(progress)).await.expect("copied");
        assert!(rows > 400, "{rows}");
        let users: Vec<_> = told
            .iter()
            .filter(|one| one.table == "users" && !one.is_check)
            .collect();
        assert_eq!(users.iter().map(|one| one.done).collect::<Vec<_>>(), [100, 200, 251]);
        assert!(users.iter().all(|one| one.total == 251));

        let target = crate::open(&to).await.expect("open");
        assert_eq!(
            target.execution(run).await.expect("there"),
            source.execution(run).await.expect("there")
        );
        account(&source, "late").await;
        assert_eq!(copy(&from, &to, |_| {}).await.expect("gone on with"), rows + 1);

        account(&target, "stranger").await;
        let differs = copy(&from, &to, |_| {}).await.expect_err("other data");
        assert!(differs.to_string().contains("users"), "{differs}");
    }

    #[tokio::test]
    async fn a_source_without_a_schema_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let refused = copy(&at(folder.path(), "from.db"), &at(folder.path(), "to.db"), |_| {}).await;
        assert!(refused.expect_err("empty").to_string().contains("codecrafter migrate"));
    }
}
