//! Whose credentials were found a moment ago, so that a page's burst of reads asks the store once.
//!
//! What is remembered here ends when this process hears that it may have changed, and in any case after [`FRESH`]:
//! other processes end logins, too, and that must be felt within a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use codecrafter_domain::id::{ApiKeyId, LoginId, UserId};
use codecrafter_domain::user::User;
use codecrafter_store::types::KeyHolder;
use tokio::time::Instant;

/// How long an answer of the store is good.
const FRESH: Duration = Duration::from_millis(500);
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
    by_name: HashMap<Name, (Arc<Holder>, Instant)>,
    sweep_at: usize,
}

/// How many changes there had been when somebody began to ask the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Known {
    /// To be called before asking the store.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.changes.load(Ordering::SeqCst))
    }

    /// What was found, if that is fresh.
    pub(crate) fn get(&self, name: Name) -> Option<Arc<Holder>> {
        let found = self.lock();
        let (holder, at) = found.by_name.get(&name)?;
        (at.elapsed() < FRESH).then(|| Arc::clone(holder))
    }

    /// Remembers an answer of the store, unless something has changed since it was asked.
    pub(crate) fn put(&self, name: Name, holder: &Arc<Holder>, asked: Moment) {
        let mut found = self.lock();
        if self.moment() != asked {
            return;
        }
        found.by_name.insert(name, (Arc::clone(holder), Instant::now()));
        if found.by_name.len() > found.sweep_at.max(SWEEP_AT) {
            found.by_name.retain(|_, (_, at)| at.elapsed() < FRESH);
            found.sweep_at = found.by_name.len() * 2;
        }
    }

    /// Forgets all that is known of a user.
    pub(crate) fn forget(&self, user: UserId) {
        let mut found = self.lock();
        self.changes.fetch_add(1, Ordering::SeqCst);
        found.by_name.retain(|_, (holder, _)| holder.user().id != user);
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
        known.put(name, &holder(), known.moment());
        tokio::time::advance(FRESH.saturating_sub(Duration::from_millis(1))).await;
        assert!(known.get(name).is_some());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(known.get(name).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_felt_at_once_and_by_answers_on_their_way() {
        let (known, one, two) = (Known::default(), holder(), holder());
        let names = [Name::Login(LoginId::new()), Name::Key(ApiKeyId::new())];
        let asked = known.moment();
        known.put(names[0], &one, asked);
        known.put(names[1], &two, asked);
        known.forget(one.user().id);
        assert!(known.get(names[0]).is_none() && known.get(names[1]).is_some());
        known.put(names[0], &one, asked);
        assert!(known.get(names[0]).is_none());
        known.put(names[0], &one, known.moment());
        assert!(known.get(names[0]).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn old_answers_are_swept() {
        let known = Known::default();
        for _ in 0..4 {
            for _ in 0..SWEEP_AT {
                known.put(Name::Login(LoginId::new()), &holder(), known.moment());
            }
            tokio::time::advance(FRESH).await;
        }
        assert!(known.lock().by_name.len() <= 2 * SWEEP_AT);
    }
}
