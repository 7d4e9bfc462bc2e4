//! Removes what dead jails leave in the kernel, in the background, or keeps it for the next ones.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cell::{Cell, Cells};
use super::cgroup::Cgroups;
use super::jail::Remains;

/// A killed process is gone in milliseconds; one that the kernel holds longer is left to the next start's sweep.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// How long the init of a run that has ended is left alone: its end makes the kernel clean up, and until then the processors
/// have better things to do, such as storing and sending the result.
const REST: Duration = Duration::from_millis(4);

/// After how long without a dying jail there is nothing to do.
const LULL: Duration = Duration::from_millis(500);

/// What is left of a jail, and, if nothing in it can run any more, when it may end.
struct Left {
    remains: Remains,
    ends_at: Option<Instant>,
}

/// A handle; the threads end with the last one and then remove the sandbox's control groups.
#[derive(Debug, Clone)]
pub(super) struct Reaper(Sender<Left>);

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
    /// Starts its threads: one ends jails in their time, the other waits for their ends, which may take the kernel longer.
    pub(super) fn start(cgroups: Arc<Cgroups>, cells: Arc<Cells>) -> (Self, Finished) {
        let (sender, receiver) = channel::<Left>();
        let (to_dying, dying) = channel::<Remains>();
        let (alive, finished) = channel();
        std::thread::spawn(move || {
            for left in receiver {
                end(&left);
                // The other thread ends after this one.
                let _ = to_dying.send(left.remains);
            }
        });
        std::thread::spawn(move || {
            while let Some(remains) = next(&dying, &cells) {
                let is_dead = wait(&remains);
                put_away(remains, is_dead, &cells);
            }
            cells.take_all().into_iter().for_each(Cell::remove);
            drop(cgroups);
            drop(alive);
        });
        (Self(sender), Finished(Mutex::new(finished)))
    }

    /// Takes over what is left of a jail: killed, or over by itself.
    pub(super) fn hand_over(&self, remains: Remains, is_over: bool) {
        let ends_at = is_over.then(|| Instant::now() + REST);
        if self.0.send(Left { remains, ends_at }).is_err() {
            tracing::warn!("the sandbox's reaper is gone; the next start removes what is left");
        }
    }
}

/// The next jail that is dying; none at the end. When none has come for a while, what is kept for bursts is let go of.
fn next(dying: &Receiver<Remains>, cells: &Cells) -> Option<Remains> {
    if cells.are_many() {
        match dying.recv_timeout(LULL) {
            Err(RecvTimeoutError::Timeout) => cells.take_spare().into_iter().for_each(Cell::remove),
            next => return next.ok(),
        }
    }
    dying.recv().ok()
}

/// Kills it in its time, if it is not killed already.
fn end(left: &Left) {
    if let Some(at) = left.ends_at {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        left.remains.kill();
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
