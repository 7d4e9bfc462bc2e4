//! Ready jails, and when to make more.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use codecrafter_domain::limits::Limits;
use tokio::sync::Semaphore;

use crate::SandboxError;
use crate::native::jail::Jail;

/// A jail that was taken is not replaced before this while others are left: most programs, a short one in Python
/// included, have ended by then, and would share the processor with the making.
const CALM: Duration = Duration::from_millis(16);

/// Bounded; takers wait for makers and makers for takers.
#[derive(Debug)]
pub(super) struct Shelf {
    size: usize,
    state: Mutex<State>,
    /// Wakes makers.
    changed: Condvar,
    /// As many permits as ready jails.
    ready: Semaphore,
}

#[derive(Debug)]
struct State {
    jails: VecDeque<Jail>,
    /// Of the program that came last.
    limits: Limits,
    underway: usize,
    /// When the first jail that is not yet replaced was taken.
    taken_at: Option<Instant>,
    is_closed: bool,
    failure: Option<SandboxError>,
}

impl Shelf {
    /// Holds `size` jails, made ready for programs with such limits.
    pub(super) fn new(size: usize, limits: Limits) -> Self {
        Self {
            size,
            state: Mutex::new(State {
                jails: VecDeque::new(),
                limits,
                underway: 0,
                taken_at: None,
                is_closed: false,
                failure: None,
            }),
            changed: Condvar::new(),
            ready: Semaphore::new(0),
        }
    }

    // Every single change leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which limits the next programs are likely to have.
    pub(super) fn expect(&self, limits: &Limits) {
        self.lock().limits = *limits;
    }

    /// The jail that has been ready for longest.
    pub(super) async fn take(&self) -> Result<Jail, SandboxError> {
        let permit = self.ready.acquire().await;
        let mut state = self.lock();
        if let Ok(permit) = permit
            && let Some(jail) = state.jails.pop_front()
        {
            permit.forget();
            state.taken_at.get_or_insert_with(Instant::now);
            self.changed.notify_one();
            return Ok(jail);
        }
        let ended = || SandboxError::Unavailable("a launcher has ended; try again".to_owned());
        Err(state.failure.take().unwrap_or_else(ended))
    }

    /// The same without waiting; nothing where none is ready, or none will be.
    pub(super) fn try_take(&self) -> Option<Jail> {
        let permit = self.ready.try_acquire().ok()?;
        let mut state = self.lock();
        let jail = state.jails.pop_front()?;
        permit.forget();
        state.taken_at.get_or_insert_with(Instant::now);
        self.changed.notify_one();
        Some(jail)
    }

    /// Waits until one more jail should be made, which the caller then does, and for which limits; nothing at the end.
    pub(super) fn wait_for_room(&self) -> Option<Limits> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            match state.due(self.size) {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        state.underway += 1;
        if state.jails.len() + state.underway >= self.size {
            state.taken_at = None;
        }
        Some(state.limits)
    }

    /// Puts in what was made.
    pub(super) fn put(&self, jail: Jail) {
        let mut state = self.lock();
        state.underway -= 1;
        if state.is_closed {
            return;
        }
        state.jails.push_back(jail);
        self.ready.add_permits(1);
    }

    /// Lets go of all jails; takers get the reason, if any.
    pub(super) fn close(&self, failure: Option<SandboxError>) {
        let mut state = self.lock();
        state.is_closed = true;
        state.failure = state.failure.take().or(failure);
        let jails = std::mem::take(&mut state.jails);
        drop(state);
        drop(jails);
        self.ready.close();
        self.changed.notify_all();
    }
}

impl State {
    /// How long until one more is to be made; `None` while there are enough.
    fn due(&self, size: usize) -> Option<Duration> {
        let coming = self.jails.len() + self.underway;
        if coming >= size {
            return None;
        }
        match self.taken_at {
            Some(taken_at) if coming * 2 >= size => Some(CALM.saturating_sub(taken_at.elapsed())),
            _ => Some(Duration::ZERO),
        }
    }
}
