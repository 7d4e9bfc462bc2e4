//! How much of each kind of log is kept, in one place so that all who append agree.

use std::time::Duration;

use chrono::Utc;

use crate::LogBounds;

impl LogBounds {
    /// For the events of one execution: enough for the largest output that limits allow by default,
    /// kept for five minutes after the last one. Numbered from 1.
    pub fn execution() -> Self {
        Self {
            first: 1,
            entries: 10_000,
            bytes: 4 * 1024 * 1024,
            expiry: Duration::from_mins(5),
        }
    }

    /// For the events of one session: what somebody who lost the connection for a while missed.
    /// Numbered from the clock, in ms, so that positions rise across restarts.
    pub fn session() -> Self {
        Self {
            first: u64::try_from(Utc::now().timestamp_millis()).unwrap_or(1),
            entries: 1_000,
            bytes: 2 * 1024 * 1024,
            expiry: Duration::from_hours(1),
        }
    }
}
