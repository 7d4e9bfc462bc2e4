//! What can go wrong with a sandbox, by what the caller can do about it.

use thiserror::Error;

/// An error of the sandbox; never about the program that runs in it.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// This machine cannot give the isolation that was asked for; says what to do.
    #[error("isolation not available: {0}")]
    Isolation(String),
    /// The specification cannot be carried out (a missing mount or program).
    #[error("cannot start: {0}")]
    Spec(String),
    /// The machine is short of something just now; trying again may help.
    #[error("sandbox unavailable: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("sandbox failed: {0}")]
    Internal(String),
}
