//! Whose credentials were found a moment ago, and what they may use, so that a burst of requests asks the store once.
//!
//! What is remembered here ends when this process hears that it may have changed, and in any case after [`FRESH`]:
//! other processes end logins, too, and that must be felt within a second.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecrafter_domain::admin::Quota;
use codecrafter_domain::id::{ApiKeyId, LoginId, UserId};
use codecrafter_domain::user::User;
use codecrafter_store::types::KeyHolder;
use tokio::time::Instant;

/// How long an answer of the store is good: what is asked once a second seldom waits for it.
const FRESH: Duration = Duration::from_millis(900);
/// Old answers are looked for when there are this many.
const SWEEP_AT: usize = 4096;

/// What a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Login(LoginId),
    Key(ApiKeyId),
}

/// What the store says of it.
#[derive(Debug)]
pub(crate) enum Holder {
    Login(User),
    Key(KeyHolder),
}

impl Holder {
    pub(crate) fn user(&self) -> &User {
        match self {
            Self::Login(user) | Self::Key(KeyHolder { user, .. }) => user,
        }
    }
}

/// What was found a moment ago.
#[derive(Default)]
pub(crate) struct Known {
    /// Rises with every change that this process hears of.
    changes: AtomicU64,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    holders: Fresh<Name, Arc<Holder>>,
    quotas: Fresh<UserId, Quota>,
}

/// Answers, and when each was given.
struct Fresh<K, V> {
    answers: HashMap<K, (V, Instant)>,
    sweep_at: usize,
}

impl<K, V> Default for Fresh<K, V> {
    fn default() -> Self {
        Self {
            answers: HashMap::new(),
            sweep_at: SWEEP_AT,
        }
    }
}

impl<K: Eq + Hash, V: Clone> Fresh<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        let (answer, at) = self.answers.get(key)?;
        (at.elapsed() < FRESH).then(|| answer.clone())
    }

    fn put(&mut self, key: K, answer: V) {
        self.answers.insert(key, (answer, Instant::now()));
        if self.answers.len() > self.sweep_at {
            self.answers.retain(|_, (_, at)| at.elapsed() < FRESH);
            self.sweep_at = SWEEP_AT.max(self.answers.len() * 2);
        }
    }
}

/// How many changes there had been when somebody began to ask the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Known {
    /// To be called before asking the store.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.changes.load(Ordering::SeqCst))
    }

    /// Who was found, if that is fresh.
    pub(crate) fn holder(&self, name: Name) -> Option<Arc<Holder>> {
        self.lock().holders.get(&name)
    }

    /// Remembers an answer of the store, unless something has changed since it was asked.
    pub(crate) fn put_holder(&self, name: Name, holder: &Arc<Holder>, asked: Moment) {
        let mut found = self.lock();
        if self.moment() == asked {
            found.holders.put(name, Arc::clone(holder));
        }
    }

    /// What a user may use, if that is fresh.
    pub(crate) fn quota(&self, user: UserId) -> Option<Quota> {
        self.lock().quotas.get(&user)
    }

    /// Remembers an answer of the store, unless something has changed since it was asked.
    pub(crate) fn put_quota(&self, user: UserId, quota: Quota, asked: Moment) {
        let mut found = self.lock();
        if self.moment() == asked {
            found.quotas.put(user, quota);
        }
    }

    /// Forgets all that is known of a user.
    pub(crate) fn forget(&self, user: UserId) {
        let mut found = self.lock();
        self.changes.fetch_add(1, Ordering::SeqCst);
        found.holders.answers.retain(|_, (holder, _)| holder.user().id != user);
        found.quotas.answers.remove(&user);
    }

    // Entries are put in and taken out in one step each.
    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::id::SessionId;

    use super::*;

    fn holder() -> Arc<Holder> {
        let user = User::guest("Ada", SessionId::new(), codecrafter_domain::time::now());
        Arc::new(Holder::Login(user))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_is_soon_asked_again() {
        let (known, name) = (Known::default(), Name::Login(LoginId::new()));
        known.put_holder(name, &holder(), known.moment());
        tokio::time::advance(FRESH.saturating_sub(Duration::from_millis(1))).await;
        assert!(known.holder(name).is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(known.holder(name).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_felt_at_once_and_by_answers_on_their_way() {
        let (known, one, two) = (Known::default(), holder(), holder());
        let names = [Name::Login(LoginId::new()), Name::Key(ApiKeyId::new())];
        let asked = known.moment();
        known.put_holder(names[0], &one, asked);
        known.put_holder(names[1], &two, asked);
        known.forget(one.user().id);
        assert!(known.holder(names[0]).is_none() && known.holder(names[1]).is_some());
        known.put_holder(names[0], &one, asked);
        assert!(known.holder(names[0]).is_none());
        known.put_holder(names[0], &one, known.moment());
        assert!(known.holder(names[0]).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn old_answers_are_swept() {
        let known = Known::default();
        for _ in 0..4 {
            for _ in 0..SWEEP_AT {
                known.put_holder(Name::Login(LoginId::new()), &holder(), known.moment());
            }
            tokio::time::advance(FRESH).await;
        }
        assert!(known.lock().holders.answers.len() <= 2 * SWEEP_AT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quota_is_known_until_it_may_have_changed() {
        let (known, user, other) = (Known::default(), UserId::new(), UserId::new());
        let asked = known.moment();
        known.put_quota(user, Quota::default(), asked);
        known.put_quota(other, Quota::default(), asked);
        known.forget(user);
        assert!(known.quota(user).is_none() && known.quota(other).is_some());
        known.put_quota(user, Quota::default(), asked);
        assert!(known.quota(user).is_none());
        tokio::time::advance(FRESH).await;
        assert!(known.quota(other).is_none());
    }
}
