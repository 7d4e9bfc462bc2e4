//! All that differs between SQL engines: connecting, durability, locking, words of the schema, error codes.

use std::fs::{OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::sqlx::sqlite::{SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{Connection as _, Error};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, TransactionOptions,
};
use url::Url;

use crate::error::StoreError;
use crate::{Result, StoreConfig};

/// Readers at one moment. Reads are short; more would only hold more page caches.
const SQLITE_READERS: u32 = 4;
/// How long to wait for another process (a backup, a migration) to let go of the file.
const SQLITE_BUSY: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection before it is told that the store is overloaded.
const ACQUIRE: Duration = Duration::from_secs(10);
/// Connections of each of the three kinds to PostgreSQL, which takes 100 unless told otherwise: enough for four nodes.
const POSTGRES_CONNECTIONS: u32 = 8;
/// A connection that was idle for longer may have been cut by something between, or by a restart.
const POSTGRES_IDLE: Duration = Duration::from_secs(1);
/// What nodes that start at the same moment take turns by: any number that nobody else uses.
const POSTGRES_MIGRATION_LOCK: i64 = 0x436f_6465_4372_6166;
/// WAL size to cut back to after a checkpoint, in bytes.
const SQLITE_WAL_BYTES: &str = "67108864";

/// Connections to one engine.
pub(super) struct Connections {
    /// For reading.
    pub(super) read: DatabaseConnection,
    /// For what must survive a power cut.
    pub(super) synced: DatabaseConnection,
    /// For what must survive the end of the process only.
    pub(super) unsynced: DatabaseConnection,
    /// Write transactions at one moment.
    pub(super) writers: usize,
}

/// Connects to the engine that the configuration names.
pub(super) async fn connect(config: &StoreConfig) -> Result<Connections> {
    match config {
        StoreConfig::Sqlite { path } => connect_sqlite(path).await,
        StoreConfig::Postgres { url } => connect_postgres(url).await,
        StoreConfig::Mongo { .. } => Err(StoreError::Unavailable(format!("{config} is no SQL database"))),
    }
}

/// SQLite has one writer at a time; two connections take turns, because how carefully a commit is
/// written is a property of the connection.
async fn connect_sqlite(path: &Path) -> Result<Connections> {
    make_private(path).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    let synced = sqlite(path, 1, SqliteSynchronous::Full).await?;
    Ok(Connections {
        unsynced: sqlite(path, 1, SqliteSynchronous::Normal).await?,
        read: sqlite(path, SQLITE_READERS, SqliteSynchronous::Normal).await?,
        synced,
        writers: 1,
    })
}

/// PostgreSQL locks rows; how carefully a commit is written is a property of the connection here, too.
async fn connect_postgres(url: &Url) -> Result<Connections> {
    Ok(Connections {
        synced: postgres(url, "on").await?,
        unsynced: postgres(url, "off").await?,
        read: postgres(url, "on").await?,
        writers: POSTGRES_CONNECTIONS as usize,
    })
}

async fn postgres(url: &Url, synchronous_commit: &'static str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.as_str());
    options
        .max_connections(POSTGRES_CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .connect_timeout(ACQUIRE)
        .test_before_acquire_if_idle_for(POSTGRES_IDLE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(move |postgres| {
            postgres
                .application_name("codecrafter")
                .options([("synchronous_commit", synchronous_commit)])
        });
    Ok(Database::connect(options).await?)
}

/// Whether write transactions run at the same time: then those that decide by what they read must lock it.
pub(super) fn writes_side_by_side(backend: DbBackend) -> bool {
    backend != DbBackend::Sqlite
}

/// How a write transaction of SQLite begins, in words; see [`write_options`].
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Whether it takes several statements, with values, in one exchange. PostgreSQL's protocol takes one.
pub(super) fn takes_several(backend: DbBackend) -> bool {
    backend == DbBackend::Sqlite
}

/// That the statement before this one changed a row, for engines that take several at once: nobody can look in between.
pub(super) fn changed(backend: DbBackend) -> Option<Expr> {
    takes_several(backend).then(|| Expr::cust("changes() > 0"))
}

/// Waits until no other node brings the schema up to date.
pub(super) async fn lock_schema(tx: &DatabaseTransaction) -> Result<()> {
    // In SQLite whoever writes is alone.
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({POSTGRES_MIGRATION_LOCK})"))
            .await?;
    }
    Ok(())
}

/// Makes the file, or an existing file, accessible to its owner only: it holds addresses and password
/// hashes. SQLite gives its companion files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mode = path.metadata()?.permissions().mode();
            if mode & 0o077 != 0 {
                std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
            }
            Ok(())
        }
        made => made.map(drop),
    }
}

