//! Removes what dead jails leave in the kernel, in the background.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::cgroup::Cgroups;
use super::jail::Remains;

/// A killed process is gone in milliseconds; one that the kernel holds longer is left to the next start's sweep.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A handle; the thread ends with the last one and then removes the sandbox's control groups.
#[derive(Debug, Clone)]
pub(super) struct Reaper(Sender<Remains>);

impl Reaper {
    /// Starts the thread.
    pub(super) fn start(cgroups: Arc<Cgroups>) -> Self {
        let (sender, receiver) = channel::<Remains>();
        std::thread::spawn(move || {
            while let Ok(remains) = receiver.recv() {
                wait(&remains);
                remains.group.remove();
            }
            drop(cgroups);
        });
        Self(sender)
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
