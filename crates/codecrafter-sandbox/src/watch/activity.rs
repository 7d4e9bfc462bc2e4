//! Whether anything moves in a program's streams.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When there last was input or output.
pub(crate) struct Activity(Mutex<Instant>);

impl Activity {
    /// Begins now.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// There is some.
    pub(crate) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Comes back once there was none for `limit_ms`; without a limit never.
    pub(crate) async fn ceased(&self, limit_ms: Option<u64>) {
        let Some(limit) = limit_ms.map(Duration::from_millis) else {
            return std::future::pending().await;
        };
        loop {
            let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner) + limit;
            if Instant::now() >= until {
                return;
            }
            sleep_until(until).await;
        }
    }
}
