//! One document of a connection: who is there, what they may do, and its messages both ways.

use std::time::Duration;

use bytes::Bytes;
use codecrafter_collab::hocuspocus::{
    addressed, authenticated, closed, document_of, permission_denied, sync_status, token_request,
};
use codecrafter_collab::{Access, CollabError, Connection, ConnectionSender, Ending, Outgoing, Peer, close};
use codecrafter_domain::permission::Role;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep_until};

use super::super::Goodbye;
use super::super::gate::{Gate, Refusal, Shut};
use super::super::sync::document_access;
use super::Line;
use super::outbound::Gone;
use crate::auth::presented::{Presented, by_message};
use crate::auth::scopes::Socket;

/// A token is asked for again this long before it expires.
const RENEW_BEFORE: Duration = Duration::from_mins(1);
/// Tokens expire at whole seconds.
const ROUNDING: Duration = Duration::from_secs(2);

/// Something for a document.
pub(super) enum Inbox {
    /// A message, without the document's name.
    Message(Bytes, OwnedSemaphorePermit),
    /// A new token.
    Token(String),
    /// The client leaves.
    Close,
}

/// How a document of a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The client left it.
    Left,
    /// It was not opened; the client was told.
    Denied,
    /// It was open and may not be any more; the client was told.
    Lost(Refusal),
    /// The whole connection must end.
    All(Goodbye),
    /// Nobody reads any more.
    Gone,
}

impl From<Gone> for Ended {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// One document of a connection.
pub(super) struct Document {
    line: Line,
    /// As the client calls it.
    name: String,
    inbox: mpsc::Receiver<Inbox>,
    /// Whether the client can be asked for a new token.
    can_renew: bool,
}

impl Document {
    pub(super) fn new(line: Line, name: &str, inbox: mpsc::Receiver<Inbox>, can_renew: bool) -> Self {
        Self {
            line,
            name: name.to_owned(),
            inbox,
            can_renew,
        }
    }

    /// Opens the document and serves it until it ends.
    pub(super) async fn run(mut self, token: &str) -> Ended {
        match self.open(token).await {
            Ok((gate, connection)) => self.serve(gate, connection).await,
            Err(ended) => ended,
        }
    }

    async fn open(&self, token: &str) -> Result<(Box<Gate>, Connection), Ended> {
        let gate = match self.gate(token).await {
            Ok(gate) => gate,
            Err(Shut::Refused(refusal)) => {
                self.say(permission_denied(refusal.reason())).await?;
                return Err(Ended::Denied);
            }
            Err(trouble @ Shut::Trouble(_)) => return Err(Ended::All(trouble.into())),
        };
        self.line.sign_in(gate.caller.user.id).map_err(Ended::All)?;
        let peer = Peer {
            user: Some(gate.caller.person()),
            access: document_access(gate.role),
        };
        let session = gate.session;
        match self.line.app.documents.connect_hocuspocus(session, peer).await {
            Ok(connection) => {
                self.say_scope(gate.role).await?;
                Ok((gate, connection))
            }
            Err(error @ CollabError::Unreadable(_)) => {
                tracing::error!(%session, %error, "document not opened");
                self.say(permission_denied("the document cannot be read")).await?;
                Err(Ended::Denied)
            }
            Err(error) => {
                tracing::warn!(%session, %error, "document not opened");
                Err(Ended::All(Goodbye::new(close::TRY_LATER, "try again in a moment")))
            }
        }
    }

    async fn gate(&self, token: &str) -> Result<Box<Gate>, Shut> {
        let (app, session) = (&self.line.app, document_of(&self.name));
        if token.is_empty() {
            let presented = Presented {
                headers: &self.line.headers,
                ticket: None,
                token: None,
            };
            Gate::open(app, Socket::Hocuspocus, session, presented).await
        } else {
            // What the client says of this document comes before what it said of the connection.
            Gate::of(app, session, by_message(app, Socket::Hocuspocus, token).await?).await
        }
    }

