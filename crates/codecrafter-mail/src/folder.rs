//! `file:`: mails as files, for whoever runs the server to read.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use chrono::Utc;
use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::message::{Sender, message};
use crate::{Mail, MailError, Mailer};

/// Only the server's user: the mails hold links that open accounts.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Writes a file per mail.
pub(crate) struct Folder {
    path: PathBuf,
    sender: Sender,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, sender: Sender) -> Self {
        Self { path, sender }
    }

    async fn make(&self) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&self.path)
            .await
    }

    /// Whoever watches the folder never sees half a mail.
    async fn write(&self, mail: &[u8]) -> io::Result<()> {
        self.make().await?;
        let name = format!("{}-{}", Utc::now().format("%Y%m%dT%H%M%S"), Uuid::now_v7().simple());
        let draft = self.path.join(format!(".{name}.draft"));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&draft)
            .await?;
        file.write_all(mail).await?;
        file.sync_all().await?;
        fs::rename(&draft, self.path.join(format!("{name}.eml"))).await
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message(&self.sender, mail)?.formatted();
        let written = self.write(&message).await;
        written.map_err(|error| MailError::Unavailable(format!("{}: {error}", self.path.display())))
    }

    async fn check(&self) -> Result<(), MailError> {
        let made = self.make().await;
        made.map_err(|error| MailError::Unavailable(format!("{}: {error}", self.path.display())))
    }
}
