//! Watching a run: the bus while it lasts, the store for what the bus no longer has.

use std::sync::Arc;
use std::time::Duration;

use codecrafter_bus::{Bus, Message, Subscription};
use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::{Encoding, Execution, ExecutionHead, Status};
use codecrafter_domain::topic;
use codecrafter_store::{Store, StoreError};
use futures::{Stream, stream};

use crate::submit::SubmitError;

/// How long a finished run's log may keep silent before the store is asked instead.
const LOG_GRACE: Duration = Duration::from_millis(200);
/// How often the store is asked about a run that keeps silent: the bus may lose messages.
const DOUBT_AFTER: Duration = Duration::from_secs(10);

type Item = (u64, ExecutionEvent);

struct Watch {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    head: ExecutionHead,
    subscription: Subscription,
    last: u64,
    /// What to say before looking further, last first.
    ready: Vec<Item>,
    ended: bool,
}

/// The events of a run after position `after`; ends after its result.
pub(crate) async fn watch(
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    head: ExecutionHead,
    after: u64,
) -> Result<impl Stream<Item = Item> + Send + 'static + use<>, SubmitError> {
    let subscription = bus.replay(&topic::execution(head.id), after).await?;
    let watch = Watch {
        store,
        bus,
        head,
        subscription,
        last: after,
        ready: Vec::new(),
        ended: false,
    };
    Ok(stream::unfold(watch, |mut watch| async move {
        let item = watch.next().await?;
        Some((item, watch))
    }))
}

impl Watch {
    async fn next(&mut self) -> Option<Item> {
        while !self.ended && self.ready.is_empty() {
            self.look_further().await;
        }
        let item = self.ready.pop()?;
        self.last = item.0;
        self.ended |= matches!(item.1, ExecutionEvent::Result { .. });
        Some(item)
    }

    async fn look_further(&mut self) {
        let patience = if self.head.status == Status::Finished {
            LOG_GRACE
        } else {
            DOUBT_AFTER
        };
        match tokio::time::timeout(patience, self.subscription.next()).await {
            Ok(Some(message)) => self.ready.extend(decode(&message)),
            Ok(None) => self.resubscribe().await,
            Err(_) => self.ask_store().await,
        }
    }

    /// We were too slow, or the engine went away: go on after the last event that was seen.
    async fn resubscribe(&mut self) {
        match self.bus.replay(&topic::execution(self.head.id), self.last).await {
            Ok(subscription) => self.subscription = subscription,
            Err(error) => {
                tracing::warn!(execution = %self.head.id, %error, "cannot watch; trying again");
                tokio::time::sleep(LOG_GRACE).await;
                self.ask_store().await;
            }
        }
    }

    async fn ask_store(&mut self) {
        match self.store.execution(self.head.id).await {
            Ok(execution) if execution.head.status == Status::Finished => {
                if self.head.status == Status::Finished {
                    self.ready = from_store(execution, self.last);
                } else {
                    // Just finished: its last events may still be on their way.
                    self.head = execution.head;
                }
            }
            Ok(_) => {}
            Err(StoreError::NotFound) => self.ended = true,
            Err(error) => tracing::warn!(execution = %self.head.id, %error, "cannot ask the store; trying again"),
        }
    }
}

fn decode(message: &Message) -> Option<Item> {
    match serde_json::from_slice(&message.payload) {
        Ok(event) => Some((message.seq, event)),
        Err(error) => {
            tracing::error!(%error, "an event on the bus is not readable");
            None
        }
    }
}

/// A finished run as events, last first. Whoever saw a part of the log gets the result only, which holds everything.
fn from_store(execution: Execution, last: u64) -> Vec<Item> {
    let mut events = Vec::new();
    if last == 0
        && let Some(run) = &execution.run
    {
        let (stdout, stderr) = ((&run.stdout, run.stdout_encoding), (&run.stderr, run.stderr_encoding));
        let copy = |(data, encoding): (&String, Encoding)| (!data.is_empty()).then(|| (data.clone(), encoding));
        events.extend(copy(stdout).map(|(data, encoding)| ExecutionEvent::Stdout { data, encoding }));
        events.extend(copy(stderr).map(|(data, encoding)| ExecutionEvent::Stderr { data, encoding }));
    }
    if last == 0 {
        let verdicts = execution.tests.iter().map(|test| test.verdict).enumerate();
        events.extend(verdicts.map(|(index, verdict)| ExecutionEvent::Test { index, verdict }));
    }
    let execution = Box::new(execution);
    events.push(ExecutionEvent::Result { execution });
    let mut items: Vec<Item> = (last + 1..).zip(events).collect();
    items.reverse();
    items
}
