//! What can go wrong with a document, by what the caller can do about it.

use codecrafter_store::StoreError;
use thiserror::Error;

/// An error of a document.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum CollabError {
    /// The session has a document already.
    #[error("the session has a document already")]
    Exists,
    /// The input cannot be used; says which and why.
    #[error("invalid {0}")]
    Invalid(String),
    /// A bound is reached; says which.
    #[error("full: {0}")]
    Full(String),
    /// The store does not answer, or this process is shutting down; trying again may help.
    #[error("document unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("document unreadable: {0}")]
    Unreadable(String),
}

impl From<StoreError> for CollabError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Invalid(field) => Self::Invalid(field.to_owned()),
            StoreError::Unreadable(why) => Self::Unreadable(why),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
