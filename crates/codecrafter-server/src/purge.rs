//! Forgetting sessions for good, some time after they were deleted, what is old in the audit log, and what nobody answered.

use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use crate::state::App;

/// Between two looks. What is due waits this long at most; it was gone for everybody before.
const INTERVAL: Duration = Duration::from_hours(1);
/// Sessions forgotten in one go.
const BATCH: u64 = 50;
/// Entries of the audit log forgotten in one go.
const ENTRIES: u64 = 1_000;

/// Forgets what is due, now and from time to time, until `shutdown`.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    loop {
        purge(&app, &shutdown).await;
        app.flush_audit().await;
        purge_audit(&app, &shutdown).await;
        purge_ceremonies(&app).await;
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn purge(app: &App, shutdown: &CancellationToken) {
    let deleted_before = Utc::now() - app.config.keep_deleted;
    while !shutdown.is_cancelled() {
        match app.store.purge_sessions(deleted_before, BATCH).await {
            Ok(0) => return,
            Ok(count) => tracing::info!(count, "deleted sessions forgotten"),
            Err(error) => return tracing::error!(%error, "deleted sessions are not forgotten"),
        }
    }
}

/// What browsers were asked and never answered; it could not be answered any more.
async fn purge_ceremonies(app: &App) {
    match app.store.purge_ceremonies(Utc::now()).await {
        Ok(count) => tracing::debug!(count, "unanswered questions to passkeys forgotten"),
        Err(error) => tracing::error!(%error, "unanswered questions to passkeys are not forgotten"),
    }
}

async fn purge_audit(app: &App, shutdown: &CancellationToken) {
    let Some(kept) = app.config.keep_audit else { return };
    let before = Utc::now() - kept;
    while !shutdown.is_cancelled() {
        match app.store.purge_audit(before, ENTRIES).await {
            Ok(0) => return,
            Ok(count) => tracing::info!(count, "old entries of the audit log forgotten"),
            Err(error) => return tracing::error!(%error, "the audit log is not purged"),
        }
    }
}
