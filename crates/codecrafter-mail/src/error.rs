//! What can go wrong with a mail.

use thiserror::Error;

/// An error of a mailer.
#[derive(Debug, Error)]
pub enum MailError {
    /// The mail cannot be written, or the server will never take it: trying again does not help.
    #[error("mail refused: {0}")]
    Refused(String),
    /// The server does not answer or has no time; trying again may help.
    #[error("mail cannot be sent just now: {0}")]
    Unavailable(String),
}
