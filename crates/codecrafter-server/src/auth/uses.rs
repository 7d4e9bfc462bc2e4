//! When API keys were used: noted in memory, and stored now and then, many at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::id::ApiKeyId;
use tokio_util::sync::CancellationToken;

use crate::state::App;

/// How often what was noted is stored.
const EVERY: Duration = Duration::from_mins(1);

/// Uses that are not stored yet.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<ApiKeyId, DateTime<Utc>>>);

impl Uses {
    /// Notes that a key is used now.
    pub(crate) fn note(&self, key: ApiKeyId) {
        self.lock().insert(key, codecrafter_domain::time::now());
    }

    /// Adds what is not stored yet.
    pub(crate) fn complete(&self, keys: &mut [ApiKey]) {
        let noted = self.lock();
        for key in keys {
            key.last_used_at = key.last_used_at.max(noted.get(&key.id).copied());
        }
    }

    fn take(&self) -> Vec<(ApiKeyId, DateTime<Utc>)> {
        self.lock().drain().collect()
    }

    /// Gives back what could not be stored.
    fn put_back(&self, uses: Vec<(ApiKeyId, DateTime<Utc>)>) {
        let mut noted = self.lock();
        for (key, at) in uses {
            noted.entry(key).or_insert(at);
        }
    }

    // Entries are put in and taken out in one step each.
    fn lock(&self) -> MutexGuard<'_, HashMap<ApiKeyId, DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores what is noted until the server stops, and the rest then.
pub(crate) async fn run(app: App, shutdown: CancellationToken) {
    loop {
        let stopping = tokio::time::timeout(EVERY, shutdown.cancelled()).await.is_ok();
        store(&app).await;
        if stopping {
            return;
        }
    }
}

async fn store(app: &App) {
    let uses = app.key_uses.take();
    if uses.is_empty() {
        return;
    }
    if let Err(error) = app.store.note_api_keys_used(&uses).await {
        tracing::warn!(%error, "uses of API keys are not stored");
        app.key_uses.put_back(uses);
    }
}
