//! What the server's and the driver's errors mean to a caller.

use mongodb::error::{Error, ErrorKind, WriteFailure};

use crate::error::StoreError;

/// A unique index holds such a value already.
const DUPLICATE_KEY: i32 = 11_000;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if is_duplicate(&error) {
            return Self::Conflict("id");
        }
        match error.kind.as_ref() {
            ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } => Self::Unreadable(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// Whether all that an insertion of many has met is values that unique indexes hold already.
pub(super) fn are_duplicates(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::InsertMany(error) => {
            let errors = error.write_errors.as_deref().unwrap_or_default();
            error.write_concern_error.is_none()
                && !errors.is_empty()
                && errors.iter().all(|error| error.code == DUPLICATE_KEY)
        }
        _ => false,
    }
}

fn is_duplicate(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        _ => false,
    }
}
