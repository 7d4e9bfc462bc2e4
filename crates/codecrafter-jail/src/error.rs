//! Which step failed, and why.

use std::io;

use thiserror::Error;

/// A failed step of setting up a jail.
#[derive(Debug, Error)]
#[error("{step}: {source}")]
pub(crate) struct JailError {
    step: String,
    source: io::Error,
}

pub(crate) type Result<T> = std::result::Result<T, JailError>;

/// Names the step that an error belongs to.
pub(crate) trait Step<T> {
    fn step(self, step: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<io::Error>> Step<T> for std::result::Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T> {
        self.map_err(|error| JailError {
            step: step.into(),
            source: error.into(),
        })
    }
}
