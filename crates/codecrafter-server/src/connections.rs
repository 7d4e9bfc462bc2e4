//! Connections: how many, how long a request may take to arrive, and how they end.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::seats::{ConnectionLimits, Seats};
use crate::unread;

/// How long the head of a request may take to arrive, and so how long a connection may be idle. Browsers and pools of
/// connections let go of theirs before or try again.
const HEAD: Duration = Duration::from_secs(30);
/// How long a peer may leave what is sent to it unread.
const WRITING: Duration = Duration::from_mins(1);
/// Header fields of one request.
const MOST_HEADERS: usize = 100;
/// Bytes of one request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpConnections {
    /// Altogether; others wait until one ends.
    pub most: usize,
    /// From one address that is no trusted proxy; others are closed at once.
    pub per_address: Option<usize>,
}

/// Takes connections until `stopping`, then lets requests under way finish.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: Router,
    bounds: HttpConnections,
    is_proxy: impl Fn(IpAddr) -> bool,
    stopping: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(bounds.most.min(Semaphore::MAX_PERMITS)));
    let limits = bounds.per_address.map(|per_address| ConnectionLimits {
        per_user: usize::MAX,
        per_address,
    });
    let (seats, unbounded) = (Seats::new(limits), Seats::new(None));
    let open = TaskTracker::new();
    loop {
        let accepting = async {
            // Never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok();
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            accepted = accepting => accepted,
            () = stopping.cancelled() => break,
        };
        let seats = if is_proxy(peer.ip()) { &unbounded } else { &seats };
        let Ok(seat) = seats.of_address(peer.ip()) else {
            metrics::counter!("codecrafter_http_connections_refused_total").increment(1);
            continue;
        };
        let connection = connection(stream, peer, router.clone(), stopping.clone());
        open.spawn(async move {
            connection.await;
            drop((seat, place));
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// One connection, to its end or to that of the socket that it became.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) {
    // Without it, small frames wait for the acknowledgement of those before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITING));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        unread::answer(request, move |mut request| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.call(request)
        })
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(HEAD_BYTES);
    let serving = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
    let mut serving = std::pin::pin!(serving.with_upgrades());
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stopping.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}
