//! Port Mailer: mails to people, by SMTP or, where there is no server for that, into a folder.
//!
//! `open` chooses the adapter by URL scheme; `conformance` is the suite that each one passes. Whatever a mail says,
//! its headers are the sender's, the one recipient's and those of [`message`]: nothing in a text becomes a header.

mod config;
pub mod conformance;
mod error;
mod folder;
mod message;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;

pub use config::{Encryption, MailConfig, SmtpConfig};
pub use error::MailError;
pub use message::Sender;

/// A mail to one person, as plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// An email address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// What it says.
    pub text: String,
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Hands a mail over for good.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
    /// Whether mails could be handed over just now.
    async fn check(&self) -> Result<(), MailError>;
}

/// Opens the adapter that the configuration names. Nothing is connected to before the first mail.
pub fn open(config: &MailConfig, sender: Sender) -> Result<Arc<dyn Mailer>, MailError> {
    match config {
        MailConfig::Folder { path } => Ok(Arc::new(folder::Folder::new(path.clone(), sender))),
        MailConfig::Smtp(config) => Ok(Arc::new(smtp::Smtp::new(config, sender)?)),
    }
}
