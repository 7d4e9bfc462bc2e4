//! What can go wrong with the bus.

use thiserror::Error;

/// An error of the bus.
#[derive(Debug, Error)]
pub enum BusError {
    /// The engine does not answer; trying again may help.
    #[error("bus unavailable: {0}")]
    Unavailable(String),
}
