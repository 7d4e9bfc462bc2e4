//! `/api/v1/sessions/{id}/events`: what happens in a session, as JSON text frames.

use std::net::SocketAddr;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_bus::Subscription;
use codecrafter_collab::close;
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::Role;
use codecrafter_domain::topic;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::gate::Gate;
use super::heartbeat::{Beat, Heartbeat};
use super::{Goodbye, SocketQuery, Upgrade, WRITING, accept, finish, ping};
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::state::App;

/// Largest frame from a client, in bytes.
const MAX_FRAME_BYTES: usize = 16 * 1024;

/// The first frame: where the log is, and what the caller may do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hello {
    /// Always `hello`.
    #[serde(rename = "type")]
    kind: HelloKind,
    /// Position of the last event before this connection; what comes with it or below it is the past.
    seq: u64,
    /// The caller's role; null for readers of a public session.
    role: Option<Role>,
}

/// Always `hello`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HelloKind {
    /// The only one.
    Hello,
}

/// Watch a session: first `{type: "hello", seq, role}`, then each event that is kept after `since`, then each as
/// it happens, with its `seq`. Refusals are close codes as for `/sync`.
#[utoipa::path(get, path = "/sessions/{id}/events", tag = "sockets",
    params(("id" = SessionId, Path), SocketQuery), responses((status = 101, description = "Upgraded")))]
pub(crate) async fn connect(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    accept(&app.clone(), address, upgrade, MAX_FRAME_BYTES, move |socket| {
        serve(app, id, query, headers, socket)
    })
}

async fn serve(app: App, session: String, query: SocketQuery, headers: HeaderMap, mut socket: WebSocket) {
    let goodbye = match Gate::open(&app, &session, &headers, query.token.as_deref()).await {
        Ok(gate) => {
            let _seat = match app.seats.of_user(gate.caller.user.id) {
                Ok(seat) => seat,
                Err(full) => return finish(socket, full.into()).await,
            };
            let watch = Watch {
                app: &app,
                session: gate.session,
                last: query.since.unwrap_or(0),
            };
            watch.run(gate, &mut socket).await
        }
        Err(shut) => Some(shut.into()),
    };
    if let Some(goodbye) = goodbye {
        finish(socket, goodbye).await;
    }
}

struct Watch<'a> {
    app: &'a App,
    session: SessionId,
    /// Position of the last event sent.
    last: u64,
}

impl Watch<'_> {
    /// Sends events until either side ends; what to say at the end, if anybody is there to hear it.
    async fn run(mut self, gate: Gate, socket: &mut WebSocket) -> Option<Goodbye> {
        let mut events = match self.subscribe().await {
            Ok(events) => events,
            Err(error) => return Some(error.into()),
        };
        // A log that has begun anew, after a restart, knows nothing of a later position.
        if self.last > events.end {
            self.last = 0;
            events = match self.subscribe().await {
                Ok(events) => events,
                Err(error) => return Some(error.into()),
            };
        }
        let hello = Hello {
            kind: HelloKind::Hello,
            seq: events.end,
            role: gate.role,
        };
        send_json(socket, &hello).await?;
        let mut heartbeat = Heartbeat::new();
        let mut rights = std::pin::pin!(gate.next());
        loop {
            tokio::select! {
                (gate, changed) = &mut rights => match changed {
                    Ok(_) => rights.set(gate.next()),
                    Err(shut) => return Some(shut.into()),
                },
                event = events.next() => match event {
                    Some(message) => {
                        self.last = message.seq;
                        send_event(socket, message.seq, &message.payload).await?;
                    }
                    // Too slow, or the engine went away: go on after the last one.
                    None => match self.subscribe().await {
                        Ok(again) => events = again,
                        Err(error) => return Some(error.into()),
                    },
                },
                received = socket.recv() => {
                    heartbeat.heard();
                    match received {
                        Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                            return Some(Goodbye::new(close::MALFORMED, "this socket takes no messages"));
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    }
                }
                beat = heartbeat.next() => match beat {
                    Beat::Ask if ping(socket).await => {}
                    Beat::Ask | Beat::Gone => return None,
                },
                () = self.app.closing.cancelled() => return Some(Goodbye::restart()),
            }
        }
    }

    async fn subscribe(&self) -> Result<Subscription, ApiError> {
        Ok(self.app.bus.replay(&topic::session(self.session), self.last).await?)
    }
}

pub(super) async fn send_json(socket: &mut WebSocket, value: &impl Serialize) -> Option<()> {
    let text = serde_json::to_string(value).ok()?;
    send(socket, text).await
}

/// The event as it was published, with its position put in front.
async fn send_event(socket: &mut WebSocket, seq: u64, payload: &[u8]) -> Option<()> {
    let Some(fields) = payload
        .strip_prefix(b"{")
        .and_then(|fields| std::str::from_utf8(fields).ok())
    else {
        tracing::error!(seq, "an event on the bus is not readable");
        return Some(());
    };
    send(socket, format!("{{\"seq\":{seq},{fields}")).await
}

async fn send(socket: &mut WebSocket, text: String) -> Option<()> {
    let sending = socket.send(Message::Text(text.into()));
    tokio::time::timeout(WRITING, sending).await.ok()?.ok()
}
