//! What a provider publishes: asked for when it is needed, by one at a time, and kept for a while.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::SsoError;

/// How long it is good. Keys that a provider has taken back are not believed longer than that.
const FRESH: Duration = Duration::from_hours(1);
/// How long a provider is left alone after it has answered, by those who hope for something newer.
const PAUSE: Duration = Duration::from_secs(30);
/// The same after it has not answered: all who waited for that hear it at once.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Cached<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    found: Option<(T, Instant)>,
    failed: Option<(String, Instant)>,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            found: None,
            failed: None,
        }))
    }
}

impl<T: Clone> Cached<T> {
    /// What is known, if it is fresh; otherwise what the provider says now.
    pub(super) async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<T, SsoError>
    where
        F: Future<Output = Result<T, SsoError>>,
    {
        self.no_older_than(FRESH, ask).await
    }

    /// What the provider says now, unless it was asked a moment ago.
    pub(super) async fn newer<F>(&self, ask: impl FnOnce() -> F) -> Result<T, SsoError>
    where
        F: Future<Output = Result<T, SsoError>>,
    {
        self.no_older_than(PAUSE, ask).await
    }

    async fn no_older_than<F>(&self, age: Duration, ask: impl FnOnce() -> F) -> Result<T, SsoError>
    where
        F: Future<Output = Result<T, SsoError>>,
    {
        let mut state = self.0.lock().await;
        if let Some((found, at)) = &state.found
            && at.elapsed() < age
        {
            return Ok(found.clone());
        }
        if let Some((why, at)) = &state.failed
            && at.elapsed() < PAUSE_AFTER_FAILURE
        {
            return Err(SsoError::Unavailable(why.clone()));
        }
        match ask().await {
            Ok(found) => {
                state.found = Some((found.clone(), Instant::now()));
                state.failed = None;
                Ok(found)
            }
            Err(error) => {
                state.failed = Some((error.to_string(), Instant::now()));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_provider_is_asked_once_in_a_while() {
        let (cached, asked) = (Cached::default(), AtomicU32::new(0));
        let ask = || async { Ok(asked.fetch_add(1, Ordering::Relaxed)) };
        assert_eq!(cached.get(ask).await.expect("asked"), 0);
        assert_eq!(cached.get(ask).await.expect("known"), 0);
        assert_eq!(cached.newer(ask).await.expect("too soon"), 0);
        tokio::time::advance(PAUSE).await;
        assert_eq!(cached.get(ask).await.expect("known"), 0);
        assert_eq!(cached.newer(ask).await.expect("asked"), 1);
        tokio::time::advance(FRESH).await;
        assert_eq!(cached.get(ask).await.expect("asked"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_to_all_who_waited() {
        let (cached, asked) = (Cached::<u32>::default(), AtomicU32::new(0));
        let fail = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(8)).await;
            Err(SsoError::unavailable("away"))
        };
        let (one, other) = tokio::join!(cached.get(fail), cached.get(fail));
        assert!(one.is_err() && other.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::advance(PAUSE_AFTER_FAILURE).await;
        assert_eq!(cached.get(|| async { Ok(7) }).await.expect("back"), 7);
    }
}
