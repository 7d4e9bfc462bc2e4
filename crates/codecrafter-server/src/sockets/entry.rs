//! `/api/v1/sessions/{id}/entry`: tells somebody who waits when they are let in or turned away, and nothing else.

use std::net::SocketAddr;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_bus::Subscription;
use codecrafter_collab::close;
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::Role;
use codecrafter_domain::topic;
use codecrafter_store::StoreError;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::events::send_json;
use super::gate::{PAUSE, Refusal, Shut};
use super::heartbeat::{Beat, Heartbeat};
use super::owner::Owner;
use super::{Goodbye, SocketQuery, Upgrade, accept, finish, ping};
use crate::auth::caller::Caller;
use crate::auth::presented::Presented;
use crate::auth::scopes::Socket;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::seats::Seat;
use crate::state::App;

/// Largest frame from a client, in bytes; none is expected.
const MAX_FRAME_BYTES: usize = 1024;
/// The peer has heard all there is.
const DONE: u16 = 1000;

/// How somebody's entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// An admin has to decide.
    Waiting,
    /// In, with this role; the last frame.
    Admitted {
        /// Which.
        role: Role,
    },
}

/// Wait to be let in: `{type: "waiting"}`, then `{type: "admitted", role}` and the code 1000. Whoever is turned away or
/// banned hears 4403; the other codes are as for `/sync`.
#[utoipa::path(get, path = "/sessions/{id}/entry", tag = "sockets",
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
    let opened = open(&app, &session, query.presented(&headers)).await;
    drop(headers);
    let goodbye = match opened {
        Ok((door, owner)) => door.watch(owner, &mut socket).await,
        Err(goodbye) => Some(goodbye),
    };
    if let Some(goodbye) = goodbye {
        finish(socket, goodbye).await;
    }
}

async fn open(app: &App, session: &str, presented: Presented<'_>) -> Result<(Door, Owner), Goodbye> {
    let caller = presented.caller(app, Socket::Entry).await.map_err(Shut::from)?;
    let session: SessionId = session.parse().map_err(|_| Refusal::Gone)?;
    if caller.user.is_guest_elsewhere(session) {
        return Err(Refusal::Gone.into());
    }
    // Subscribed before the first look, so that no change falls between.
    let rights = app
        .bus
        .subscribe(&topic::access(session))
        .await
        .map_err(ApiError::from)?;
    let owner = Owner::open(app, caller.clone()).await?;
    let door = Door {
        _seat: app.seats.of_user(caller.user.id)?,
        app: app.clone(),
        session,
        caller,
        rights,
    };
    Ok((door, owner))
}

/// Where somebody waits.
struct Door {
    _seat: Option<Seat>,
    app: App,
    session: SessionId,
    caller: Caller,
    rights: Subscription,
}

impl Door {
    /// Tells how the entry stands until it is decided or either side ends; what to say at the end.
    async fn watch(mut self, owner: Owner, socket: &mut WebSocket) -> Option<Goodbye> {
        match self.look().await {
            Ok(Some(entry)) => {
                if let Some(goodbye) = tell(socket, entry).await? {
                    return Some(goodbye);
                }
            }
            Ok(None) => return Some(Refusal::Gone.into()),
            Err(shut) => return Some(shut.into()),
        }
        let mut heartbeat = Heartbeat::new();
        let mut ended = std::pin::pin!(owner.ended());
        loop {
            tokio::select! {
                (_, shut) = &mut ended => return Some(shut.into()),
                news = self.rights.next() => {
                    if news.is_none() {
                        self.resubscribe().await;
                    }
                    match self.look().await {
                        Ok(Some(Entry::Waiting)) => {}
                        Ok(Some(entry)) => return tell(socket, entry).await?,
                        Ok(None) => return Some(Refusal::NotAllowed.into()),
                        Err(shut) => return Some(shut.into()),
                    }
                }
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

    /// How the entry stands; `None` for who neither waits nor is in.
    async fn look(&self) -> Result<Option<Entry>, Shut> {
        if let Some(entry) = self.admitted().await? {
            return Ok(Some(entry));
        }
        let waits = self.app.store.is_waiting(self.session, self.caller.user.id).await;
        if waits.map_err(ApiError::from)? {
            return Ok(Some(Entry::Waiting));
        }
        // Between the two looks the waiting may have ended with being let in, or with the session.
        self.admitted().await
    }

    async fn admitted(&self) -> Result<Option<Entry>, Shut> {
        match self.app.store.role(self.session, self.caller.user.id).await {
            Ok(role) => Ok(role.map(|role| Entry::Admitted { role })),
            Err(StoreError::NotFound) => Err(Shut::Refused(Refusal::Gone)),
            Err(error) => Err(ApiError::from(error).into()),
        }
    }

    async fn resubscribe(&mut self) {
        loop {
            match self.app.bus.subscribe(&topic::access(self.session)).await {
                Ok(rights) => return self.rights = rights,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// Sends how the entry stands, and what to say if that was the last; `None` if nobody is there.
async fn tell(socket: &mut WebSocket, entry: Entry) -> Option<Option<Goodbye>> {
    send_json(socket, &entry).await?;
    Some((entry != Entry::Waiting).then(|| Goodbye::new(DONE, "you are in")))
}
