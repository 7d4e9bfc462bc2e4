//! What can go wrong with the store, by what the caller can do about it.

use thiserror::Error;

/// An error of the store.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// There is no such thing (or it is deleted).
    #[error("not found")]
    NotFound,
    /// Taken already, or changed by somebody else meanwhile; names what.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// The input cannot be used; names the field.
    #[error("invalid {0}")]
    Invalid(&'static str),
    /// A bound is reached; names which.
    #[error("full: {0}")]
    Full(&'static str),
    /// The engine does not answer or refuses just now; trying again may help.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// What is stored, or the schema, is not what this version can read.
    #[error("store unreadable: {0}")]
    Unreadable(String),
}
