//! `WebSockets`: who is at the other end, whether they still may be, and how sockets end.

pub(crate) mod attach;
pub(crate) mod entry;
pub(crate) mod events;
pub(crate) mod gate;
mod heartbeat;
pub(crate) mod hocuspocus;
mod owner;
pub(crate) mod pace;
pub(crate) mod sync;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use codecrafter_collab::close;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::presented::Presented;
use crate::error::ApiError;
use crate::seats::Full;
use crate::sockets::gate::Refusal;
use crate::state::App;

/// How long a peer may take to answer a close, before the connection is simply dropped.
const CLOSING: Duration = Duration::from_secs(2);

/// How long a peer may leave what is sent to it unread, before it counts as gone.
const WRITING: Duration = Duration::from_secs(20);

/// What may stand in a socket's address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SocketQuery {
    /// The access token, where the client cannot send an Authorization header.
    #[serde(default)]
    pub(crate) token: Option<String>,
    /// A ticket of `POST /auth/tickets`; better than a token, since it is worth nothing once it was used.
    #[serde(default)]
    pub(crate) ticket: Option<String>,
    /// Events after this position; all that are kept unless given.
    #[serde(default)]
    pub(crate) since: Option<u64>,
}

impl SocketQuery {
    /// What the client presents in the address and the headers.
    pub(crate) fn presented<'a>(&'a self, headers: &'a HeaderMap) -> Presented<'a> {
        Presented {
            headers,
            ticket: self.ticket.as_deref(),
            token: self.token.as_deref(),
        }
    }
}

/// A request to become a WebSocket, or why it is none.
pub(crate) type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// Filled with zeros before each read, and kept by every connection: a keystroke needs no more, and with tungstenite's
/// 128 KiB a third of the processor's time went into zeros.
const READ_BUFFER_BYTES: usize = 2 * 1024;

/// Accepts a connection that takes messages of at most `most` bytes, and hands it on. Refusals come as close codes
/// later: stock clients cannot read an HTTP status.
fn accept<F>(
    app: &App,
    address: SocketAddr,
    upgrade: Upgrade,
    most: usize,
    serve: impl FnOnce(WebSocket) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = upgrade.map_err(|_| ApiError::malformed("This address takes WebSocket connections."))?;
    let sockets = app.sockets.clone();
    let seat = app.seats.of_address(address.ip());
    Ok(upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(move |socket| {
            sockets.track_future(async move {
                match seat {
                    Ok(_seat) => serve(socket).await,
                    Err(full) => finish(socket, full.into()).await,
                }
            })
        }))
}

/// Copies of the headers that say who is there. A header of hyper's holds on to the whole buffer that the request came in,
/// 16 KiB for as long as the connection lasts.
fn detached(headers: &HeaderMap) -> HeaderMap {
    let told = [AUTHORIZATION, COOKIE, HOST, ORIGIN].into_iter().filter_map(|name| {
        let value = HeaderValue::from_bytes(headers.get(&name)?.as_bytes()).ok()?;
        Some((name, value))
    });
    told.collect()
}

/// Why a socket ends: a close code and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Goodbye {
    code: u16,
    reason: Cow<'static, str>,
}

impl Goodbye {
    pub(crate) fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// The server is stopping.
    pub(crate) fn restart() -> Self {
        Self::new(close::RESTART, "the server is restarting")
    }
}

impl From<Refusal> for Goodbye {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code(), refusal.reason())
    }
}

impl From<Full> for Goodbye {
    fn from(full: Full) -> Self {
        Self::new(close::TOO_MANY, full.reason())
    }
}

impl From<ApiError> for Goodbye {
    /// Something does not answer: trying again may help.
    fn from(_: ApiError) -> Self {
        Self::new(close::TRY_LATER, "try again in a moment")
    }
}

/// Says goodbye and waits, for a bounded time, until the peer has heard it.
pub(crate) async fn finish(mut socket: WebSocket, goodbye: Goodbye) {
    let frame = CloseFrame {
        code: goodbye.code,
        reason: goodbye.reason.as_ref().into(),
    };
    let closing = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A peer that does not answer is dropped.
    let _ = tokio::time::timeout(CLOSING, closing).await;
}

/// Asks whether the peer is there; whether it could be asked.
async fn ping(socket: &mut WebSocket) -> bool {
    let asking = socket.send(Message::Ping(bytes::Bytes::new()));
    tokio::time::timeout(WRITING, asking)
        .await
        .is_ok_and(|asked| asked.is_ok())
}
