//! `/api/v1/sessions/{id}/events`: what happens in a session, as JSON text frames, and what people do in it.

mod bucket;
mod input;

use std::net::SocketAddr;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_bus::Subscription;
use codecrafter_collab::close;
use codecrafter_domain::event::{Audience, SessionEvent, SessionEventKind, Whisper};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::Role;
use codecrafter_domain::topic;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::gate::Gate;
use super::heartbeat::{Beat, Heartbeat};
use super::pace::Pace;
use super::sync::is_too_large;
use super::{Goodbye, SocketQuery, Upgrade, WRITING, accept, finish, ping};
use crate::auth::caller::Caller;
use crate::auth::scopes::Socket;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::presence::{self, Present, Window};
use crate::state::App;
use input::Input;
pub(crate) use input::{SessionInput, SessionNotice};

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
    /// The participants who are here, each once; `presence.joined` and `presence.left` tell of changes.
    present: Vec<Present>,
}

/// Always `hello`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HelloKind {
    /// The only one.
    Hello,
}

/// Watch a session and take part in it, in JSON text frames. The server sends first `Hello`, then each `SessionEvent` that
/// is kept after `since`, then each as it happens, with its `seq`. Events that are true only for a moment (typing,
/// presence, viewports, gathering) or concern only some have no `seq` and are not kept.
///
/// Clients send `SessionInput`, at most 16 KiB a frame and 25 frames a second. Each is done with the rights of the moment;
/// what is not allowed, wrong, or too much is answered with the `error` of `SessionNotice`, and the connection stays.
/// Refusals are close codes as for `/sync`; besides, 4400 for what is not JSON text, 4413 for too large a frame, and 1008
/// for far too many frames. `/api/v1/asyncapi.json` describes every frame.
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
    let opened = Gate::open(&app, Socket::Events, &session, query.presented(&headers)).await;
    drop(headers);
    let goodbye = match opened {
        Ok(gate) => {
            let _seat = match app.seats.of_user(gate.caller.user.id) {
                Ok(seat) => seat,
                Err(full) => return finish(socket, full.into()).await,
            };
            match Watch::begin(&app, &gate, query.since.unwrap_or(0)).await {
                Ok(watch) => watch.run(gate, &mut socket).await,
                Err(error) => Some(error.into()),
            }
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
    caller: Caller,
    /// Position of the last event sent.
    last: u64,
    events: Subscription,
    whispers: Subscription,
    input: Input,
    pace: Pace,
    /// Theirs, while they are a participant.
    window: Option<Window>,
}

impl<'a> Watch<'a> {
    async fn begin(app: &'a App, gate: &Gate, since: u64) -> Result<Self, ApiError> {
        let (session, mut last) = (gate.session, since);
        let mut events = replay(app, session, last).await?;
        // A log that has begun anew, after a restart, knows nothing of a later position.
        if last > events.end {
            last = 0;
            events = replay(app, session, last).await?;
        }
        let mut watch = Self {
            app,
            session,
            caller: gate.caller.clone(),
            last,
            events,
            // Before looking who is here, so that nobody comes or goes between.
            whispers: app.bus.subscribe(&topic::whispers(session)).await?,
            input: Input::new(app, session, &gate.caller),
            pace: app.paces.of(gate.caller.user.id),
            window: None,
        };
        watch.set_role(gate.role).await;
        Ok(watch)
    }

    /// Participants are seen by the others; readers of a public session are not.
    async fn set_role(&mut self, role: Option<Role>) {
        if role.is_none() {
            self.window = None;
        } else if self.window.is_none() {
            self.window = Some(Window::open(self.app, self.session, self.caller.person()).await);
        }
    }

    /// Passes frames both ways until either side ends; what to say at the end, if anybody is there to hear it.
    async fn run(mut self, gate: Box<Gate>, socket: &mut WebSocket) -> Option<Goodbye> {
        let hello = Hello {
            kind: HelloKind::Hello,
            seq: self.events.end,
            role: gate.role,
            present: presence::list(self.app, self.session).await,
        };
        send_json(socket, &hello).await?;
        let mut heartbeat = Heartbeat::new();
        let mut rights = std::pin::pin!(gate.next());
        loop {
            tokio::select! {
                // Rights first: what was taken away must not be used once more.
                biased;
                (gate, changed) = &mut rights => match changed {
                    Ok(role) => {
                        rights.set(gate.next());
                        self.set_role(role).await;
                    }
                    Err(shut) => {
                        self.tell_of_deletion(socket).await?;
                        return Some(shut.into());
                    }
                },
                () = self.app.closing.cancelled() => return Some(Goodbye::restart()),
                beat = heartbeat.next() => match beat {
                    Beat::Ask if ping(socket).await => {}
                    Beat::Ask | Beat::Gone => return None,
                },
                received = socket.recv() => {
                    heartbeat.heard();
                    if let Some(goodbye) = self.receive(socket, received).await? {
                        return Some(goodbye);
                    }
                }
                event = self.events.next() => match event {
                    Some(message) => {
                        self.last = message.seq;
                        send_event(socket, message.seq, &message.payload).await?;
                    }
                    // Too slow, or the engine went away: go on after the last one.
                    None => match replay(self.app, self.session, self.last).await {
                        Ok(again) => self.events = again,
                        Err(error) => return Some(error.into()),
                    },
                },
                whisper = self.whispers.next() => match whisper {
                    Some(message) => self.pass_on(socket, &message.payload).await?,
                    // What was missed is over; who is here is said again to who comes again.
                    None => return Some(Goodbye::new(close::TRY_LATER, "events were missed: connect again")),
                },
            }
        }
    }

    /// Of what may still be on its way here, the session's end is for everyone who was in it.
    async fn tell_of_deletion(&mut self, socket: &mut WebSocket) -> Option<()> {
        while let Some(message) = self.events.next_now() {
            if is_deletion(&message.payload) {
                send_event(socket, message.seq, &message.payload).await?;
            }
        }
        Some(())
    }

    /// `None` if nobody is there any more; inside, what to say at the end.
    async fn receive(
        &mut self,
        socket: &mut WebSocket,
        received: Option<Result<Message, axum::Error>>,
    ) -> Option<Option<Goodbye>> {
        let text = match received {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => {
                return Some(Some(Goodbye::new(close::MALFORMED, "this socket takes text frames")));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Some(None),
            Some(Err(error)) if is_too_large(&error) => {
                let limit = format!("a frame has at most {MAX_FRAME_BYTES} bytes");
                return Some(Some(Goodbye::new(close::TOO_LARGE, limit)));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
        };
        if let Err(goodbye) = self.pace.take(text.len()) {
            return Some(Some(goodbye));
        }
        match self.input.take(&text, self.window.as_ref()).await {
            Ok(None) => {}
            Ok(Some(answer)) => send_json(socket, &answer).await?,
            Err(goodbye) => return Some(Some(goodbye)),
        }
        Some(None)
    }

    /// Sends what was whispered, if it is for this connection.
    async fn pass_on(&self, socket: &mut WebSocket, payload: &[u8]) -> Option<()> {
        let Whisper { to, event } = match serde_json::from_slice(payload) {
            Ok(whisper) => whisper,
            Err(error) => {
                tracing::error!(%error, "an event on the bus is not readable");
                return Some(());
            }
        };
        if self.is_for(to).await {
            send_json(socket, &event).await?;
        }
        Some(())
    }

    /// Where it depends on the role, the store is asked: a demotion may still be on its way here.
    async fn is_for(&self, to: Audience) -> bool {
        let user = self.caller.user.id;
        let role = match to {
            Audience::AtLeast(_) => self.app.store.role(self.session, user).await.ok().flatten(),
            _ => None,
        };
        to.includes(user, role)
    }
}

fn is_deletion(payload: &[u8]) -> bool {
    let event = serde_json::from_slice::<SessionEvent>(payload);
    event.is_ok_and(|event| matches!(event.kind, SessionEventKind::SessionDeleted))
}

async fn replay(app: &App, session: SessionId, after: u64) -> Result<Subscription, ApiError> {
    Ok(app.bus.replay(&topic::session(session), after).await?)
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
