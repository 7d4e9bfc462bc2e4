//! Says in the store that this worker is there, for those who look after the platform.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use codecrafter_domain::admin::Node;
use tokio_util::sync::CancellationToken;

use super::Worker;

/// Between two signs of life.
const INTERVAL: Duration = Duration::from_secs(5);
/// Workers that were silent for so long are forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::minutes(10);

/// Says so from time to time until `shutdown`, and then that it has gone.
pub(super) async fn run(worker: Arc<Worker>, shutdown: CancellationToken) {
    let mut node = Node {
        id: worker.name.clone(),
        host: host(),
        roles: worker.config.roles.clone(),
        slots: u32::try_from(worker.config.slots).unwrap_or(u32::MAX),
        busy: 0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: codecrafter_domain::time::now(),
        seen_at: codecrafter_domain::time::now(),
    };
    loop {
        node.busy = worker.busy.load(Ordering::Relaxed);
        node.seen_at = codecrafter_domain::time::now();
        if let Err(error) = worker.parts.store.beat(&node, Utc::now() - FORGOTTEN).await {
            tracing::warn!(%error, "this worker is not on the list");
        }
        let stops = shutdown
            .run_until_cancelled(tokio::time::sleep(INTERVAL))
            .await
            .is_none();
        if stops {
            break;
        }
    }
    if let Err(error) = worker.parts.store.forget_node(&node.id).await {
        tracing::warn!(%error, "this worker stays on the list for a while");
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
