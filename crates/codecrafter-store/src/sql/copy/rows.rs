//! Rows of all tables, which every engine's data are compared as.

use std::collections::BTreeMap;

use sea_orm::sea_query::Condition;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};
use sha2::{Digest as _, Sha256};

use super::{End, Step, name_of};
use crate::Result;
use crate::copy::Told;
use crate::error::StoreError;
use crate::sql::entities;

/// Rows of one INSERT, which has a quarter of the parameters that SQLite takes where the rows have the most columns.
const INSERT_ROWS: usize = 500;

/// Does something with each table; those that others refer to come first.
macro_rules! tables {
    ($($table:ident),* $(,)?) => {
        /// Rows of any tables.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct Rows {
            $(pub(crate) $table: Vec<entities::$table::Model>,)*
        }

        impl Rows {
            pub(super) async fn insert(self, tx: &DatabaseTransaction) -> Result<()> {
                $(insert::<entities::$table::Entity>(tx, self.$table).await?;)*
                Ok(())
            }

            /// How many there are of each table.
            #[cfg(test)]
            pub(crate) fn count(&self) -> BTreeMap<&'static str, usize> {
                [$((name_of::<entities::$table::Entity>(), self.$table.len())),*].into()
            }

            #[cfg(test)]
            pub(crate) fn sums(self) -> Sums {
                let mut sums = Sums::default();
                sums.add(self);
                sums
            }
        }

        impl Sums {
            /// No rows of any table.
            fn none() -> BTreeMap<&'static str, Sum> {
                [$((name_of::<entities::$table::Entity>(), Sum::default())),*].into()
            }

            /// Adds rows.
            pub(crate) fn add(&mut self, mut rows: Rows) {
                // MongoDB knows that an update is in a base, not in which first. Nobody asks for that.
                for update in &mut rows.document_update {
                    update.folded_in = update.folded_in.map(|_| 1);
                }
                $(self.add_table::<entities::$table::Entity>(&rows.$table);)*
            }
        }

        impl End {
            /// Copies every row, without what is said by [`Self::refer`].
            pub(super) async fn copy_tables(&self, to: &Self, told: Told<'_>) -> Result<()> {
                $(
                    let mut rows = self.rows::<entities::$table::Entity>(Condition::all(), Step::Copy).await?;
                    while let Some($table) = rows.next(told).await? {
                        to.insert(Rows { $table, ..Rows::default() }).await?;
                    }
                )*
                Ok(())
            }

            /// What is in the tables.
            pub(crate) async fn sums(&self, told: Told<'_>) -> Result<Sums> {
                let mut sums = Sums::default();
                $(
                    let mut rows = self.rows::<entities::$table::Entity>(Condition::all(), Step::Check).await?;
                    while let Some($table) = rows.next(told).await? {
                        sums.add(Rows { $table, ..Rows::default() });
                    }
                )*
                Ok(sums)
            }
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

async fn insert<E>(tx: &DatabaseTransaction, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    while rows.len() > 0 {
        let insert = E::insert_many(rows.by_ref().take(INSERT_ROWS)).on_conflict_do_nothing();
        match insert.exec_without_returning(tx).await.map_err(StoreError::from) {
            Ok(_) => {}
            // What a row refers to is not there, since something else had its name.
            Err(StoreError::NotFound) => {
                return Err(other_data(name_of::<E>(), "rows that refer to what is missing there"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn other_data(table: &str, what: &str) -> StoreError {
    StoreError::Unreadable(format!(
        "after copying, {table} has {what}: the target held other data before, or a node is still running; stop all nodes \
         and copy again, to an empty database"
    ))
}

/// What is in the tables, whatever the order: engines sort texts differently.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sums(BTreeMap<&'static str, Sum>);

/// What is in a table.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hashes: u128,
}

impl Default for Sums {
    fn default() -> Self {
        Self(Self::none())
    }
}

impl Sums {
    fn add_table<E: EntityTrait>(&mut self, rows: &[E::Model]) {
        let sum = self.0.entry(name_of::<E>()).or_default();
        for row in rows {
            sum.rows += 1;
            let hash = Sha256::digest(format!("{row:?}"));
            let half = hash.first_chunk().copied().unwrap_or_default();
            sum.hashes = sum.hashes.wrapping_add(u128::from_le_bytes(half));
        }
    }

    /// Fails naming a table where both differ; how many rows there are.
    pub(crate) fn require_same(&self, there: &Self) -> Result<u64> {
        for ((table, here), there) in self.0.iter().zip(there.0.values()) {
            if here != there {
                let (here, there) = (here.rows, there.rows);
                return Err(other_data(
                    table,
                    &format!("{here} rows here and {there} there, or others"),
                ));
            }
        }
        Ok(self.0.values().map(|sum| sum.rows).sum())
    }
}
