//! What outlives a jail: namespaces and a control group that the next one may have, since making and removing them is most
//! of what a jail costs.
//!
//! Only what a run cannot have left anything in is used again. Everything in a jail is dead by then, its files are gone with
//! its mounts, and its queues and semaphores with their own namespace. Of a network namespace the kernel's counters tell
//! whether a single packet was ever sent in it, over loopback too: connections that are still closing, addresses in use and
//! what the kernel remembers of peers all begin with one. A user namespace has no state but its map, which stays.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use codecrafter_jail::order::CellEnds;

use super::cgroup::Group;

/// Cells that wait for their next jail: more than are made at a time would only hold memory of the kernel's.
const CELLS_MAX: usize = 16;

/// Longest table of counters: some 4 KiB on a kernel with many protocols.
const TABLE_MAX: usize = 64 << 10;

/// The namespaces of one user, and, while no jail is in it, the group.
#[derive(Debug)]
pub(super) struct Cell {
    /// The program's user id; the init has the next one.
    pub(super) uid: u32,
    pub(super) group: Option<Group>,
    network: OwnedFd,
    user: OwnedFd,
    counters: Vec<Counter>,
}

/// A table of a network namespace, and how it read before anything ran.
#[derive(Debug)]
struct Counter {
    file: File,
    at_first: Vec<u8>,
}

impl Cell {
    /// What a jail of `uid` hands out, before any program runs in it.
    pub(super) fn new(uid: u32, ends: CellEnds) -> io::Result<Self> {
        let counters = ends.counters.into_iter().map(|file| {
            let file = File::from(file);
            let at_first = read_table(&file)?;
            Ok(Counter { file, at_first })
        });
        Ok(Self {
            uid,
            group: None,
            network: ends.network,
            user: ends.user,
            counters: counters.collect::<io::Result<_>>()?,
        })
    }

    /// For the launcher: copies of its namespaces, in the order that it expects.
    pub(super) fn namespaces(&self) -> io::Result<Vec<OwnedFd>> {
        [&self.network, &self.user].into_iter().map(OwnedFd::try_clone).collect()
    }

    /// Its group, if another jail may have that. Asked just before, as the kernel frees some of a dead jail's memory later.
    pub(super) fn take_group(&mut self) -> Option<Group> {
        let group = self.group.take()?;
        if group.renew() {
            return Some(group);
        }
        group.remove();
        None
    }

    /// Removes what the kernel does not remove by itself.
    pub(super) fn remove(self) {
        if let Some(group) = self.group {
            group.remove();
        }
    }

    /// Whether nothing was ever sent in it. The tables of interfaces and of IPv4 are on every kernel.
    pub(super) fn is_untouched(&self) -> bool {
        let unchanged = |counter: &Counter| read_table(&counter.file).is_ok_and(|now| now == counter.at_first);
        self.counters.len() >= 2 && self.counters.iter().all(unchanged)
    }
}

fn read_table(file: &File) -> io::Result<Vec<u8>> {
    let mut table = vec![0; TABLE_MAX];
    let mut length = 0;
    // Not all at once: a table of /proc comes in pages.
    loop {
        let read = file.read_at(&mut table[length..], length as u64)?;
        length += read;
        if read == 0 {
            table.truncate(length);
            return Ok(table);
        }
    }
}

/// Cells that no jail is in.
#[derive(Debug, Default)]
pub(super) struct Cells(Mutex<VecDeque<Cell>>);

impl Cells {
    /// The one that has been empty for longest.
    pub(super) fn take(&self) -> Option<Cell> {
        self.lock().pop_front()
    }

    /// Keeps one whose jail is dead; gives it back if there are enough.
    pub(super) fn keep(&self, cell: Cell) -> Option<Cell> {
        let mut cells = self.lock();
        if cells.len() >= CELLS_MAX {
            return Some(cell);
        }
        cells.push_back(cell);
        None
    }

    /// All of them, at the end.
    pub(super) fn take_all(&self) -> Vec<Cell> {
        self.lock().drain(..).collect()
    }

    // A queue is whole after every single operation.
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Cell>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
