//! Webhooks: posts the results of runs to the addresses that their requests named.
//!
//! The only crate that connects to somewhere on a user's word. Whom it may reach is decided for the address that the
//! connection is then made to, not for a name that may mean something else a moment later (`client`). What is to be
//! posted stands in the store from the moment the run is accepted, so that a restart loses nothing; a receiver may get
//! the same result twice.

mod client;
mod sender;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use codecrafter_bus::{Bus, Subscription};
use codecrafter_domain::execution::callback::Targets;
use codecrafter_domain::topic;
use codecrafter_store::Store;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use sender::Sender;
pub use signature::{HEADER, Secret};

/// Results posted at the same time: receivers may be slow.
const AT_ONCE: usize = 16;
/// How often callbacks are looked for without having been told: messages may be lost.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Pause after the store did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// How results are posted.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Signs what is posted.
    pub secret: Secret,
    /// Which addresses are posted to.
    pub targets: Targets,
    /// How long a receiver may take to answer.
    pub timeout: Duration,
    /// When a failed attempt is repeated for the first time. Each further pause is six times as long.
    pub first_retry: Duration,
}

impl WebhookConfig {
    /// What is usual.
    pub fn new(secret: Secret, targets: Targets) -> Self {
        Self {
            secret,
            targets,
            timeout: Duration::from_secs(10),
            first_retry: Duration::from_secs(5),
        }
    }
}

/// Posts results.
pub struct Webhooks {
    sender: Arc<Sender>,
    bus: Arc<dyn Bus>,
}

impl Webhooks {
    /// Puts the parts together.
    pub fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, config: WebhookConfig) -> Self {
        let sender = Arc::new(Sender::new(store, config));
        Self { sender, bus }
    }

    /// Posts what is due until `shutdown`. What is under way then is cut off, and tried again after the next start.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut posting = JoinSet::new();
        let mut told = None;
        loop {
            if told.is_none() {
                told = self.subscribe().await;
            }
            let pause = match self.post_due(&mut posting).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::warn!(error = %format!("{error:#}"), "callbacks not looked for");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                Some(_) = posting.join_next() => {}
                more = next(&mut told) => if !more { told = None },
            }
        }
    }

    async fn subscribe(&self) -> Option<Subscription> {
        let subscription = self.bus.subscribe(&topic::callbacks()).await;
        subscription
            .inspect_err(|error| tracing::warn!(%error, "callbacks are looked for from time to time only"))
            .ok()
    }

    /// Begins to post what is due, as much as may be at once; returns how long nothing more will be.
    async fn post_due(&self, posting: &mut JoinSet<()>) -> anyhow::Result<Duration> {
        let free = AT_ONCE.saturating_sub(posting.len());
        if free == 0 {
            return Ok(LOOK_EVERY);
        }
        let store = &self.sender.store;
        let now = Utc::now();
        // Whoever claims and dies is followed by somebody else once this has passed.
        let again = now + TimeDelta::from_std(self.sender.config.timeout * 2).context("timeout")?;
        let due = store.claim_callbacks(now, again, free as u64).await?;
        let more = due.len() == free;
        for callback in due {
            let sender = Arc::clone(&self.sender);
            posting.spawn(async move { sender.see_through(callback).await });
        }
        if more {
            return Ok(LOOK_EVERY);
        }
        let next = store.next_callback().await?;
        // One that became due since the claim is looked at again at once.
        let until = next.map(|next| (next - Utc::now()).to_std().unwrap_or_default());
        Ok(until.unwrap_or(LOOK_EVERY).min(LOOK_EVERY))
    }
}

/// Waits to be told; `false` once nobody will tell any more.
async fn next(told: &mut Option<Subscription>) -> bool {
    match told {
        Some(subscription) => subscription.next().await.is_some(),
        None => std::future::pending().await,
    }
}

/// A body and the header that vouches for it.
pub(crate) struct Signed {
    pub(crate) body: Bytes,
    pub(crate) signature: String,
}