    /// Passes messages both ways until either side ends.
    async fn serve(&mut self, gate: Box<Gate>, connection: Connection) -> Ended {
        let Connection { sender, mut outgoing } = connection;
        let user = gate.caller.user.id;
        let mut expires = gate.expires;
        let mut renewal = self.renewal(expires);
        let mut rights = std::pin::pin!(gate.next());
        loop {
            let turn = tokio::select! {
                (gate, changed) = &mut rights => match changed {
                    Ok(role) => {
                        rights.set(gate.next());
                        let told = self.say_scope(role).await;
                        sender.set_access(document_access(role));
                        told.map_err(Ended::from)
                    }
                    Err(shut) => Err(self.shut(&sender, shut).await),
                },
                message = self.inbox.recv() => match message {
                    Some(Inbox::Token(token)) => match self.gate(&token).await {
                        Ok(gate) if gate.caller.user.id == user => {
                            // The same token again is no answer, and is not asked for again.
                            renewal = self.renewal(gate.expires).filter(|_| gate.expires > expires + ROUNDING);
                            expires = gate.expires;
                            sender.set_access(document_access(gate.role));
                            let told = self.say_scope(gate.role).await;
                            rights.set(gate.next());
                            told.map_err(Ended::from)
                        }
                        Ok(_) => Err(self.shut(&sender, Shut::Refused(Refusal::SignIn)).await),
                        Err(shut) => Err(self.shut(&sender, shut).await),
                    },
                    message => take(&sender, message).await,
                },
                next = outgoing.recv() => self.pass_on(next).await,
                () = until(renewal) => {
                    renewal = None;
                    self.say(token_request()).await.map_err(Ended::from)
                }
            };
            match turn {
                Ok(()) => {}
                Err(Ended::Gone) => {
                    // What was sent before the peer went still counts.
                    while take(&sender, self.inbox.recv().await).await.is_ok() {}
                    return Ended::Gone;
                }
                Err(ended) => return ended,
            }
        }
    }

    /// When to ask for a new token.
    fn renewal(&self, expires: Instant) -> Option<Instant> {
        self.can_renew
            .then(|| expires.checked_sub(RENEW_BEFORE).unwrap_or_else(Instant::now))
    }

    async fn shut(&self, sender: &ConnectionSender, shut: Shut) -> Ended {
        match shut {
            Shut::Refused(refusal) => {
                sender.close(Ending::Clean);
                self.lose(refusal).await
            }
            Shut::Trouble(error) => Ended::All(error.into()),
        }
    }

    /// Providers take the denial for the reason, and the close for the end of what they show as in step.
    async fn lose(&self, refusal: Refusal) -> Ended {
        for message in [permission_denied(refusal.reason()), closed(refusal.reason())] {
            if self.say(message).await.is_err() {
                return Ended::Gone;
            }
        }
        Ended::Lost(refusal)
    }

    async fn pass_on(&self, next: Option<Outgoing>) -> Result<(), Ended> {
        match next {
            Some(Outgoing::Frame(message)) => Ok(self.say(message).await?),
            Some(Outgoing::Status { is_applied, times }) => {
                let frame = addressed(&self.name, &sync_status(is_applied));
                Ok(self.line.outbound.repeat(frame, times).await?)
            }
            Some(Outgoing::Close { code: close::GONE, .. }) => Err(self.lose(Refusal::Gone).await),
            // Providers open a document again only with a new connection.
            Some(Outgoing::Close { code, reason }) => Err(Ended::All(Goodbye::new(code, reason))),
            None => Err(Ended::All(Goodbye::restart())),
        }
    }

    async fn say_scope(&self, role: Option<Role>) -> Result<(), Gone> {
        self.say(authenticated(document_access(role) == Access::Read)).await
    }

    async fn say(&self, message: impl AsRef<[u8]>) -> Result<(), Gone> {
        let frame = addressed(&self.name, message.as_ref());
        self.line.outbound.send(frame).await
    }
}

/// Takes what comes from the client, tokens apart.
async fn take(sender: &ConnectionSender, message: Option<Inbox>) -> Result<(), Ended> {
    match message {
        Some(Inbox::Message(message, _room)) => {
            // Once it is closed, the reason stands in the outgoing queue.
            let _ = sender.send(message).await;
            Ok(())
        }
        Some(Inbox::Token(_)) => Ok(()),
        Some(Inbox::Close) => {
            sender.close(Ending::Clean);
            Err(Ended::Left)
        }
        None => {
            sender.close(Ending::Lost);
            Err(Ended::Left)
        }
    }
}

/// Waits for a moment; for ever if there is none.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
