//! The HTTP and WebSocket surface: one router per resource, problem documents, `OpenAPI`, the web app's files.
//!
//! [`serve`] takes a listener and a shutdown token; everything it works with comes in [`Parts`]. `routes` lists
//! every address. Programs are asked for through `Executions`: nothing here knows the sandbox.

mod archive;
mod asyncapi;
mod audit;
mod auth;
mod authorise;
mod budget;
mod chat;
mod client_address;
mod connections;
mod error;
mod export;
mod extract;
#[cfg(fuzzing)]
pub mod fuzzing;
mod layers;
mod letters;
mod openapi;
mod presence;
mod probes;
mod purge;
mod quota;
mod routes;
mod seats;
mod sockets;
mod sso;
mod state;
mod takeout;
mod unread;
mod web;

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use asyncapi::document as asyncapi_document;
pub use auth::passwords::hash_password;
pub use budget::BudgetLimits;
pub use client_address::TrustedProxies;
pub use connections::HttpConnections;
pub use openapi::document as openapi_document;
pub use probes::{Probes, serve_probes};
pub use seats::ConnectionLimits;
pub use state::{Isolation, Parts, RateLimits, Registration, ServerConfig, Setting};

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
    app.sockets.spawn(purge::run(app.clone(), shutdown.clone()));
    app.sockets.spawn(uses::run(app.clone(), shutdown.clone()));
    app.sockets.spawn(presence::run(app.clone(), shutdown.clone()));
    let proxies = app.config.trusted_proxies.clone();
    let serving = connections::serve(
        listener,
        router(&app),
        app.config.http_connections,
        move |address| proxies.contains(address),
        shutdown.clone(),
    );
    let serving = tokio::spawn(serving);
    shutdown.cancelled().await;
    // Documents first: their connections hear a retryable code from them.
    let _ = tokio::time::timeout(GRACE, app.documents.shutdown()).await;
    app.closing.cancel();
    app.sockets.close();
    let _ = tokio::time::timeout(GRACE, app.sockets.wait()).await;
    match tokio::time::timeout(GRACE, serving).await {
        Ok(Err(error)) => Err(std::io::Error::other(error)),
        // Requests that still wait are cut off.
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}

fn router(app: &App) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    let routes = routes
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .fallback(web::fallback)
        .with_state(app.clone());
    layers::around(routes, app)
}
