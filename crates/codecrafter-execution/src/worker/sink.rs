//! Telling watchers and the session what a program does while it does it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_bus::Bus;
use codecrafter_domain::event::{ExecutionEvent, SessionEventKind, Stream};
use codecrafter_domain::execution::{Encoding, ExecutionHead, Status, TestVerdict};
use codecrafter_domain::id::ExecutionId;
use codecrafter_store::Store;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::seat::Exit;
use crate::bus_log::{tell_session, tell_watchers};
use crate::pipeline::Sink;

/// How long a status lasts before it is stored: of a shorter one those who listen hear, and whoever asks the store finds
/// the result as soon.
const LASTING: Duration = Duration::from_millis(20);

/// A status that is stored unless it is over before.
struct Storing {
    task: JoinHandle<()>,
    over: CancellationToken,
}

/// Publishes on the run's topic and its session's, and stores the status.
pub(super) struct BusSink {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    head: ExecutionHead,
    /// The status on its way into the store: the program does not wait for it.
    storing: Option<Storing>,
    /// Taken once an interactive program runs, or any has ended.
    exit: Exit,
}

impl BusSink {
    pub(super) fn new(store: Arc<dyn Store>, bus: Arc<dyn Bus>, head: ExecutionHead, exit: Exit) -> Self {
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

    /// The program has ended: leaves the slot to the next one.
    pub(super) fn leave(&mut self) {
        self.exit.with_result();
    }

    /// The last status is over: waits until it is stored, if that has begun.
    pub(super) async fn settle(&mut self) {
        let Some(storing) = self.storing.take() else { return };
        storing.over.cancel();
        if let Err(error) = storing.task.await {
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
        let over = CancellationToken::new();
        let lasts = over.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            if tokio::time::timeout(LASTING, lasts).await.is_ok() {
                return;
            }
            // A status that is not stored misleads nobody for long: the result follows.
            if let Err(error) = store.set_status(id, status).await {
                tracing::warn!(execution = %id, %error, "status not stored");
            }
        });
        self.storing = Some(Storing { task, over });
        if status == Status::Running && self.head.interactive {
            self.exit.with_program();
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
