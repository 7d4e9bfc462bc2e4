//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use codecrafter_domain::id::SessionId;
use codecrafter_store::documents::{DocumentRows, HistoryStart, NewUpdate, StoredUpdate};
use codecrafter_store::{DocumentStore, Result, StoreError};
use tokio::sync::watch;

/// What the store does instead of working.
pub struct Faults {
    pub appends_fail: AtomicBool,
    pub loads_fail: AtomicBool,
    pub loads: AtomicUsize,
    /// While `false`, appends wait.
    pub appends: watch::Sender<bool>,
    /// While `false`, loads wait.
    pub opens: watch::Sender<bool>,
}

impl Faults {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            appends_fail: AtomicBool::new(false),
            loads_fail: AtomicBool::new(false),
            loads: AtomicUsize::new(0),
            appends: watch::channel(true).0,
            opens: watch::channel(true).0,
        })
    }

    pub fn fail_appends(&self, fail: bool) {
        self.appends_fail.store(fail, Ordering::SeqCst);
    }
}

pub struct Faulty {
    pub inner: Arc<dyn DocumentStore>,
    pub faults: Arc<Faults>,
}

async fn pass(gate: &watch::Sender<bool>, fail: &AtomicBool) -> Result<()> {
    gate.subscribe()
        .wait_for(|is_open| *is_open)
        .await
        .expect("the gate is there");
    if fail.load(Ordering::SeqCst) {
        Err(StoreError::Unavailable("told to fail".into()))
    } else {
        Ok(())
    }
}

#[async_trait]
impl DocumentStore for Faulty {
    async fn append_updates(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
        pass(&self.faults.appends, &self.faults.appends_fail).await?;
        self.inner.append_updates(session, updates).await
    }

    async fn load_document(&self, session: SessionId) -> Result<DocumentRows> {
        self.faults.loads.fetch_add(1, Ordering::SeqCst);
        pass(&self.faults.opens, &self.faults.loads_fail).await?;
        self.inner.load_document(session).await
    }

    async fn compact(&self, session: SessionId, base: &[u8], base_version: u64, folded: &[u64]) -> Result<()> {
        self.inner.compact(session, base, base_version, folded).await
    }

    async fn updates_after(&self, session: SessionId, seq: u64, limit: u64) -> Result<Vec<StoredUpdate>> {
        self.inner.updates_after(session, seq, limit).await
    }

    async fn history_start(&self, session: SessionId) -> Result<Option<HistoryStart>> {
        self.inner.history_start(session).await
    }

    async fn purge_history(&self, session: SessionId) -> Result<u64> {
        self.inner.purge_history(session).await
    }
}
