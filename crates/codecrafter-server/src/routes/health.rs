//! Probes and metrics.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::probes::Probes;
use crate::state::Isolation;

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// Whether the parts answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether requests should be sent here.
    ready: bool,
    /// Each part, `ok` or `failing`.
    parts: BTreeMap<&'static str, &'static str>,
    /// How programs are isolated; null where this process runs none.
    isolation: Option<Isolation>,
}

/// Whether everything behind the server answers, and which isolation is in force.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
pub(crate) async fn readyz(State(probes): State<Probes>) -> (StatusCode, Json<Readiness>) {
    let (store, queue, bus) = tokio::join!(probes.store.ping(), probes.queue.ping(), probes.bus.ping());
    let word = |is_ok: bool| if is_ok { "ok" } else { "failing" };
    let serving = !probes.closing.is_cancelled();
    // Without its bus a node goes on alone; without the requests that all of them send elsewhere, none would.
    let ready = serving && store.is_ok() && queue.is_ok();
    let readiness = Readiness {
        ready,
        parts: BTreeMap::from([
            ("store", word(store.is_ok())),
            ("queue", word(queue.is_ok())),
            ("bus", word(bus.is_ok())),
        ]),
        isolation: probes.isolation,
    };
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}

/// Figures in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(probes): State<Probes>) -> ([(header::HeaderName, &'static str); 1], String) {
    probes.measure().await;
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        probes.metrics.render(),
    )
}
