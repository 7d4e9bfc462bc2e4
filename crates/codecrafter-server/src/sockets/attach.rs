//! `/api/v1/executions/{id}/attach`: a running program's output, and its input.

pub(crate) mod input;
mod rights;

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_collab::close;
use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::Status;
use codecrafter_domain::id::ExecutionId;
use futures::{Stream, StreamExt as _};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::time::{Interval, MissedTickBehavior, interval};
use utoipa::{IntoParams, ToSchema};

use super::events::send_json;
use super::heartbeat::{Beat, Heartbeat};
use super::pace::Pace;
use super::sync::is_too_large;
use super::{Goodbye, Upgrade, accept, finish, ping};
use crate::auth::presented::Presented;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::state::App;
pub(crate) use input::AttachInput;
use input::Input;
use rights::Rights;

/// Largest frame from a client, in bytes.
const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Silent runs say something this often, so that proxies keep the connection open and clients notice a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The run has ended and its result was sent (RFC 6455: normal closure).
const DONE: u16 = 1000;

/// What may stand in the address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AttachQuery {
    /// The access token, where the client cannot send an Authorization header.
    #[serde(default)]
    token: Option<String>,
    /// A ticket of `POST /auth/tickets`; better than a token, since it is worth nothing once it was used.
    #[serde(default)]
    ticket: Option<String>,
    /// Only what comes after this `seq`; everything unless given.
    #[serde(default)]
    from: Option<u64>,
}

impl AttachQuery {
    fn presented<'a>(&'a self, headers: &'a HeaderMap) -> Presented<'a> {
        Presented {
            headers,
            ticket: self.ticket.as_deref(),
            token: self.token.as_deref(),
        }
    }
}

/// What the server sends: the run's events with their positions, and what concerns this connection only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AttachOutput {
    /// Something that happened.
    Event {
        /// Its position, to go on from after a lost connection.
        seq: u64,
        /// What.
        #[serde(flatten)]
        event: ExecutionEvent,
    },
    /// Of this connection only.
    Notice(Notice),
}

/// What concerns one connection only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Notice {
    /// Nothing has happened for a while.
    Keepalive,
    /// A frame was understood and not carried out.
    Error {
        /// Why, for a person.
        detail: String,
    },
}

/// Watch a running program and talk with it, in JSON text frames of at most 64 KiB. The server sends `AttachOutput`:
/// everything after `from` and then each thing as it happens, a `keepalive` every 15 s, at the end a `result`, and closes
/// with 1000. Whoever may read the run may watch it. Clients send `AttachInput`: those who started the run, and those
/// who may run in its session; others, and whatever the run does not take, get an `error`. Input sent while the run is
/// queued waits for it. Refusals are close codes: 4401 sign in, 4403 not allowed any more, 4404 no such run,
/// 4400 malformed, 4413 too large, 4529 too many messages.
#[utoipa::path(get, path = "/executions/{id}/attach", tag = "sockets",
    params(("id" = ExecutionId, Path), AttachQuery), responses((status = 101, description = "Upgraded")))]
pub(crate) async fn connect(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
    Query(query): Query<AttachQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    accept(&app.clone(), address, upgrade, MAX_FRAME_BYTES, move |socket| {
        serve(app, id, query, headers, socket)
    })
}

async fn serve(app: App, id: String, query: AttachQuery, headers: HeaderMap, mut socket: WebSocket) {
    let opened = open(&app, &id, &query, &headers).await;
    drop(headers);
    let goodbye = match opened {
        Ok((rights, attached)) => match app.seats.of_user(rights.user()) {
            Ok(_seat) => attached.relay(&app, rights, &mut socket).await,
            Err(full) => Some(full.into()),
        },
        Err(goodbye) => Some(goodbye),
    };
    if let Some(goodbye) = goodbye {
        finish(socket, goodbye).await;
    }
}

