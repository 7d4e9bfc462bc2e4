//! One jail from when it is ready to its end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use codecrafter_domain::limits::Limits;
use codecrafter_jail::order::Ends;
use codecrafter_jail::protocol::Each;
use rustix::process::{Signal, pidfd_send_signal};

use super::cell::Cell;
use super::cgroup::{Account, Group};
use super::reaper::Reaper;

/// A jail. Dropping it kills everything in it; what is left in the kernel is removed in the background.
#[derive(Debug)]
pub(super) struct Jail {
    ends: Option<Ends>,
    remains: Option<Remains>,
    reaper: Reaper,
    cpu_before: Duration,
    /// Whether everything but its init has ended.
    is_over: bool,
}

/// What must be removed, or may be used again, when the last process is gone.
#[derive(Debug)]
pub(super) struct Remains {
    pub(super) init: OwnedFd,
    pub(super) group: Group,
    pub(super) cell: Option<Cell>,
    /// The host's end of the control socket, where the init is to stay until it is killed.
    pub(super) control: Option<OwnedFd>,
}

impl Jail {
    /// Takes what the setting up has used so far as the zero of its account.
    pub(super) fn new(ends: Ends, remains: Remains, reaper: Reaper) -> io::Result<Self> {
        let mut jail = Self {
            ends: Some(ends),
            remains: Some(remains),
            reaper,
            cpu_before: Duration::ZERO,
            is_over: false,
        };
        jail.group().adopt(&jail.remains().init)?;
        jail.cpu_before = jail.group().cpu()?;
        Ok(jail)
    }

    fn remains(&self) -> &Remains {
        self.remains.as_ref().expect("taken only in drop")
    }

    fn group(&self) -> &Group {
        &self.remains().group
    }

    /// Sets the limits of its group; must be done before the program starts. Costs nothing where they are the same already.
    pub(super) fn limit(&mut self, limits: &Limits) -> io::Result<()> {
        match &mut self.remains {
            Some(remains) => remains.group.limit(limits),
            None => Ok(()),
        }
    }

    /// The limits that each process must be given, where the group as a whole has none.
    pub(super) fn each(&self, limits: &Limits) -> Option<Each> {
        self.group().each(limits)
    }

    /// Says that the program and all that it started have ended: there is no hurry any more.
    pub(super) fn is_over(&mut self) {
        self.is_over = true;
    }

    /// Keeps its control socket open until it is removed.
    pub(super) fn keep(&mut self, control: OwnedFd) {
        if let Some(remains) = &mut self.remains {
            remains.control = Some(control);
        }
    }

    /// The host's ends of its descriptors, once.
    pub(super) fn take_ends(&mut self) -> Option<Ends> {
        self.ends.take()
    }

    /// Kills everything in it: the kernel ends a pid namespace with its first process.
    pub(super) fn kill(&self) {
        self.remains().kill();
    }

    /// A descriptor that is readable once everything in it is dead.
    pub(super) fn watch(&self) -> io::Result<OwnedFd> {
        self.remains().init.as_fd().try_clone_to_owned()
    }

    /// Processor time of the program so far.
    pub(super) fn cpu(&self) -> io::Result<Duration> {
        Ok(self.group().cpu()?.saturating_sub(self.cpu_before))
    }

    /// What the program has used so far.
    pub(super) fn account(&self) -> io::Result<Account> {
        let account = self.group().account()?;
        Ok(Account {
            cpu: account.cpu.saturating_sub(self.cpu_before),
            ..account
        })
    }
}

impl Remains {
    /// Kills what is alive in it.
    pub(super) fn kill(&self) {
        // However many they are, none runs any more until the first has come to its end.
        self.group.kill();
        // The only error is that it is dead already.
        let _ = pidfd_send_signal(&self.init, Signal::KILL);
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        if !self.is_over {
            self.kill();
        }
        if let Some(remains) = self.remains.take() {
            self.reaper.hand_over(remains, self.is_over);
        }
    }
}
