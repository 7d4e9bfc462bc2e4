//! What a request has taken from budgets, told to its client: `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers).

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

tokio::task_local! {
    static SPENT: RefCell<Vec<Spent>>;
}

/// A budget that something was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Its name.
    pub(crate) name: &'static str,
    /// Requests per window.
    pub(crate) limit: u64,
    /// The window.
    pub(crate) window: Duration,
    /// What is left of it.
    pub(crate) left: u64,
    /// Until it is whole again.
    pub(crate) resets_in: Duration,
}

/// Notes it for the request under way; outside of one it is told to nobody.
pub(super) fn note(spent: Spent) {
    let _ = SPENT.try_with(|all| {
        let mut all = all.borrow_mut();
        all.retain(|other| other.name != spent.name);
        all.push(spent);
    });
}

/// Answers a request, and gives what it has taken from budgets.
pub(crate) async fn noting<T>(answering: impl Future<Output = T>) -> (T, Vec<Spent>) {
    SPENT
        .scope(RefCell::default(), async {
            let answer = answering.await;
            (answer, SPENT.with(RefCell::take))
        })
        .await
}

/// Tells what was taken.
pub(crate) fn tell(headers: &mut HeaderMap, spent: &[Spent]) {
    if spent.is_empty() {
        return;
    }
    let (mut policy, mut left) = (String::new(), String::new());
    for Spent {
        name,
        limit,
        window,
        left: rest,
        resets_in,
    } in spent
    {
        let comma = if policy.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(policy, r#"{comma}"{name}";q={limit};w={}"#, window.as_secs());
        let _ = write!(left, r#"{comma}"{name}";r={rest};t={}"#, resets_in.as_secs());
    }
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_budget_is_told_once() {
        let spent = |name, left| Spent {
            name,
            limit: 10,
            window: Duration::from_mins(1),
            left,
            resets_in: Duration::from_millis(41_500),
        };
        let answering = async {
            for one in [spent("general", 9), spent("general", 8), spent("execute", 3)] {
                note(one);
            }
        };
        let ((), all) = noting(answering).await;
        let mut headers = HeaderMap::new();
        tell(&mut headers, &all);
        assert_eq!(
            headers["ratelimit-policy"],
            r#""general";q=10;w=60, "execute";q=10;w=60"#
        );
        assert_eq!(headers["ratelimit"], r#""general";r=8;t=41, "execute";r=3;t=41"#);
    }
}
