//! Names of the bus topics, in one place so that publisher and subscriber agree.

use crate::id::{ExecutionId, SessionId, UserId};

/// [`crate::event::ExecutionEvent`]s of one run, as a replayable log.
pub fn execution(id: ExecutionId) -> String {
    format!("execution:{id}")
}

/// Requests to the worker that holds a run: [`crate::event::Control`].
pub fn execution_control(id: ExecutionId) -> String {
    format!("execution-control:{id}")
}

/// [`crate::event::SessionEvent`]s of one session, as a replayable log.
pub fn session(id: SessionId) -> String {
    format!("session:{id}")
}

/// [`crate::event::Whisper`]s of one session: what concerns only some of those present, or only this moment.
pub fn whispers(id: SessionId) -> String {
    format!("whispers:{id}")
}

/// Told (with an empty payload) when a run that has a callback may have finished.
pub fn callbacks() -> String {
    "callbacks".to_owned()
}

/// Document updates and awareness of one session between nodes.
pub fn document(id: SessionId) -> String {
    format!("document:{id}")
}

/// Told (with an empty payload) whenever a user's rights in a session may have changed, so that
/// open connections ask the store again.
pub fn access(id: SessionId) -> String {
    format!("access:{id}")
}

/// Told when a user logs out everywhere or is deactivated.
pub fn user(id: UserId) -> String {
    format!("user:{id}")
}
