//! One result to one receiver: posted, or put off, or given up.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{TimeDelta, Utc};
use codecrafter_domain::execution::Status;
use codecrafter_domain::id::ExecutionId;
use codecrafter_store::executions::Callback;
use codecrafter_store::{Store, StoreError};

use crate::client::Client;
use crate::{Signed, WebhookConfig};

/// How often a result is posted before it is given up: with the usual pauses, over some twenty minutes.
const ATTEMPTS: u32 = 5;
/// How much longer each pause is than the one before.
const BACK_OFF: u32 = 6;

/// Posts single results.
pub(crate) struct Sender {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) config: WebhookConfig,
    client: Client,
}

impl Sender {
    pub(crate) fn new(store: Arc<dyn Store>, config: WebhookConfig) -> Self {
        Self {
            store,
            config,
            client: Client::default(),
        }
    }

    /// Posts a claimed callback and notes what came of it. A store that is away leaves it claimed: it comes again.
    pub(crate) async fn see_through(&self, callback: Callback) {
        let id = callback.execution;
        if let Err(error) = self.attempt(callback).await {
            tracing::warn!(execution = %id, error = %format!("{error:#}"), "callback left for later");
        }
    }

    async fn attempt(&self, callback: Callback) -> anyhow::Result<()> {
        let id = callback.execution;
        let Some(signed) = self.signed(id).await? else {
            return Ok(());
        };
        let posted = self.client.post(&callback.url, signed, &self.config).await;
        let said = match &posted {
            Ok(()) => "delivered",
            Err(_) if callback.attempts >= ATTEMPTS => "given_up",
            Err(_) => "failed",
        };
        metrics::counter!("codecrafter_callbacks_total", "outcome" => said).increment(1);
        match posted {
            Ok(()) => self.store.end_callback(id).await?,
            Err(error) if callback.attempts >= ATTEMPTS => {
                tracing::warn!(execution = %id, %error, attempts = callback.attempts, "callback given up");
                self.store.end_callback(id).await?;
            }
            Err(error) => {
                let pause = self.config.first_retry * BACK_OFF.pow(callback.attempts.saturating_sub(1));
                tracing::info!(execution = %id, %error, ?pause, "callback not taken");
                let due_at = Utc::now() + TimeDelta::from_std(pause).context("pause")?;
                self.store.postpone_callback(id, due_at).await?;
            }
        }
        Ok(())
    }

    /// The result as the API shows it; `None` if there is none to post any more.
    async fn signed(&self, id: ExecutionId) -> anyhow::Result<Option<Signed>> {
        let execution = match self.store.execution(id).await {
            // Queued again in the meantime: that end will be posted.
            Ok(execution) if execution.head.status != Status::Finished => return Ok(None),
            Ok(execution) => execution,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let body = serde_json::to_vec(&execution)?;
        let signature = self.config.secret.sign(Utc::now().timestamp(), &body);
        Ok(Some(Signed {
            body: body.into(),
            signature,
        }))
    }
}
