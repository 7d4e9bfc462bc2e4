//! Whose turn it is to change a document, among the tasks of this process.
//!
//! Right without: whoever changes a document says which version of it they have read, and tries again if it is another
//! one by then. Tasks that take turns need not. And FerretDB 1 changes a document by reading and writing it, two
//! steps: with turns, one process at it loses nothing there either.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// More than there are connections; those who share one by chance wait needlessly, no more.
const TURNS: usize = 512;

/// Turns by the name of what is changed. Nobody who has one asks for another.
#[derive(Debug)]
pub(super) struct Turns {
    hasher: RandomState,
    turns: Vec<Mutex<()>>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            turns: (0..TURNS).map(|_| Mutex::new(())).collect(),
        }
    }

    /// Waits until nobody else changes this document.
    pub(super) async fn take(&self, collection: &str, id: &str) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one((collection, id));
        let index = usize::try_from(hash % TURNS as u64).unwrap_or_default();
        self.turns[index].lock().await
    }
}
