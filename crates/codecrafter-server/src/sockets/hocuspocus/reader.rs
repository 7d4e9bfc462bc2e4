//! Frames from the socket, each to its document.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use codecrafter_collab::hocuspocus::{Body, Frame, decode, ping, pong};
use codecrafter_collab::{Ending, MAX_FRAME_BYTES, close};
use futures::StreamExt as _;
use futures::stream::SplitStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::super::heartbeat::{Beat, Heartbeat};
use super::super::pace::Pace;
use super::super::sync::is_too_large;
use super::super::{CLOSING, Goodbye};
use super::Line;
use super::document::{Document, Ended, Inbox};

/// Names on one connection, those included that were refused and not closed.
const MAX_DOCUMENTS: usize = 100;
/// What may wait for a token, of all documents together.
const MAX_WAITING_BYTES: usize = 2 * MAX_FRAME_BYTES;
const MAX_WAITING_FRAMES: usize = 256;
/// Messages that wait for a document, each and in bytes of all together; the peer waits beyond it.
const INBOX: usize = 64;
const INBOX_BYTES: usize = 2 * MAX_FRAME_BYTES;
/// A connection without any open document is closed after this long.
const UNUSED_FOR: Duration = Duration::from_mins(1);

/// How a connection ends.
pub(super) enum Farewell {
    /// The peer has said goodbye.
    Left,
    /// The peer is gone.
    Lost,
    /// The peer is to be told.
    Say(Goodbye),
}

/// What is known of a name.
enum Entry {
    /// No token has come. Messages wait.
    Waiting(Vec<Bytes>),
    /// Open, or being opened.
    Open { id: u64, inbox: mpsc::Sender<Inbox> },
    /// Refused: what comes is passed over until it is closed, or another token comes.
    Refused,
}

/// Reads a connection.
pub(super) struct Reader {
    line: Line,
    entries: HashMap<String, Entry>,
    documents: JoinSet<(String, u64, Ended)>,
    last_id: u64,
    /// Bounds what waits for documents.
    room: Arc<Semaphore>,
    pace: Pace,
    heartbeat: Heartbeat,
    /// Whether the provider can read pings; the oldest version on the connection counts.
    reads_pings: bool,
    last_used: Instant,
}

impl Reader {
    pub(super) fn new(line: Line) -> Self {
        Self {
            pace: line.app.paces.of_nobody(),
            line,
            entries: HashMap::new(),
            documents: JoinSet::new(),
            last_id: 0,
            room: Arc::new(Semaphore::new(INBOX_BYTES)),
            heartbeat: Heartbeat::new(),
            reads_pings: false,
            last_used: Instant::now(),
        }
    }

    /// Reads until either side ends. Must not be called again.
    pub(super) async fn read(&mut self, stream: &mut SplitStream<WebSocket>) -> Farewell {
        loop {
            let turn = tokio::select! {
                Some(ended) = self.documents.join_next(), if !self.documents.is_empty() => match ended {
                    Ok((name, id, ended)) => self.ended(&name, id, ended),
                    Err(error) => {
                        tracing::error!(%error, "a document's task");
                        Err(Farewell::Say(Goodbye::new(close::TRY_LATER, "try again in a moment")))
                    }
                },
                received = stream.next() => {
                    self.heartbeat.heard();
                    self.receive(received).await
                }
                beat = self.heartbeat.next() => self.beat(&beat).await,
            };
            if let Err(farewell) = turn {
                return farewell;
            }
        }
    }

    /// Ends all documents once they have dealt with what came before.
    pub(super) async fn leave(mut self, ending: Ending) {
        let leaving = async {
            for (_, entry) in self.entries.drain() {
                if let (Entry::Open { inbox, .. }, Ending::Clean) = (entry, ending) {
                    // Its document may be gone already.
                    let _ = inbox.send(Inbox::Close).await;
                }
            }
            while self.documents.join_next().await.is_some() {}
        };
        let _ = timeout(CLOSING, leaving).await;
    }

    /// Ends all documents at once.
    pub(super) async fn abandon(mut self) {
        self.documents.shutdown().await;
    }

    async fn beat(&mut self, beat: &Beat) -> Result<(), Farewell> {
        if *beat == Beat::Gone {
            return Err(Farewell::Lost);
        }
        if self.is_used() {
            self.last_used = Instant::now();
        } else if self.last_used.elapsed() >= UNUSED_FOR {
            return Err(Farewell::Say(Goodbye::new(close::TIMEOUT, "no document is open")));
        }
        self.line.outbound.ping();
        if self.reads_pings {
            // Providers without presence take silence of half a minute for the end of the connection.
            self.line.outbound.send(ping()).await.map_err(|_| Farewell::Lost)?;
        }
        Ok(())
    }

