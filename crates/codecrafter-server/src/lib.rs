//! The HTTP and WebSocket surface: one router per resource, problem documents, `OpenAPI`, the web app's files.
//!
//! [`serve`] takes a listener and a shutdown token; everything it works with comes in [`Parts`]. `routes` lists
//! every address. Programs are asked for through `Executions`: nothing here knows the sandbox.

mod archive;
mod asyncapi;
mod auth;
mod authorise;
mod budget;
mod chat;
mod error;
mod export;
mod extract;
#[cfg(fuzzing)]
pub mod fuzzing;
mod layers;
mod openapi;
mod presence;
mod purge;
mod routes;
mod seats;
mod sockets;
mod state;
mod web;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use asyncapi::document as asyncapi_document;
pub use openapi::document as openapi_document;
pub use seats::ConnectionLimits;
pub use state::{Isolation, Parts, RateLimits, Registration, ServerConfig};

use auth::uses;
use error::ApiError;
use state::App;

/// How long requests under way may go on after a shutdown has been asked for.
const GRACE: Duration = Duration::from_secs(5);

/// Answers until `shutdown`; then stores what is being edited and closes sockets retryably.
pub async fn serve(
    listener: TcpListener,
    parts: Parts,
    config: ServerConfig,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let app = App::new(parts, config);
    if let Some(isolation) = &app.config.isolation {
        isolation.publish();
    }
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // Without it, small frames wait for the acknowledgement of those before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY not set");
        }
    });
    app.sockets.spawn(purge::run(app.clone(), shutdown.clone()));
    app.sockets.spawn(uses::run(app.clone(), shutdown.clone()));
    let stopping = shutdown.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await });
    let serving = tokio::spawn(serving.into_future());
    shutdown.cancelled().await;
    // Documents first: their connections hear a retryable code from them.
    let _ = tokio::time::timeout(GRACE, app.documents.shutdown()).await;
    app.closing.cancel();
    app.sockets.close();
    let _ = tokio::time::timeout(GRACE, app.sockets.wait()).await;
    match tokio::time::timeout(GRACE, serving).await {
        Ok(Ok(served)) => served,
        Ok(Err(error)) => Err(std::io::Error::other(error)),
        // Requests that still wait are cut off.
        Err(_) => Ok(()),
    }
}

fn router(app: App) -> Router {
    let public_url = app.config.public_url.clone();
    let (routes, _) = routes::all().split_for_parts();
    let routes = routes
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .fallback(web::fallback)
        .with_state(app);
    layers::around(routes, &public_url)
}