async fn open(app: &App, id: &str, query: &AttachQuery, headers: &HeaderMap) -> Result<(Rights, Attached), Goodbye> {
    let (rights, head) = rights::find(app, id, query.presented(headers)).await?;
    let events = app.executions.events(head.id, query.from.unwrap_or(0)).await;
    let events = events.map_err(ApiError::from)?;
    let attached = Attached {
        events: Box::pin(events),
        input: Input::new(app, &head),
        pace: app.paces.of(rights.user()),
        silence: silence(),
    };
    Ok((rights, attached))
}

fn silence() -> Interval {
    let mut ticks = interval(KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.reset();
    ticks
}

/// One connection to one run.
struct Attached {
    events: Pin<Box<dyn Stream<Item = (u64, ExecutionEvent)> + Send>>,
    input: Input,
    pace: Pace,
    silence: Interval,
}

impl Attached {
    /// Passes frames both ways until either side ends; what to say at the end, if anybody is there to hear it.
    async fn relay(mut self, app: &App, rights: Rights, socket: &mut WebSocket) -> Option<Goodbye> {
        let mut heartbeat = Heartbeat::new();
        self.input.may_steer = rights.may_steer();
        let mut rights = std::pin::pin!(rights.next());
        loop {
            tokio::select! {
                // Rights first: what was taken away must not be used once more.
                biased;
                (again, changed) = &mut rights => match changed {
                    Ok(()) => {
                        self.input.may_steer = again.may_steer();
                        rights.set(again.next());
                    }
                    Err(shut) => return Some(shut.into()),
                },
                () = app.closing.cancelled() => return Some(Goodbye::restart()),
                received = socket.recv() => {
                    heartbeat.heard();
                    match self.receive(socket, received).await {
                        Turn::On => {}
                        Turn::End(goodbye) => return Some(goodbye),
                        Turn::Lost => return None,
                    }
                }
                event = self.events.next() => match event {
                    Some((seq, event)) => {
                        if let Some(goodbye) = self.tell(socket, seq, event).await? {
                            return Some(goodbye);
                        }
                    }
                    None => return Some(rights::gone()),
                },
                _ = self.silence.tick() => send_json(socket, &AttachOutput::Notice(Notice::Keepalive)).await?,
                beat = heartbeat.next() => match beat {
                    Beat::Ask if ping(socket).await => {}
                    Beat::Ask | Beat::Gone => return None,
                },
            }
        }
    }

    /// `None` if nobody is there any more; inside, what to say at the end.
    async fn tell(&mut self, socket: &mut WebSocket, seq: u64, event: ExecutionEvent) -> Option<Option<Goodbye>> {
        let is_last = matches!(event, ExecutionEvent::Result { .. });
        let is_queued = matches!(event, ExecutionEvent::Status { status: Status::Queued });
        send_json(socket, &AttachOutput::Event { seq, event }).await?;
        self.silence.reset();
        if is_last {
            return Some(Some(Goodbye::new(DONE, "the run has ended")));
        }
        match self.input.set_waiting(is_queued).await {
            Ok(()) => Some(None),
            Err(error) => Some(Some(error.into())),
        }
    }

    async fn receive(&mut self, socket: &mut WebSocket, received: Option<Result<Message, axum::Error>>) -> Turn {
        let text = match received {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_))) => {
                return Turn::End(Goodbye::new(close::MALFORMED, "this socket takes text frames"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Turn::On,
            Some(Err(error)) if is_too_large(&error) => {
                let limit = format!("a frame has at most {MAX_FRAME_BYTES} bytes");
                return Turn::End(Goodbye::new(close::TOO_LARGE, limit));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Turn::Lost,
        };
        if let Err(goodbye) = self.pace.take(text.len()) {
            return Turn::End(goodbye);
        }
        let refused = match self.input.take(&text).await {
            Ok(()) => return Turn::On,
            Err(input::Refused::Frame(detail)) => detail,
            Err(input::Refused::Socket(goodbye)) => return Turn::End(goodbye),
        };
        let error = Notice::Error { detail: refused };
        match send_json(socket, &AttachOutput::Notice(error)).await {
            Some(()) => Turn::On,
            None => Turn::Lost,
        }
    }
}

/// What a frame from the client leads to.
enum Turn {
    On,
    /// Say goodbye.
    End(Goodbye),
    /// The peer is gone.
    Lost,
}
