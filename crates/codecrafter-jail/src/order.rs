//! The other end of a launcher: says what all its jails have in common, and orders jails from it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use crate::channel::{recv_with_fds, send_with_fds};
use crate::protocol::{Answer, FRAME_MAX, PACKET_MAX, Prepare, Template, TemplateResult, decode, frame_length};

/// A jail is ready in milliseconds; a machine on which it takes longer than this cannot run programs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The outer ends of a jail's descriptors.
#[derive(Debug)]
pub struct Ends {
    /// Where the jail is told what to do.
    pub control: UnixStream,
    /// Where it takes numbers of signals, one per byte.
    pub signals: OwnedFd,
    /// What the program reads and writes.
    pub streams: StreamEnds,
}

/// The outer ends of the standard streams.
#[derive(Debug)]
pub enum StreamEnds {
    /// Standard input's write end, and the read ends of standard output and standard error.
    Pipes([OwnedFd; 3]),
    /// The terminal's other end.
    Terminal(OwnedFd),
}

/// A launcher that runs. Dropping it ends it and with it every jail that it forked.
#[derive(Debug)]
pub struct Launcher {
    control: Option<OwnedFd>,
    process: Child,
    terminal: bool,
}

impl Launcher {
    /// Starts `program` as a launcher whose jails all see what `template` names. The second result is its own word.
    pub fn start(program: &Path, template: &Template) -> io::Result<(Self, TemplateResult)> {
        let (control, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        set_socket_timeout(&control, Timeout::Recv, Some(PATIENCE))?;
        let process = Command::new(program)
            .arg0("codecrafter")
            .arg(crate::ARGUMENT)
            .env_clear()
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .spawn()?;
        let launcher = Self {
            control: Some(control),
            process,
            terminal: template.terminal,
        };
        let said = launcher.furnish(template)?;
        Ok((launcher, said))
    }

    fn furnish(&self, template: &Template) -> io::Result<TemplateResult> {
        send_with_fds(self.control(), &serde_json::to_vec(template)?, &[])?;
        let mut buffer = vec![0; PACKET_MAX];
        let (length, _) = recv_with_fds(self.control(), &mut buffer)?;
        decode(&buffer[..length])
    }

    fn control(&self) -> BorrowedFd<'_> {
        self.control.as_ref().expect("taken only in drop").as_fd()
    }

    /// Makes one jail and waits until it is ready: its ends, and the pidfd of its init. `cgroup` is what
    /// [`Prepare::cgroup`] needs.
    pub fn order(&self, prepare: &Prepare, cgroup: Vec<OwnedFd>) -> io::Result<(Ends, OwnedFd)> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(PATIENCE))?;
        let (from_signals, signals) = io::pipe()?;
        let pipes = if self.terminal { None } else { Some(Pipes::make()?) };
        let mut fds = vec![theirs.as_fd(), from_signals.as_fd()];
        fds.extend(pipes.iter().flat_map(|pipes| pipes.theirs.iter().map(AsFd::as_fd)));
        fds.extend(cgroup.iter().map(AsFd::as_fd));
        send_with_fds(self.control(), &serde_json::to_vec(prepare)?, &fds)?;
        let ours = pipes.map(|pipes| pipes.ours);
        // Else the jail's end would not be seen.
        drop((theirs, from_signals, cgroup));
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

impl Drop for Launcher {
    fn drop(&mut self) {
        // It ends when its control socket closes.
        drop(self.control.take());
        // Where the kernel reaps children by itself there is nothing to wait for.
        let _ = self.process.wait();
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
