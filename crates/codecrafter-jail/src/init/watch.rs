//! Watching the program: its end, the ends of what it started, and signals for it from the host.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{WaitOptions, WaitStatus};

use crate::error::{Result, Step};
use crate::porter::Porter;
use crate::protocol::Ended;
use crate::sys;

/// More than waits in either descriptor at one moment; what is left is read in the next round.
const BUFFER: usize = 1024;

/// A program that runs, and what is heard about it.
pub(super) struct Watch {
    /// Its process id, which is also that of its group.
    pub(super) program: i32,
    /// Who brings its file, if that comes later.
    pub(super) porter: Option<Porter>,
    /// Readable when a process has ended.
    pub(super) children: OwnedFd,
    /// Numbers of signals for the program, until the host closes its end.
    pub(super) signals: Option<OwnedFd>,
}

impl Watch {
    /// Reaps whatever ends, and passes signals on, until the program ends. Its number is its own as long as it is not
    /// reaped, so that no signal hits anything else.
    pub(super) fn wait(&mut self) -> Result<Ended> {
        loop {
            if let Some(ended) = self.reap()? {
                return Ok(ended);
            }
            self.listen()?;
        }
    }

    fn reap(&mut self) -> Result<Option<Ended>> {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid.as_raw_pid() == self.program => return Ok(Some(ended(status))),
                Ok(Some((pid, _))) => drop(self.porter.take_if(|porter| porter.process == pid.as_raw_pid())),
                Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return Ok(None),
                Err(error) => return Err(error).step("wait for the program"),
            }
        }
    }

    /// Waits until there is something to do; signals are passed on at once.
    fn listen(&mut self) -> Result<()> {
        let mut buffer = [0; BUFFER];
        let mut fds = vec![PollFd::new(&self.children, PollFlags::IN)];
        fds.extend(self.signals.iter().map(|signals| PollFd::new(signals, PollFlags::IN)));
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).step("wait for news"),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        if ready[0] {
            // How many have ended is seen when they are reaped.
            let _ = rustix::io::read(&self.children, &mut buffer);
        }
        if let (Some(true), Some(signals)) = (ready.get(1), &self.signals) {
            let length = rustix::io::read(signals, &mut buffer).unwrap_or_default();
            for &signal in &buffer[..length] {
                sys::signal_group(self.program, signal.into());
            }
            if length == 0 {
                self.signals = None;
            }
        }
        Ok(())
    }
}

fn ended(status: WaitStatus) -> Ended {
    match status.terminating_signal() {
        Some(signal) => Ended::Signalled(signal),
        None => Ended::Exited(status.exit_status().unwrap_or_default()),
    }
}
