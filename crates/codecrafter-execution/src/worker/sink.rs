//! Telling watchers and the session what a program does while it does it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_bus::Bus;
use codecrafter_domain::event::{ExecutionEvent, SessionEventKind, Stream};
use codecrafter_domain::execution::{Encoding, ExecutionHead, Status, TestVerdict};
use codecrafter_domain::id::ExecutionId;
use codecrafter_store::Store;
use tokio::task::JoinHandle;

use super::seat::Exit;
use crate::bus_log::{tell_session, tell_watchers};
use crate::pipeline::Sink;

/// Publishes on the run's topic and its session's, and stores the status.
pub(super) struct BusSink {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    head: ExecutionHead,
    /// The status on its way into the store: the program does not wait for it.
    storing: Option<JoinHandle<()>>,
    /// Taken once an interactive program runs.
    exit: Option<Exit>,
}

impl BusSink {
    pub(super) fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, head: ExecutionHead, exit: Exit) -> Self {
        let exit = head.interactive.then_some(exit);
        Self {
            store,
            bus,
            head,
            storing: None,
            exit,
        }
    }

    /// Of the run that is told about.
    pub(super) fn id(&self) -> ExecutionId {
        self.head.id
    }

    /// Waits until the last status is stored.
    pub(super) async fn settle(&mut self) {
        let Some(storing) = self.storing.take() else { return };
        if let Err(error) = storing.await {
            tracing::error!(execution = %self.head.id, %error, "storing a status panicked");
        }
    }

    async fn tell(&self, event: &ExecutionEvent, kind: SessionEventKind) {
        tell_watchers(self.bus.as_ref(), self.head.id, event).await;
        if let Some(session) = self.head.session_id {
            tell_session(self.bus.as_ref(), session, kind, Some(self.head.user.clone())).await;
        }
    }

    pub(super) async fn tell_status(&self, status: Status) {
        let kind = SessionEventKind::ExecutionStatus {
            execution_id: self.head.id,
            status,
        };
        self.tell(&ExecutionEvent::Status { status }, kind).await;
    }
}

#[async_trait]
impl Sink for BusSink {
    async fn status(&mut self, status: Status) {
        self.settle().await;
        let (store, id) = (Arc::clone(&self.store), self.head.id);
        self.storing = Some(tokio::spawn(async move {
            // A status that is not stored misleads nobody for long: the result follows.
            if let Err(error) = store.set_status(id, status).await {
                tracing::warn!(execution = %id, %error, "status not stored");
            }
        }));
        if status == Status::Running
            && let Some(exit) = self.exit.take()
        {
            exit.take();
        }
        self.tell_status(status).await;
    }

    async fn output(&mut self, stream: Stream, bytes: Bytes) {
        let (data, encoding) = Encoding::encode(&bytes);
        let kind = SessionEventKind::ExecutionOutput {
            execution_id: self.head.id,
            stream,
            data: data.clone(),
            encoding,
        };
        let event = match stream {
            Stream::Stdout => ExecutionEvent::Stdout { data, encoding },
            Stream::Stderr => ExecutionEvent::Stderr { data, encoding },
        };
        self.tell(&event, kind).await;
    }

    async fn test(&mut self, index: usize, verdict: TestVerdict) {
        let kind = SessionEventKind::ExecutionTest {
            execution_id: self.head.id,
            index,
            verdict,
        };
        self.tell(&ExecutionEvent::Test { index, verdict }, kind).await;
    }
}
