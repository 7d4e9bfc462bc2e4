//! The host's side of a launcher: starts it, orders jails from it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use codecrafter_jail::protocol::{
    Answer, FRAME_MAX, PACKET_MAX, Prepare, Privileges, Template, TemplateResult, decode, frame_length,
};
use codecrafter_jail::{recv_with_fds, send_with_fds};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::Workshop;
use super::cgroup::Group;
use super::jail::{Ends, Jail, StreamEnds};
use crate::SandboxError;

/// A jail is ready in milliseconds; a machine on which it takes longer than this cannot run programs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The only user of a launcher's namespace.
const ROOT_OF_NAMESPACE: u32 = 0;

/// A running launcher. Dropping it ends it and with it every jail that it forked.
pub(super) struct Launcher {
    control: Option<OwnedFd>,
    process: Child,
    terminal: bool,
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
            terminal: template.terminal,
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
        match self.order_into(workshop, &group) {
            Ok((ends, init)) => Jail::new(ends, init, group, workshop.reaper.clone()),
            Err(error) => {
                group.remove();
                Err(error)
            }
        }
    }

    fn order_into(&self, workshop: &Workshop, group: &Group) -> io::Result<(Ends, OwnedFd)> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(PATIENCE))?;
        let (from_signals, signals) = io::pipe()?;
        let pipes = if self.terminal { None } else { Some(Pipes::make()?) };
        let (cgroup, cgroup_fds) = group.join()?;
        let prepare = Prepare {
            uid: match workshop.privileges {
                Privileges::Root => workshop.uids.next(),
                Privileges::Namespace => ROOT_OF_NAMESPACE,
            },
            cgroup,
        };
        let mut fds = vec![theirs.as_fd(), from_signals.as_fd()];
        fds.extend(pipes.iter().flat_map(|pipes| pipes.theirs.iter().map(AsFd::as_fd)));
        fds.extend(cgroup_fds.iter().map(AsFd::as_fd));
        send_with_fds(self.control(), &serde_json::to_vec(&prepare)?, &fds)?;
        let ours = pipes.map(|pipes| pipes.ours);
        // Else the jail's end would not be seen.
        drop((theirs, from_signals, cgroup_fds));
        let (init, terminal) = wait_until_ready(&control)?;
        let streams = ours.map(StreamEnds::Pipes).or(terminal.map(StreamEnds::Terminal));
        let ends = Ends {
            control,
            signals: signals.into(),
            streams: streams.ok_or(io::ErrorKind::InvalidData)?,
        };
        Ok((ends, init))
    }
}

/// Both ends of the pipes that are a program's standard streams.
struct Pipes {
    ours: [OwnedFd; 3],
    theirs: [OwnedFd; 3],
}

impl Pipes {
    fn make() -> io::Result<Self> {
        let (stdin, to_stdin) = io::pipe()?;
        let (from_stdout, stdout) = io::pipe()?;
        let (from_stderr, stderr) = io::pipe()?;
        Ok(Self {
            ours: [to_stdin.into(), from_stdout.into(), from_stderr.into()],
            theirs: [stdin.into(), stdout.into(), stderr.into()],
        })
    }
}

/// The pidfd of the jail's init, which the launcher sends, its terminal's other end if it has one, and the word that it
/// is ready, which the jail sends.
fn wait_until_ready(control: &UnixStream) -> io::Result<(OwnedFd, Option<OwnedFd>)> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let (mut init, mut terminal, mut is_ready) = (None, None, false);
    loop {
        let (length, fds) = recv_with_fds(control, &mut buffer)?;
        if length == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the jail ended before it was ready",
            ));
        }
        received.extend_from_slice(&buffer[..length]);
        if received.len() > FRAME_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // The kernel ends what one call receives with the message that brought descriptors: they are the last frame's.
        let mut fds = fds.into_iter();
        while let Some(answer) = take_frame(&mut received)? {
            let fd = if received.is_empty() { fds.next() } else { None };
            match answer {
                Answer::Forked => init = fd,
                Answer::Terminal => terminal = fd,
                Answer::Ready => is_ready = true,
                Answer::Failed(reason) => return Err(io::Error::other(reason)),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        if is_ready && let Some(init) = init.take() {
            return Ok((init, terminal));
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
