//! What the engine's errors mean to a caller.

use sea_orm::sqlx::Error as Driver;
use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::dialect;
use crate::error::StoreError;

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(constraint)) => return Self::Conflict(taken(&constraint)),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::NotFound,
            _ => {}
        }
        match &error {
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound,
            DbErr::Conn(RuntimeErr::SqlxError(driver))
            | DbErr::Exec(RuntimeErr::SqlxError(driver))
            | DbErr::Query(RuntimeErr::SqlxError(driver)) => classify(driver),
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } | DbErr::Query(RuntimeErr::Internal(_)) => {
                Self::Unreadable(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// The field that a unique constraint protects; engines name the column, the constraint or both.
fn taken(constraint: &str) -> &'static str {
    ["identities", "credential_id", "username", "email", "token"]
        .into_iter()
        .find(|field| constraint.contains(field))
        .unwrap_or("id")
}

fn classify(driver: &Driver) -> StoreError {
    let code = driver.as_database_error().and_then(DatabaseError::code);
    let advice = code.as_deref().and_then(dialect::advice);
    let message = advice.map_or_else(|| driver.to_string(), |advice| format!("{driver} ({advice})"));
    match driver {
        Driver::Database(_) if dialect::is_unreadable(code.as_deref()) => StoreError::Unreadable(message),
        Driver::ColumnDecode { .. }
        | Driver::Decode(_)
        | Driver::ColumnNotFound(_)
        | Driver::ColumnIndexOutOfBounds { .. }
        | Driver::TypeNotFound { .. } => StoreError::Unreadable(message),
        _ => StoreError::Unavailable(message),
    }
}
