//! `/api/v1/hocuspocus`: several documents on one connection, for stock Hocuspocus providers.
//!
//! One task reads frames and hands them to a task per document; what those say goes through one bounded queue to the
//! socket. So a document that is slow to open, or gone, does not hold up the others.

mod document;
mod outbound;
mod reader;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::extract::ws::WebSocket;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use codecrafter_collab::hocuspocus::MAX_NAME_BYTES;
use codecrafter_collab::{Ending, MAX_FRAME_BYTES, close};
use codecrafter_domain::id::UserId;
use futures::StreamExt as _;
use futures::stream::SplitStream;
use http::HeaderMap;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::pace::Shared;
use super::{CLOSING, Goodbye, Upgrade, accept, detached};
use crate::error::ApiError;
use crate::seats::Seat;
use crate::state::App;
use outbound::Outbound;
use reader::{Farewell, Reader};

/// A connection on which nobody has signed in by then is closed, whatever it sends.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(10);

/// Edit the documents of several sessions on one connection: Hocuspocus' protocol, the session's id being the
/// document's name. Refusals of one document are its `PermissionDenied` and `Close` messages; close codes as for
/// `/sync`, and 4408 nobody signed in within 10 s, 4429 too many documents.
#[utoipa::path(get, path = "/hocuspocus", tag = "sockets", responses((status = 101, description = "Upgraded")))]
pub(crate) async fn connect(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    // A document says itself that a message is too large.
    let most = MAX_FRAME_BYTES + MAX_NAME_BYTES + 16;
    accept(&app.clone(), address, upgrade, most, move |socket| {
        serve(app, headers, socket)
    })
}

/// What a connection and its documents share.
#[derive(Clone)]
struct Line {
    app: App,
    headers: Arc<HeaderMap>,
    outbound: Outbound,
    signed_in: watch::Sender<bool>,
    /// Those who have signed in: a connection counts once for each.
    users: Arc<Mutex<HashMap<UserId, Option<Seat>>>>,
    /// What whoever signed in first may still send.
    pace: Arc<OnceLock<Shared>>,
}

impl Line {
    /// Somebody has signed in; an error where they have too many connections already.
    fn sign_in(&self, user: UserId) -> Result<(), Goodbye> {
        // A panic while the lock is held cannot leave the map half changed.
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(place) = users.entry(user) {
            place.insert(self.app.seats.of_user(user)?);
            if let Some(shared) = self.app.paces.shared(user) {
                // Whoever is not the first has a place, and the first one's pace.
                let _ = self.pace.set(shared);
            }
        }
        self.signed_in.send_replace(true);
        Ok(())
    }
}

async fn serve(app: App, headers: HeaderMap, socket: WebSocket) {
    let (sink, mut stream) = socket.split();
    let (outbound, queue) = outbound::channel();
    let line = Line {
        app: app.clone(),
        headers: Arc::new(detached(&headers)),
        outbound: outbound.clone(),
        signed_in: watch::Sender::new(false),
        users: Arc::default(),
        pace: Arc::default(),
    };
    let signed_in = line.signed_in.subscribe();
    let mut reader = Reader::new(line);
    let mut writing = Box::pin(outbound::write(sink, queue));
    let farewell = tokio::select! {
        farewell = reader.read(&mut stream) => farewell,
        // It ends first only when nobody reads any more.
        () = &mut writing => Farewell::Lost,
        goodbye = nobody_came(signed_in) => Farewell::Say(goodbye),
        () = app.closing.cancelled() => Farewell::Say(Goodbye::restart()),
    };
    match farewell {
        Farewell::Left => {
            // Nobody waits to be heard any more.
            drop(writing);
            reader.leave(Ending::Clean).await;
        }
        Farewell::Lost => {
            drop(writing);
            reader.leave(Ending::Lost).await;
        }
        Farewell::Say(goodbye) => {
            reader.abandon().await;
            let closing = async {
                tokio::join!(outbound.end(goodbye), writing);
                hear_out(&mut stream).await;
            };
            // A peer that does not answer is dropped.
            let _ = timeout(CLOSING, closing).await;
        }
    }
}

/// Waits until the time to sign in is over, for ever once somebody has.
async fn nobody_came(mut signed_in: watch::Receiver<bool>) -> Goodbye {
    let came = async { signed_in.wait_for(|came| *came).await.is_ok() };
    tokio::select! {
        () = sleep(SIGN_IN_WITHIN) => {
            let within = SIGN_IN_WITHIN.as_secs();
            Goodbye::new(close::TIMEOUT, format!("nobody has signed in within {within} seconds"))
        }
        true = came => std::future::pending().await,
    }
}

/// Waits until the peer has heard the close.
async fn hear_out(stream: &mut SplitStream<WebSocket>) {
    while let Some(Ok(_)) = stream.next().await {}
}
