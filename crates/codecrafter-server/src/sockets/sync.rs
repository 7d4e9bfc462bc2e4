//! `/api/v1/sync/{session}`: the document, for stock y-websocket clients.

use std::net::SocketAddr;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_collab::{
    Access, CollabError, Connection, ConnectionSender, Ending, MAX_FRAME_BYTES, Outgoing, OutgoingReceiver, Peer, close,
};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::{Action, Role};
use futures::SinkExt as _;
use http::HeaderMap;

use super::gate::Gate;
use super::heartbeat::{Beat, Heartbeat};
use super::pace::Pace;
use super::{Goodbye, SocketQuery, Upgrade, WRITING, accept, finish, ping};
use crate::auth::scopes::Socket;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::state::App;

/// Frames that are written before they are sent off together.
const FRAMES_PER_FLUSH: usize = 64;

/// Edit a session's document: the plain y-websocket protocol in binary frames of at most 1 MiB. Refusals are
/// close codes: 4401 sign in, 4403 not allowed any more, 4404 no such session, 4400 malformed, 4413 too large,
/// 4429 too many connections, 4529 too many messages.
#[utoipa::path(get, path = "/sync/{session}", tag = "sockets",
    params(("session" = SessionId, Path), SocketQuery), responses((status = 101, description = "Upgraded")))]
pub(crate) async fn connect(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(session): Path<String>,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    // One byte more, so that the document can say that a frame is too large.
    accept(&app.clone(), address, upgrade, MAX_FRAME_BYTES + 1, move |socket| {
        serve(app, session, query, headers, socket)
    })
}

async fn serve(app: App, session: String, query: SocketQuery, headers: HeaderMap, mut socket: WebSocket) {
    // Boxed, since what takes part in opening is not needed later.
    let opened = Box::pin(open(&app, &session, &query, &headers)).await;
    drop((headers, query));
    let goodbye = match opened {
        Ok((gate, connection)) => match app.seats.of_user(gate.caller.user.id) {
            Ok(_seat) => relay(&app, gate, connection, &mut socket).await,
            Err(full) => Some(full.into()),
        },
        Err(goodbye) => Some(goodbye),
    };
    if let Some(goodbye) = goodbye {
        finish(socket, goodbye).await;
    }
}

async fn open(
    app: &App,
    session: &str,
    query: &SocketQuery,
    headers: &HeaderMap,
) -> Result<(Box<Gate>, Connection), Goodbye> {
    let gate = Gate::open(app, Socket::Sync, session, query.presented(headers)).await?;
    let session = gate.session;
    let peer = Peer {
        user: Some(gate.caller.person()),
        access: document_access(gate.role),
    };
    match app.documents.connect(session, peer).await {
        Ok(connection) => Ok((gate, connection)),
        Err(error @ CollabError::Unreadable(_)) => {
            tracing::error!(%session, %error, "document not opened");
            Err(Goodbye::new(1011, "the document cannot be read"))
        }
        Err(error) => {
            tracing::warn!(%session, %error, "document not opened");
            Err(Goodbye::new(close::TRY_LATER, "try again in a moment"))
        }
    }
}

pub(super) fn document_access(role: Option<Role>) -> Access {
    match role {
        Some(role) if role >= Action::Edit.least_role() => Access::Write,
        _ => Access::Read,
    }
}

/// What a turn of the loop ends with.
enum Turn {
    On,
    /// Say goodbye.
    End(Goodbye),
    /// The peer is gone.
    Lost,
}

/// Passes frames both ways until either side ends; what to say at the end, if anybody is there to hear it.
async fn relay(app: &App, gate: Box<Gate>, connection: Connection, socket: &mut WebSocket) -> Option<Goodbye> {
    let Connection { sender, mut outgoing } = connection;
    let mut heartbeat = Heartbeat::new();
    let mut pace = app.paces.of(gate.caller.user.id);
    let mut rights = std::pin::pin!(gate.next());
    loop {
        let turn = tokio::select! {
            (gate, changed) = &mut rights => match changed {
                Ok(role) => {
                    rights.set(gate.next());
                    sender.set_access(document_access(role));
                    Turn::On
                }
                Err(shut) => Turn::End(shut.into()),
            },
            received = socket.recv() => {
                heartbeat.heard();
                receive(&sender, &mut pace, received).await
            }
            first = outgoing.recv() => {
                let sent = tokio::time::timeout(WRITING, send(socket, first, &mut outgoing)).await;
                sent.unwrap_or(Turn::Lost)
            }
            beat = heartbeat.next() => match beat {
                Beat::Ask if ping(socket).await => Turn::On,
                Beat::Ask | Beat::Gone => Turn::Lost,
            },
            () = app.closing.cancelled() => Turn::End(Goodbye::restart()),
        };
        match turn {
            Turn::On => {}
            Turn::End(goodbye) => {
                sender.close(Ending::Lost);
                return Some(goodbye);
            }
            Turn::Lost => {
                sender.close(Ending::Lost);
                return None;
            }
        }
    }
}

async fn receive(sender: &ConnectionSender, pace: &mut Pace, received: Option<Result<Message, axum::Error>>) -> Turn {
    match received {
        // Waits while the document is behind, and with it this peer: others are not held up.
        Some(Ok(Message::Binary(frame))) => {
            if let Err(goodbye) = pace.take(frame.len()) {
                return Turn::End(goodbye);
            }
            // Once it is closed, the reason stands in the outgoing queue.
            let _ = sender.send(frame).await;
            Turn::On
        }
        Some(Ok(Message::Text(_))) => Turn::End(Goodbye::new(close::MALFORMED, "this socket takes binary frames")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Turn::On,
        Some(Ok(Message::Close(_))) => {
            sender.close(Ending::Clean);
            Turn::Lost
        }
        Some(Err(error)) if is_too_large(&error) => {
            let limit = format!("a frame has at most {MAX_FRAME_BYTES} bytes");
            Turn::End(Goodbye::new(close::TOO_LARGE, limit))
        }
        Some(Err(_)) | None => Turn::Lost,
    }
}

pub(super) fn is_too_large(error: &axum::Error) -> bool {
    use tokio_tungstenite::tungstenite::Error;
    let source = std::error::Error::source(error);
    matches!(
        source.and_then(|source| source.downcast_ref()),
        Some(Error::Capacity(_))
    )
}

/// Sends what there is, in one go.
async fn send(socket: &mut WebSocket, first: Option<Outgoing>, outgoing: &mut OutgoingReceiver) -> Turn {
    let mut next = first;
    for _ in 0..FRAMES_PER_FLUSH {
        match next {
            Some(Outgoing::Frame(frame)) => {
                if socket.feed(Message::Binary(frame)).await.is_err() {
                    return Turn::Lost;
                }
            }
            // Only of Hocuspocus clients.
            Some(Outgoing::Status { .. }) => {}
            Some(Outgoing::Close { code, reason }) => return Turn::End(Goodbye::new(code, reason)),
            None => return Turn::End(Goodbye::restart()),
        }
        match outgoing.try_recv() {
            more @ Some(_) => next = more,
            None => break,
        }
    }
    if socket.flush().await.is_ok() {
        Turn::On
    } else {
        Turn::Lost
    }
}
