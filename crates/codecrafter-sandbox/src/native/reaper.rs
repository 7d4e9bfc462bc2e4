//! Removes what dead jails leave in the kernel, in the background.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

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
    pub(super) fn start(cgroups: Arc<Cgroups>) -> (Self, Finished) {
        let (sender, receiver) = channel::<Remains>();
        let (alive, finished) = channel();
        std::thread::spawn(move || {
            while let Ok(remains) = receiver.recv() {
                wait(&remains);
                remains.group.remove();
            }
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

fn wait(remains: &Remains) {
    let mut fds = [PollFd::new(&remains.init, PollFlags::IN)];
    if !matches!(poll(&mut fds, Some(&PATIENCE)), Ok(1)) {
        tracing::warn!("a killed jail did not end in time");
    }
}
