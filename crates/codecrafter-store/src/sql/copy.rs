//! One end of a copy: tables, read in the order of their keys and filled.

mod families;
mod rows;
#[cfg(test)]
mod tests;

use sea_orm::sea_query::{Condition, Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, EntityName, EntityTrait, Iterable, ModelTrait, PaginatorTrait, PrimaryKeyToColumn, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::engine::{Durability, Engine};
use super::entities::{session, user};
use super::migrate;
use crate::copy::{BATCH, Progress, Told};
use crate::{Result, StoreConfig};

pub(crate) use rows::{Rows, Sums};

/// Ids that one question asks for.
const IDS: usize = 1_000;

/// An SQL database.
pub(crate) struct End {
    engine: Engine,
}

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Copy,
    Check,
}

impl End {
    /// Connects and brings the schema up to date.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let engine = Engine::connect(config).await?;
        migrate::migrate(&engine).await?;
        Ok(Self { engine })
    }

    /// Copies every row to another SQL database.
    pub(crate) async fn copy_to(&self, to: &Self, told: Told<'_>) -> Result<()> {
        self.copy_tables(to, told).await?;
        let guests = Condition::all().add(user::Column::GuestOf.is_not_null());
        let mut guests = self.rows::<user::Entity>(guests, Step::Copy).await?;
        while let Some(user) = guests.next(&mut |_| {}).await? {
            to.refer(&Rows {
                user,
                ..Rows::default()
            })
            .await?;
        }
        let forks = Condition::all().add(session::Column::ForkedFrom.is_not_null());
        let mut forks = self.rows::<session::Entity>(forks, Step::Copy).await?;
        while let Some(session) = forks.next(&mut |_| {}).await? {
            to.refer(&Rows {
                session,
                ..Rows::default()
            })
            .await?;
        }
        Ok(())
    }

    /// The rows of a table that the condition lets through.
    pub(crate) async fn rows<E: EntityTrait>(&self, which: Condition, step: Step) -> Result<Stream<'_, E>>
    where
        E::Model: Sync,
    {
        Ok(Stream {
            end: self,
            keys: E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect(),
            last: None,
            progress: Progress {
                table: name_of::<E>(),
                is_check: step == Step::Check,
                done: 0,
                total: E::find().filter(which.clone()).count(&self.engine.read).await?,
            },
            which,
        })
    }

    /// The rows of a table that have one of these ids in a column.
    pub(crate) async fn having<E: EntityTrait>(&self, column: E::Column, ids: &[Uuid]) -> Result<Vec<E::Model>> {
        let mut rows = Vec::new();
        for ids in ids.chunks(IDS) {
            let having = E::find().filter(column.is_in(ids.iter().copied()));
            rows.extend(having.all(&self.engine.read).await?);
        }
        Ok(rows)
    }

    /// Adds rows that are not there yet, without what [`Self::refer`] adds later.
    pub(crate) async fn insert(&self, mut rows: Rows) -> Result<()> {
        rows.user.iter_mut().for_each(|row| row.guest_of = None);
        rows.session.iter_mut().for_each(|row| row.forked_from = None);
        let tx = self.engine.write(Durability::Process).await?;
        rows.insert(&tx).await?;
        tx.commit().await
    }

    /// Says whose guests users are, and of what sessions are forks: users and sessions refer to each other, so that
    /// neither could be there first.
    pub(crate) async fn refer(&self, rows: &Rows) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        for guest in rows.user.iter().filter(|row| row.guest_of.is_some()) {
            user::Entity::update_many()
                .col_expr(user::Column::GuestOf, Expr::value(guest.guest_of))
                .filter(user::Column::Id.eq(guest.id))
                .filter(user::Column::GuestOf.is_null())
                .exec(&*tx)
                .await?;
        }
        for fork in rows.session.iter().filter(|row| row.forked_from.is_some()) {
            session::Entity::update_many()
                .col_expr(session::Column::ForkedFrom, Expr::value(fork.forked_from))
                .filter(session::Column::Id.eq(fork.id))
                .filter(session::Column::ForkedFrom.is_null())
                .exec(&*tx)
                .await?;
        }
        tx.commit().await
    }
}

fn name_of<E: EntityTrait>() -> &'static str {
    EntityName::table_name(&E::default())
}

/// The rows of a table in the order of their primary key.
pub(crate) struct Stream<'a, E: EntityTrait> {
    end: &'a End,
    which: Condition,
    keys: Vec<E::Column>,
    last: Option<Vec<Expr>>,
    progress: Progress,
}

impl<E: EntityTrait> Stream<'_, E>
where
    E::Model: Sync,
{
    /// The next ones, until there are no more.
    pub(crate) async fn next(&mut self, told: Told<'_>) -> Result<Option<Vec<E::Model>>> {
        let mut query = E::find().filter(self.which.clone()).limit(BATCH);
        for key in &self.keys {
            query = query.order_by_asc(*key);
        }
        if let Some(last) = self.last.take() {
            let keys = self.keys.iter().map(|key| Expr::col((E::default(), *key)));
            query = query.filter(Expr::tuple(keys).gt(Expr::tuple(last)));
        }
        let batch = query.all(&self.end.engine.read).await?;
        let Some(last) = batch.last() else { return Ok(None) };
        self.last = Some(self.keys.iter().map(|key| Expr::val(last.get(*key))).collect());
        self.progress.done += batch.len() as u64;
        told(self.progress);
        Ok(Some(batch))
    }
}
