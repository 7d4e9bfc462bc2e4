//! Hearing what is asked of a run while it is carried out.

use std::convert::Infallible;
use std::sync::Arc;

use codecrafter_bus::{Bus, Subscription};
use codecrafter_domain::event::Control;
use codecrafter_domain::id::ExecutionId;
use codecrafter_domain::topic;
use tokio_util::sync::CancellationToken;

use super::PAUSE;
use crate::pipeline::Remote;

/// What is heard about one run.
pub(crate) struct Ear {
    bus: Arc<dyn Bus>,
    id: ExecutionId,
    subscription: Subscription,
}

impl Ear {
    /// Hears everything from now on.
    pub(crate) async fn open(bus: Arc<dyn Bus>, id: ExecutionId) -> anyhow::Result<Self> {
        let subscription = bus.subscribe(&topic::execution_control(id)).await?;
        Ok(Self { bus, id, subscription })
    }

    /// Passes on what is asked, in order and without ever waiting for the program. Never returns: the run's end drops it.
    pub(super) async fn listen(mut self, cancel: &CancellationToken, mut remote: Remote) -> Infallible {
        loop {
            while let Some(message) = self.subscription.next().await {
                match serde_json::from_slice(&message.payload) {
                    Ok(Control::Cancel) => cancel.cancel(),
                    Ok(control) => remote.send(control),
                    Err(error) => {
                        tracing::error!(execution = %self.id, %error, "a request about a run is not readable");
                    }
                }
            }
            // Too slow, or the engine went away: what was said meanwhile is lost.
            match self.bus.subscribe(&topic::execution_control(self.id)).await {
                Ok(subscription) => self.subscription = subscription,
                Err(error) => {
                    tracing::warn!(execution = %self.id, %error, "cannot hear what is asked of a run; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
