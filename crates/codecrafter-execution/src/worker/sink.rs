//! Telling watchers and the session what a program does while it does it.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_bus::Bus;
use codecrafter_domain::event::{ExecutionEvent, SessionEventKind, Stream};
use codecrafter_domain::execution::{Encoding, ExecutionHead, Status};
use codecrafter_store::Store;

use crate::bus_log::{tell_session, tell_watchers};
use crate::pipeline::Sink;

/// Publishes on the run's topic and its session's.
pub(super) struct BusSink {
    pub(super) store: Arc<dyn Store>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) head: ExecutionHead,
}

impl BusSink {
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
        // A status that is not stored misleads nobody for long: the result follows.
        if let Err(error) = self.store.set_status(self.head.id, status).await {
            tracing::warn!(execution = %self.head.id, %error, "status not stored");
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
}
