//! Telling those who watch a run, or take part in its session, what becomes of it.

use codecrafter_bus::{Bus, LogBounds};
use codecrafter_domain::event::{ExecutionEvent, SessionEvent, SessionEventKind};
use codecrafter_domain::execution::Execution;
use codecrafter_domain::id::{ExecutionId, SessionId};
use codecrafter_domain::topic;
use codecrafter_domain::user::Person;
use serde::Serialize;

/// Appends to the run's log. A bus that is away costs watchers a moment, never the run: the store has the result.
pub(crate) async fn tell_watchers(bus: &dyn Bus, id: ExecutionId, event: &ExecutionEvent) {
    append(bus, &topic::execution(id), event, LogBounds::execution()).await;
}

/// Appends to the session's log.
pub(crate) async fn tell_session(bus: &dyn Bus, session: SessionId, kind: SessionEventKind, by: Option<Person>) {
    let event = SessionEvent::now(kind, by);
    append(bus, &topic::session(session), &event, LogBounds::session()).await;
}

/// Tells the result, to watchers and in the session.
pub(crate) async fn tell_end(bus: &dyn Bus, execution: Execution, by: Option<Person>) {
    let head = execution.head.clone();
    let event = ExecutionEvent::Result {
        execution: Box::new(execution),
    };
    tell_watchers(bus, head.id, &event).await;
    if let Some(session) = head.session_id {
        let finished = SessionEventKind::ExecutionFinished { execution: head };
        tell_session(bus, session, finished, by).await;
    }
}

/// Has callbacks looked for at once. Lost, it delays them: they are looked for anyway.
pub(crate) async fn tell_callbacks(bus: &dyn Bus) {
    if let Err(error) = bus.publish(&topic::callbacks(), bytes::Bytes::new()).await {
        tracing::warn!(%error, "callbacks not announced");
    }
}

async fn append(bus: &dyn Bus, topic: &str, event: &impl Serialize, bounds: LogBounds) {
    let payload = match serde_json::to_vec(event) {
        Ok(payload) => payload,
        Err(error) => return tracing::error!(%topic, %error, "event cannot be written as JSON"),
    };
    if let Err(error) = bus.append(topic, payload.into(), bounds).await {
        tracing::warn!(%topic, %error, "event not published");
    }
}