    fn is_used(&self) -> bool {
        self.entries.values().any(|entry| matches!(entry, Entry::Open { .. }))
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), Farewell> {
        match received {
            Some(Ok(Message::Binary(frame))) => {
                self.pace.belong_to(&self.line.pace);
                self.pace.take(frame.len()).map_err(Farewell::Say)?;
                self.frame(&frame).await
            }
            Some(Ok(Message::Text(_))) => Err(malformed("this socket takes binary frames")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(Farewell::Left),
            Some(Err(error)) if is_too_large(&error) => {
                let limit = format!("a message has at most {MAX_FRAME_BYTES} bytes");
                Err(Farewell::Say(Goodbye::new(close::TOO_LARGE, limit)))
            }
            Some(Err(_)) | None => Err(Farewell::Lost),
        }
    }

    async fn frame(&mut self, frame: &Bytes) -> Result<(), Farewell> {
        let read = decode(frame).map_err(|error| {
            tracing::debug!(%error, "malformed frame");
            malformed("a message cannot be read")
        })?;
        match read {
            Frame::Pong => Ok(()),
            Frame::Ping => self.line.outbound.send(pong()).await.map_err(|_| Farewell::Lost),
            Frame::Addressed { name, body } => match body {
                Body::Token { token, version } => self.token(name, token, version).await,
                Body::Close => {
                    self.close(name).await;
                    Ok(())
                }
                Body::Message(message) => self.message(name, frame.slice_ref(message)).await,
            },
        }
    }

    async fn message(&mut self, name: &str, message: Bytes) -> Result<(), Farewell> {
        match self.entries.get(name) {
            Some(Entry::Open { inbox, .. }) => self.deliver(&inbox.clone(), message).await,
            Some(Entry::Refused) => {}
            Some(Entry::Waiting(_)) => self.wait(name, message)?,
            None => {
                self.admit()?;
                self.entries.insert(name.to_owned(), Entry::Waiting(Vec::new()));
                self.wait(name, message)?;
            }
        }
        Ok(())
    }

    async fn deliver(&self, inbox: &mpsc::Sender<Inbox>, message: Bytes) {
        // Whatever is larger than all room together is refused by the document.
        let cost = message.len().min(INBOX_BYTES);
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        if let Ok(room) = Arc::clone(&self.room).acquire_many_owned(cost).await {
            // A document that has ended says why by other ways.
            let _ = inbox.send(Inbox::Message(message, room)).await;
        }
    }

    fn wait(&mut self, name: &str, message: Bytes) -> Result<(), Farewell> {
        let waiting = || self.entries.values().filter_map(Entry::waiting).flatten();
        let bytes = waiting().map(Bytes::len).sum::<usize>() + message.len();
        if bytes > MAX_WAITING_BYTES || waiting().count() >= MAX_WAITING_FRAMES {
            let reason = "too much was sent before signing in";
            return Err(Farewell::Say(Goodbye::new(close::TOO_LARGE, reason)));
        }
        if let Some(Entry::Waiting(messages)) = self.entries.get_mut(name) {
            messages.push(message);
        }
        Ok(())
    }

    /// Opens a document, or renews the token of an open one.
    async fn token(&mut self, name: &str, token: &str, version: Option<&str>) -> Result<(), Farewell> {
        if let Some(Entry::Open { inbox, .. }) = self.entries.get(name) {
            let _ = inbox.send(Inbox::Token(token.to_owned())).await;
            return Ok(());
        }
        if !self.entries.contains_key(name) {
            self.admit()?;
        }
        let is_first = !self.entries.values().any(|entry| matches!(entry, Entry::Open { .. }));
        let is_current = version.is_some_and(is_current);
        self.reads_pings = is_current && (is_first || self.reads_pings);
        self.last_id += 1;
        let (inbox, messages) = mpsc::channel(INBOX);
        let document = Document::new(self.line.clone(), name, messages, is_current);
        let (id, name, token) = (self.last_id, name.to_owned(), token.to_owned());
        let entry = Entry::Open {
            id,
            inbox: inbox.clone(),
        };
        let before = self.entries.insert(name.clone(), entry);
        self.documents
            .spawn(async move { (name, id, document.run(&token).await) });
        if let Some(Entry::Waiting(messages)) = before {
            for message in messages {
                self.deliver(&inbox, message).await;
            }
        }
        Ok(())
    }

    /// The client leaves a document, and may come back to it at once: nothing of before may reach it then.
    async fn close(&mut self, name: &str) {
        let Some(Entry::Open { id, inbox }) = self.entries.remove(name) else {
            return;
        };
        let leaving = async {
            let _ = inbox.send(Inbox::Close).await;
            inbox.closed().await;
        };
        if timeout(CLOSING, leaving).await.is_err() {
            tracing::debug!(id, "a document is slow to close");
        }
    }

    fn admit(&self) -> Result<(), Farewell> {
        if self.entries.len() < MAX_DOCUMENTS {
            return Ok(());
        }
        let reason = format!("a connection has at most {MAX_DOCUMENTS} documents");
        Err(Farewell::Say(Goodbye::new(close::TOO_MANY, reason)))
    }

    fn ended(&mut self, name: &str, id: u64, ended: Ended) -> Result<(), Farewell> {
        let refusal = match ended {
            Ended::Left => return Ok(()),
            Ended::Gone => return Err(Farewell::Lost),
            Ended::All(goodbye) => return Err(Farewell::Say(goodbye)),
            Ended::Denied => None,
            Ended::Lost(refusal) => Some(refusal),
        };
        match self.entries.get_mut(name) {
            Some(entry) if entry.id() == Some(id) => *entry = Entry::Refused,
            _ => return Ok(()),
        }
        match refusal {
            // A provider whose connection stays open does not notice more than that its document was closed.
            Some(refusal) if !self.is_used() => Err(Farewell::Say(refusal.into())),
            _ => Ok(()),
        }
    }
}

impl Entry {
    fn id(&self) -> Option<u64> {
        match self {
            Self::Open { id, .. } => Some(*id),
            Self::Waiting(_) | Self::Refused => None,
        }
    }

    fn waiting(&self) -> Option<&[Bytes]> {
        match self {
            Self::Waiting(messages) => Some(messages),
            Self::Open { .. } | Self::Refused => None,
        }
    }
}

fn malformed(reason: &'static str) -> Farewell {
    Farewell::Say(Goodbye::new(close::MALFORMED, reason))
}

/// Whether a provider of this version reads pings and can be asked for a new token.
fn is_current(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_since_4_read_pings() {
        assert!(is_current("4.0.0") && is_current("4.8.0-rc.1") && is_current("11.0.0"));
        assert!(!is_current("3.4.4") && !is_current("unknown") && !is_current(""));
    }
}
