//! The schema's history, and bringing a database up to date.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::dialect;
use super::engine::{Durability, Engine};
use crate::Result;
use crate::error::StoreError;

/// All migrations, oldest first; the number of the last one is the schema's version.
const MIGRATIONS: [&str; 11] = [
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_requests.sql"),
    include_str!("../../migrations/0003_session_life.sql"),
    include_str!("../../migrations/0004_chat.sql"),
    include_str!("../../migrations/0005_history.sql"),
    include_str!("../../migrations/0006_accounts.sql"),
    include_str!("../../migrations/0007_api_keys.sql"),
    include_str!("../../migrations/0008_administration.sql"),
    include_str!("../../migrations/0009_identities.sql"),
    include_str!("../../migrations/0010_second_factors.sql"),
    include_str!("../../migrations/0011_passkeys.sql"),
];

/// The version of this executable's schema.
pub const SCHEMA_VERSION: usize = MIGRATIONS.len();

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)";

/// Applies what is missing, all or nothing. A schema from a newer executable is refused.
pub(super) async fn migrate(engine: &Engine) -> Result<()> {
    let tx = engine.write(Durability::Disk).await?;
    dialect::lock_schema(&tx).await?;
    tx.execute_unprepared(HISTORY).await?;
    let applied = applied(&tx).await?;
    if applied > MIGRATIONS.len() {
        return Err(StoreError::Unreadable(format!(
            "the database has schema version {applied}, this executable knows versions up to {}: \
             start the newer CodeCrafter that wrote it, or restore a backup made before the upgrade",
            MIGRATIONS.len()
        )));
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(applied) {
        let version = index + 1;
        tracing::info!(version, "migrating the database");
        tx.execute_unprepared(&dialect::migration(tx.get_database_backend(), migration))
            .await?;
        tx.execute_unprepared(&format!("INSERT INTO schema_version (version) VALUES ({version})"))
            .await?;
    }
    tx.commit().await
}

/// The version that a database has; 0 where there is none yet. Changes nothing.
pub(super) async fn found(engine: &Engine) -> Result<usize> {
    let tx = engine.write(Durability::Disk).await?;
    tx.execute_unprepared(HISTORY).await?;
    // Rolled back when dropped.
    applied(&tx).await
}

async fn applied(tx: &DatabaseTransaction) -> Result<usize> {
    let row = tx
        .query_one_raw(sea_orm::Statement::from_string(
            tx.get_database_backend(),
            "SELECT coalesce(max(version), 0) FROM schema_version",
        ))
        .await?
        .ok_or_else(|| StoreError::Unreadable("schema_version gives no row".into()))?;
    super::convert::number(row.try_get_by_index(0)?)
}

#[cfg(test)]
pub(super) mod tests {
    use sea_orm::{ConnectionTrait as _, Statement};

    use crate::StoreConfig;
    use crate::sql::Sql;

    /// The tables that have a column, in order.
    pub(in crate::sql) async fn tables_with(column: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("codecrafter.db");
        let store = Sql::open(&StoreConfig::Sqlite { path }).await.expect("open");
        let read = &store.engine.read;
        let statement = Statement::from_sql_and_values(
            read.get_database_backend(),
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.name = ? ORDER BY m.name",
            [column.into()],
        );
        let rows = read.query_all_raw(statement).await.expect("tables");
        rows.iter().map(|row| row.try_get_by_index(0).expect("name")).collect()
    }
}