async fn sqlite(path: &Path, connections: u32, synchronous: SqliteSynchronous) -> Result<DatabaseConnection> {
    // The path is set below, whatever characters it has; the URL only chooses the driver.
    let mut options = ConnectOptions::new("sqlite:path");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(false)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .busy_timeout(SQLITE_BUSY)
                .pragma("journal_size_limit", SQLITE_WAL_BYTES)
                .optimize_on_close(true, None)
        });
    Ok(Database::connect(options).await?)
}

/// Whether a connection that is given back is outside of any transaction; otherwise it is replaced.
///
/// SQLite rolls back by itself what meets a full disk or a failing one ("Response To Errors Within A Transaction" in
/// <https://sqlite.org/lang_transaction.html>). sqlx's own rollback then fails, and it counts one transaction too many from
/// there on: what is "committed" later would only end a savepoint within one that nobody ever commits.
async fn is_clean(connection: &mut SqliteConnection) -> std::result::Result<bool, Error> {
    if !connection.is_in_transaction() {
        return Ok(true);
    }
    // The rollback of a dropped transaction may be on its way to the connection's thread, which does one thing after another.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// How a write transaction begins: with the write lock, so that what it reads stays true until it commits.
pub(super) fn write_options() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// How a transaction begins whose reads must all see one moment. In SQLite every transaction does.
pub(super) fn snapshot_options(backend: DbBackend) -> TransactionOptions {
    match backend {
        DbBackend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions::default(),
    }
}

/// Fills in a migration's placeholders.
pub(super) fn migration(backend: DbBackend, sql: &str) -> String {
    let clustered = if backend == DbBackend::Sqlite {
        "WITHOUT ROWID"
    } else {
        ""
    };
    sql.replace("{clustered}", clustered)
}

/// Whether the engine's error code says that what is stored cannot be read, as opposed to not just now.
pub(super) fn is_unreadable(code: Option<&str>) -> bool {
    match code {
        // PostgreSQL's have five characters: no such column, no such table, corrupted data or index.
        Some(code) if code.len() == 5 => matches!(code, "42703" | "42P01" | "XX001" | "XX002"),
        // SQLite, low byte of the extended code: ERROR (no such table or column), CORRUPT, MISMATCH, NOTADB.
        Some(code) => code
            .parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 1 | 11 | 20 | 26)),
        None => false,
    }
}

/// What an operator can do about what the engine's error code says.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    match code {
        // PostgreSQL: read-only transaction, right missing, login refused (twice), no such database, disk full, no connection left.
        "25006" => Some("a replica, or set to be read only: name the server that is written to"),
        "42501" => Some("the user of the store's URL must own the database, or may be granted all on its schema"),
        "28000" | "28P01" => Some("check user and password of the store's URL"),
        "3D000" => Some("make the database first: CREATE DATABASE"),
        "53100" => Some("make room on the server's disk"),
        "53300" => Some("raise the server's max_connections: each process of CodeCrafter takes up to 24"),
        _ if code.len() == 5 => None,
        // SQLite, low byte of the extended code: READONLY, IOERR, FULL, CANTOPEN.
        _ => match code.parse::<u32>().ok()? & 0xff {
            8 | 14 => Some("the file and its folder must be writable"),
            10 => Some("the disk may be failing, or full"),
            13 => Some("make room on the disk"),
            _ => None,
        },
    }
}
