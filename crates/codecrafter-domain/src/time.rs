//! Moments.

use chrono::{DateTime, SubsecRound as _, Utc};

/// Now, in whole microseconds: as stores keep it, so that a moment is the same before and after.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
