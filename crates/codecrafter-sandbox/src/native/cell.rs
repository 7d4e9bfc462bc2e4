//! What outlives a jail: namespaces and a control group that the next one may have, since making and removing them is most
//! of what a jail costs.
//!
//! Only what a run cannot have left anything in is used again. Everything in a jail is dead by then, its files are gone with
//! its mounts, and its queues and semaphores with their own namespace. Of a network namespace the kernel's tables tell
//! whether a socket is left in it and whether a single packet was ever sent in it, over loopback too: connections that are
//! still closing, addresses in use and what the kernel remembers of peers all begin with one. A user namespace has no state
//! but its map, which stays.

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

/// Of these, how many stay when there has been nothing to do: as many as two runs at the same time leave.
const CELLS_AT_REST: usize = 2;

/// Longest table of counters: some 6 KiB on a kernel with many protocols.
const TABLE_MAX: usize = 64 << 10;

/// The namespaces of one user, and, while no jail is in it, the group.
#[derive(Debug)]
pub(super) struct Cell {
    /// The program's user id; the init has the next one.
    pub(super) uid: u32,
    pub(super) group: Option<Group>,
    network: OwnedFd,
    user: OwnedFd,
    tables: Vec<Table>,
}

/// A table of a network namespace, and how it read before anything ran.
#[derive(Debug)]
struct Table {
    file: File,
    at_first: Vec<u8>,
    /// How much of it is compared: a byte more than there was at first would be a change, too.
    compared: usize,
}

impl Table {
    fn new(file: OwnedFd) -> io::Result<Self> {
        let file = File::from(file);
        let at_first = read_table(&file, TABLE_MAX)?;
        let compared = at_first.len() + 1;
        Ok(Self {
            file,
            at_first,
            compared,
        })
    }

    /// The first line only: what follows is counted for the machine.
    fn first_line(file: OwnedFd) -> io::Result<Self> {
        let mut table = Self::new(file)?;
        let end = table.at_first.iter().position(|&byte| byte == b'\n');
        table.at_first.truncate(end.map_or(0, |end| end + 1));
        table.compared = table.at_first.len();
        Ok(table)
    }

    fn is_unchanged(&self) -> bool {
        read_table(&self.file, self.compared).is_ok_and(|now| now == self.at_first)
    }
}

impl Cell {
    /// What a jail of `uid` hands out, before any program runs in it.
    pub(super) fn new(uid: u32, ends: CellEnds) -> io::Result<Self> {
        let mut tables = vec![Table::first_line(ends.sockets)?];
        for file in ends.counters {
            tables.push(Table::new(file)?);
        }
        Ok(Self {
            uid,
            group: None,
            network: ends.network,
            user: ends.user,
            tables,
        })
    }

    /// For the launcher: copies of its namespaces, in the order that it expects.
    pub(super) fn namespaces(&self) -> io::Result<Vec<OwnedFd>> {
        [&self.network, &self.user]
            .into_iter()
            .map(OwnedFd::try_clone)
            .collect()
    }

    /// Its group, if another jail may have that. Asked just before, as the kernel frees some of a dead jail's memory later.
    pub(super) fn take_group(&mut self) -> Option<Group> {
        let mut group = self.group.take()?;
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

    /// Whether nothing was ever sent in it, and nothing of it is left. Sockets, interfaces and IPv4 are on every kernel.
    pub(super) fn is_untouched(&self) -> bool {
        self.tables.len() >= 3 && self.tables.iter().all(Table::is_unchanged)
    }
}

/// The first `most` bytes of a table. It is made anew for whoever reads it from its start.
fn read_table(file: &File, most: usize) -> io::Result<Vec<u8>> {
    let mut table = vec![0; most];
    let mut length = 0;
    // Not all at once: a table of /proc comes in pages.
    while length < most {
        match file.read_at(&mut table[length..], length as u64)? {
            0 => break,
            read => length += read,
        }
    }
    table.truncate(length);
    Ok(table)
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

    /// Whether there are more than need to be kept when there is nothing to do.
    pub(super) fn are_many(&self) -> bool {
        self.lock().len() > CELLS_AT_REST
    }

    /// Those that need not be kept when there is nothing to do.
    pub(super) fn take_spare(&self) -> Vec<Cell> {
        let mut cells = self.lock();
        let spare = cells.len().saturating_sub(CELLS_AT_REST);
        cells.drain(..spare).collect()
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
