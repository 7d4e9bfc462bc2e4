//! The host's side of a launcher: starts it, orders jails from it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use codecrafter_jail::protocol::{
    Answer, FRAME_MAX, PACKET_MAX, Prepare, Template, TemplateResult, decode, frame_length,
};
use codecrafter_jail::{recv_with_fds, send_with_fds};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::Workshop;
use super::jail::{Ends, Jail};
use crate::SandboxError;

/// A jail is ready in milliseconds; a machine on which it takes longer than this cannot run programs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running launcher. Dropping it ends it and with it every jail that it forked.
pub(super) struct Launcher {
    control: Option<OwnedFd>,
    process: Child,
}

impl Launcher {
    /// Starts one whose jails all see what `template` names.
    pub(super) fn start(workshop: &Workshop, template: &Template) -> Result<Self, SandboxError> {
        let failed = |error: io::Error| SandboxError::Internal(format!("cannot start a launcher: {error}"));
        let (control, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .map_err(|error| failed(error.into()))?;
        rustix::net::sockopt::set_socket_timeout(&control, rustix::net::sockopt::Timeout::Recv, Some(PATIENCE))
            .map_err(|error| failed(error.into()))?;
        let process = Command::new(&workshop.config.launcher)
            .arg0("codecrafter")
            .arg(codecrafter_jail::ARGUMENT)
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let launcher = Self {
            control: Some(control),
            process,
        };
        launcher.furnish(template)?;
        Ok(launcher)
    }

    fn furnish(&self, template: &Template) -> Result<(), SandboxError> {
        let failed = |error: io::Error| SandboxError::Internal(format!("the launcher does not answer: {error}"));
        let words = serde_json::to_vec(template).map_err(|error| failed(error.into()))?;
        send_with_fds(self.control(), &words, &[]).map_err(failed)?;
        let mut buffer = vec![0; PACKET_MAX];
        let (length, _) = recv_with_fds(self.control(), &mut buffer).map_err(failed)?;
        let answer: TemplateResult = decode(&buffer[..length]).map_err(failed)?;
        answer.map_err(|error| SandboxError::Spec(format!("cannot make the jail's files: {error}")))
    }

    fn control(&self) -> BorrowedFd<'_> {
        self.control.as_ref().expect("taken only in drop").as_fd()
    }

    /// Makes one jail and waits until it is ready.
    pub(super) fn prepare(&self, workshop: &Workshop) -> Result<Jail, SandboxError> {
        self.order(workshop)
            .map_err(|error| SandboxError::Unavailable(format!("cannot make a jail: {error}")))
    }

    fn order(&self, workshop: &Workshop) -> io::Result<Jail> {
        let group = workshop.cgroups.make()?;
        let (stdin, to_stdin) = io::pipe()?;
        let (from_stdout, stdout) = io::pipe()?;
        let (from_stderr, stderr) = io::pipe()?;
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(PATIENCE))?;
        let (cgroup, cgroup_fds) = group.join()?;
        let prepare = Prepare {
            uid: workshop.uids.next(),
            cgroup,
        };
        let mut fds = vec![theirs.as_fd(), stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
        fds.extend(cgroup_fds.iter().map(AsFd::as_fd));
        let sent = serde_json::to_vec(&prepare)
            .map_err(io::Error::from)
            .and_then(|words| send_with_fds(self.control(), &words, &fds));
        drop((theirs, stdin, stdout, stderr, cgroup_fds));
        let waited = sent.and_then(|()| wait_until_ready(&control));
        let init = match waited {
            Ok(init) => init,
            Err(error) => {
                group.remove();
                return Err(error);
            }
        };
        let ends = Ends {
            control,
            stdin: to_stdin.into(),
            stdout: from_stdout.into(),
            stderr: from_stderr.into(),
        };
        Jail::new(ends, init, group, workshop.reaper.clone())
    }
}

/// The pidfd of the jail's init, which the launcher sends, and the word that it is ready, which the jail sends.
fn wait_until_ready(control: &UnixStream) -> io::Result<OwnedFd> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let (mut init, mut is_ready) = (None, false);
    loop {
        while let Some(answer) = take_frame(&mut received)? {
            match answer {
                Answer::Forked => {}
                Answer::Ready => is_ready = true,
                Answer::Failed(reason) => return Err(io::Error::other(reason)),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        if let (Some(_), true) = (&init, is_ready) {
            return init.ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
        let (length, fds) = recv_with_fds(control, &mut buffer)?;
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the jail ended before it was ready",
            ));
        }
        init = fds.into_iter().next().or(init);
        received.extend_from_slice(&buffer[..length]);
        if received.len() > FRAME_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

fn take_frame(received: &mut Vec<u8>) -> io::Result<Option<Answer>> {
    let Some(head) = received.first_chunk::<4>() else {
        return Ok(None);
    };
    let end = 4 + frame_length(*head)?;
    if received.len() < end {
        return Ok(None);
    }
    let answer = decode(&received[4..end])?;
    received.drain(..end);
    Ok(Some(answer))
}

impl Drop for Launcher {
    fn drop(&mut self) {
        // It ends when its control socket closes.
        drop(self.control.take());
        if let Err(error) = self.process.wait() {
            tracing::warn!(%error, "cannot wait for a launcher");
        }
    }
}
