//! What monitors ask: whether a process lives, whether it is of use, and its figures. Workers answer nothing else.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use chrono::Utc;
use codecrafter_bus::Bus;
use codecrafter_queue::JobQueue;
use codecrafter_store::Store;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::connections::{self, HttpConnections};
use crate::error::ApiError;
use crate::routes::health::{healthz, metrics, readyz};
use crate::state::{App, Isolation};

/// What a worker's answers to monitors are made of.
#[derive(Clone)]
pub struct Probes {
    /// Asked whether it answers, and since when runs wait.
    pub store: Arc<dyn Store>,
    /// Asked whether it answers.
    pub bus: Arc<dyn Bus>,
    /// Asked whether it answers, and for its depth.
    pub queue: Arc<dyn JobQueue>,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// How programs are isolated; nothing where the process runs none.
    pub isolation: Option<Isolation>,
    /// Cancelled once nothing should be sent here any more.
    pub closing: CancellationToken,
}

impl FromRef<App> for Probes {
    fn from_ref(app: &App) -> Self {
        Self {
            store: Arc::clone(&app.store),
            bus: Arc::clone(&app.bus),
            queue: Arc::clone(&app.queue),
            metrics: app.metrics.clone(),
            isolation: app.config.isolation.clone(),
            closing: app.closing.clone(),
        }
    }
}

impl Probes {
    /// Brings those figures up to date that are asked for elsewhere. What does not answer leaves its old one.
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; both are far below 2^53")]
    pub(crate) async fn measure(&self) {
        let (depth, since) = tokio::join!(self.queue.depth(), self.store.waiting_since());
        if let Ok(depth) = depth {
            metrics::gauge!("codecrafter_queue_depth").set(depth as f64);
        }
        if let Ok(since) = since {
            let waited = since.map_or(0, |since| (Utc::now() - since).num_milliseconds().max(0));
            metrics::gauge!("codecrafter_queue_oldest_seconds").set(waited as f64 / 1e3);
        }
    }
}

/// Answers `/healthz`, `/readyz` and `/metrics` until `probes.closing`, for a process without the API.
pub async fn serve_probes(listener: TcpListener, probes: Probes, bounds: HttpConnections) {
    if let Some(isolation) = &probes.isolation {
        isolation.publish();
    }
    let closing = probes.closing.clone();
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .fallback(async || ApiError::not_found("address"))
        .with_state(probes);
    connections::serve(listener, router, bounds, |_| false, closing).await;
}
