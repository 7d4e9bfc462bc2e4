//! Edits of the server's own: a new session's first files, bringing back a snapshot, marks.

use bytes::Bytes;
use chrono::Utc;
use codecrafter_domain::id::UserId;
use codecrafter_domain::path;
use codecrafter_store::StoreError;
use codecrafter_store::documents::NewUpdate;
use tokio::time::timeout;

use super::ConnectionId;
use super::document::Document;
use super::saver::APPEND_TIMEOUT;
use crate::replica::{Broken, Fault, first_update};
use crate::update::scan;
use crate::{CollabError, DocumentLimits, FileText, close};

/// No connection has this id.
const SERVER: ConnectionId = ConnectionId(0);
/// No structs and no deletions, Yjs encoding v1.
const NOTHING: [u8; 2] = [0, 0];

impl Document {
    /// Stores the files that a document begins with. Others wait: a second attempt must see the outcome.
    pub(super) async fn create(&mut self, author: UserId, files: &[(String, String)]) -> Result<(), CollabError> {
        if !self.replica.is_empty() {
            return Err(CollabError::Exists);
        }
        check(files, &self.config().limits)?;
        if files.is_empty() {
            return Ok(());
        }
        self.store(author, first_update(files)).await
    }

    /// Makes the files those given; whether anything changed.
    pub(super) async fn restore(&mut self, author: UserId, files: &[FileText]) -> Result<bool, CollabError> {
        let unreadable = |broken: Broken| CollabError::Unreadable(broken.to_string());
        let Some(update) = self.replica.update_to(files).map_err(unreadable)? else {
            return Ok(false);
        };
        let summary = scan(&update).map_err(|why| CollabError::Unreadable(why.to_owned()))?;
        let limits = &self.registration.shared.config.limits;
        let admitted = self.replica.admit(update.len(), &summary, limits);
        if let Err(refusal) = admitted.map_err(unreadable)? {
            return Err(CollabError::Invalid(refusal.0));
        }
        self.store(author, update).await?;
        Ok(true)
    }

    /// Puts an update that changes nothing into the log, for it to begin with.
    pub(super) async fn mark(&mut self, author: UserId) -> Result<(), CollabError> {
        self.store(author, NOTHING.to_vec()).await
    }

    /// Stores an update before anybody sees it. Others wait: what they send comes after it.
    async fn store(&mut self, author: UserId, bytes: Vec<u8>) -> Result<(), CollabError> {
        let update = NewUpdate {
            author: Some(author),
            at: Utc::now(),
            bytes: bytes.clone(),
        };
        let updates = [update];
        let storing = self.registration.shared.store.append_updates(self.session, &updates);
        let stored = timeout(APPEND_TIMEOUT, storing).await;
        let stored = stored.unwrap_or_else(|_| Err(StoreError::Unavailable("the store does not answer".into())));
        if let Err(error) = stored {
            if !matches!(error, StoreError::NotFound) {
                // It may have been stored all the same: whoever opens the document next will see.
                self.begin_closing(close::RESTART, "the document is reloaded");
            }
            return Err(error.into());
        }
        self.take_over(bytes)
    }

    fn take_over(&mut self, bytes: Vec<u8>) -> Result<(), CollabError> {
        let summary = scan(&bytes).map_err(|why| CollabError::Unreadable(why.to_owned()))?;
        if let Some(nodes) = &self.nodes {
            nodes.tell_updates([Bytes::copy_from_slice(&bytes)]);
        }
        match self.replica.apply_update(&bytes, &summary) {
            Ok(applied) => self.tell_all(applied.told(bytes.into())),
            Err(Fault::Broken(broken)) => self.broken = Some(broken),
            Err(Fault::Malformed(why)) => return Err(CollabError::Unreadable(why)),
        }
        self.saver.count_stored(1);
        Ok(())
    }

    /// Passes on to all clients what is no single one's.
    pub(super) fn tell_all(&mut self, news: Option<Bytes>) {
        if let Some(news) = news {
            self.turn.push(SERVER, news);
        }
    }
}

fn check(files: &[(String, String)], limits: &DocumentLimits) -> Result<(), CollabError> {
    if files.len() > limits.files {
        return Err(CollabError::Invalid(format!("files: at most {}", limits.files)));
    }
    for (path, _) in files {
        path::check(path).map_err(|why| CollabError::Invalid(format!("path {path:?}: {why}")))?;
    }
    if let Some(later) = path::first_collision(files.iter().map(|(path, _)| path.as_str())) {
        let path = &files[later].0;
        return Err(CollabError::Invalid(format!(
            "path {path:?}: it collides with another file's"
        )));
    }
    // Entry, path and text of each file count one each besides the characters.
    let own: u64 = 3 * files.len() as u64;
    let text: u64 = files
        .iter()
        .map(|(_, content)| content.encode_utf16().count() as u64)
        .sum();
    let bytes: usize = files
        .iter()
        .map(|(path, content)| path.len() + content.len() + 128)
        .sum();
    if own + text > limits.text_units || bytes > limits.encoded_bytes {
        return Err(CollabError::Invalid(format!(
            "content: at most {} characters",
            limits.text_units
        )));
    }
    Ok(())
}
