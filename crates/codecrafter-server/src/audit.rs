//! The audit log as the server writes it: [`App::audit`], after the act and before its answer.
//!
//! An entry that the store does not take is written to the log as it is, counted, and offered again with the next one.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use codecrafter_domain::audit::{Audit, AuditEntry, Channel, Origin};
use codecrafter_store::{Store, StoreError};

use crate::state::App;

/// How long an answer waits for its entry. The entry is written all the same.
const PATIENCE: Duration = Duration::from_secs(2);
/// Entries that are kept for a store that does not answer; they are in the server's log, too.
const PENDING: usize = 1_000;
/// Longest request id that is kept, in characters.
const REQUEST_ID_CHARS: usize = 64;

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Entries that the store has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct AuditLog {
    pending: Mutex<VecDeque<AuditEntry>>,
}

impl AuditLog {
    fn take(&self) -> Vec<AuditEntry> {
        self.lock().drain(..).collect()
    }

    fn keep(&self, entries: Vec<AuditEntry>) {
        let mut pending = self.lock();
        pending.extend(entries);
        let excess = pending.len().saturating_sub(PENDING);
        pending.drain(..excess);
    }

    // A queue is whole after every single operation.
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<AuditEntry>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, store: &dyn Store, entry: Option<AuditEntry>) {
        let mut entries = self.take();
        entries.extend(entry.clone());
        let Err(error) = store.record(&entries).await else {
            return;
        };
        if let Some(entry) = entry {
            lost(&entry, &error);
        }
        self.keep(entries);
    }
}

/// The entry itself goes into the log, where it can be found until the store takes it.
fn lost(entry: &AuditEntry, error: &StoreError) {
    metrics::counter!("codecrafter_audit_unrecorded_total").increment(1);
    let entry = serde_json::to_string(entry).unwrap_or_default();
    tracing::error!(%error, %entry, "an audit entry is not stored yet");
}

impl App {
    /// Records what was done. Returns once that is durable, or after a bounded wait; either way it goes on to be written
    /// when whoever asked has gone.
    pub(crate) async fn audit(&self, audit: Audit) {
        let entry = audit.recorded(origin());
        let app = self.clone();
        let written = tokio::spawn(async move { app.audit_log.write(app.store.as_ref(), Some(entry)).await });
        if tokio::time::timeout(PATIENCE, written).await.is_err() {
            tracing::warn!("the audit log is slow");
        }
    }

    /// Offers the store what it has not taken.
    pub(crate) async fn flush_audit(&self) {
        self.audit_log.write(self.store.as_ref(), None).await;
    }
}

/// Where the request under way comes from.
fn origin() -> Origin {
    ORIGIN.try_with(Clone::clone).unwrap_or(Origin {
        channel: Channel::Api,
        address: None,
        request_id: None,
    })
}

/// Runs what answers a request, which then knows where that came from.
pub(crate) async fn within<F: Future>(origin: Origin, answer: F) -> F::Output {
    ORIGIN.scope(origin, answer).await
}

/// Where a request comes from.
pub(crate) fn origin_of(request: &Request, id: &str) -> Origin {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    Origin {
        channel: Channel::Api,
        address: address.map(|ConnectInfo(address)| canonical(address.ip())),
        request_id: Some(plain(id)),
    }
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Clients may name their requests, and must not write into the log what they like.
fn plain(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(REQUEST_ID_CHARS)
        .collect()
}
