//! How a request is to be taken, apart from what it asks for.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use codecrafter_domain::execution::{ExecutionRequest, Priority};
use codecrafter_domain::validate::Invalid;
use codecrafter_store::executions::Idempotency;
use sha2::{Digest as _, Sha256};

/// How long a key is remembered, in hours.
const REMEMBERED_H: i64 = 24;
/// Longest key, in bytes.
const KEY_BYTES: usize = 128;

/// How a request is to be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// By which a repetition of the request is known.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Whether somebody waits for the result on an open connection.
    pub waits: bool,
    /// Unfinished runs that the user may have, this one included; the default unless set.
    pub most_unfinished: Option<u64>,
}

/// A client's name for one request: requests of one user with the same one are the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl FromStr for IdempotencyKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || text.is_empty() || text.len() > KEY_BYTES {
            return Err(format!("must have 1 to {KEY_BYTES} visible ASCII characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Submission {
    /// Whose turn it is: a request may give way, but not push in.
    pub(crate) fn priority(&self, request: &ExecutionRequest) -> Result<Priority, Invalid> {
        let most = if self.waits || request.session_id.is_some() || request.is_interactive() {
            Priority::Interactive
        } else {
            Priority::Batch
        };
        match request.priority {
            Some(Priority::Interactive) if most == Priority::Batch => Err(Invalid::one(
                "priority",
                "interactive is for runs in a session and those with wait=true",
            )),
            asked => Ok(asked.unwrap_or(most)),
        }
    }

    /// What the store is to remember the request by. Two requests are the same if they say the same, in whatever order
    /// and with whatever spaces.
    pub(crate) fn idempotency(&self, request: &ExecutionRequest, now: DateTime<Utc>) -> Option<Idempotency> {
        let key = self.idempotency_key.as_ref()?;
        let said = serde_json::to_vec(request).expect("a request came as JSON and can be written as such");
        Some(Idempotency {
            key: key.0.clone(),
            request: Sha256::digest(said).into(),
            since: now - TimeDelta::hours(REMEMBERED_H),
        })
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::id::SessionId;

    use super::*;

    #[test]
    fn keys_are_short_and_visible() {
        let long = "x".repeat(KEY_BYTES + 1);
        for wrong in ["", " ", "a b", "a\n", "é", "\u{7f}", &long] {
            assert!(wrong.parse::<IdempotencyKey>().is_err(), "{wrong:?}");
        }
        for right in ["a", "!~", &long[1..]] {
            assert_eq!(
                right.parse::<IdempotencyKey>().map(|key| key.to_string()),
                Ok(right.to_owned())
            );
        }
    }

    #[test]
    fn nobody_pushes_in() {
        let request = |priority, session_id| ExecutionRequest {
            priority,
            session_id,
            ..ExecutionRequest::default()
        };
        let submission = |waits| Submission {
            waits,
            ..Submission::default()
        };
        let (interactive, batch) = (Priority::Interactive, Priority::Batch);
        for (asked, in_session, waits, given) in [
            (None, false, false, Some(batch)),
            (None, true, false, Some(interactive)),
            (None, false, true, Some(interactive)),
            (Some(batch), true, true, Some(batch)),
            (Some(interactive), true, false, Some(interactive)),
            (Some(interactive), false, true, Some(interactive)),
            (Some(interactive), false, false, None),
        ] {
            let request = request(asked, in_session.then(SessionId::new));
            assert_eq!(submission(waits).priority(&request).ok(), given);
        }
    }
}
