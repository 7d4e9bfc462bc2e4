//! Removes what dead jails leave in the kernel, in the background, or keeps it for the next ones.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cell::{Cell, Cells};
use super::cgroup::Cgroups;
use super::jail::Remains;

/// A killed process is gone in milliseconds; one that the kernel holds longer is left to the next start's sweep.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A handle; the thread ends with the last one and then removes the sandbox's control groups.
#[derive(Debug, Clone)]
pub(super) struct Reaper(Sender<Remains>);

/// Tells when the reaper has nothing left to do.
#[derive(Debug)]
pub(super) struct Finished(Mutex<Receiver<Infallible>>);

impl Finished {
    /// Waits for it, but not for longer than `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let finished = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The only answer is that the thread has let go of its end.
        let _ = finished.recv_timeout(patience);
    }
}

impl Reaper {
    /// Starts the thread.
    pub(super) fn start(cgroups: Arc<Cgroups>, cells: Arc<Cells>) -> (Self, Finished) {
        let (sender, receiver) = channel::<Remains>();
        let (alive, finished) = channel();
        std::thread::spawn(move || {
            while let Ok(remains) = receiver.recv() {
                let is_dead = wait(&remains);
                put_away(remains, is_dead, &cells);
            }
            cells.take_all().into_iter().for_each(Cell::remove);
            drop(cgroups);
            drop(alive);
        });
        (Self(sender), Finished(Mutex::new(finished)))
    }

    /// Takes over what is left of a killed jail.
    pub(super) fn hand_over(&self, remains: Remains) {
        if self.0.send(remains).is_err() {
            tracing::warn!("the sandbox's reaper is gone; the next start removes what is left");
        }
    }
}

/// Whether it is dead.
fn wait(remains: &Remains) -> bool {
    let mut fds = [PollFd::new(&remains.init, PollFlags::IN)];
    let is_dead = matches!(poll(&mut fds, Some(&PATIENCE)), Ok(1));
    if !is_dead {
        tracing::warn!("a killed jail did not end in time");
    }
    is_dead
}

/// Keeps what the next jail may have, removes the rest.
fn put_away(remains: Remains, is_dead: bool, cells: &Cells) {
    let Remains { group, cell, .. } = remains;
    let Some(mut cell) = cell.filter(|cell| is_dead && cell.is_untouched()) else {
        return group.remove();
    };
    cell.group = Some(group);
    cells.keep(cell).into_iter().for_each(Cell::remove);
}
