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

/// A jail that is ready.
#[derive(Debug)]
pub struct Made {
    /// The host's ends of its descriptors.
    pub ends: Ends,
    /// The pidfd of its init.
    pub init: OwnedFd,
    /// What it hands out of itself, with [`Cell::Kept`](crate::protocol::Cell::Kept).
    pub cell: Option<CellEnds>,
}

/// Namespaces that a jail has made, which another may enter once all in this one are dead.
#[derive(Debug)]
pub struct CellEnds {
    /// The network namespace.
    pub network: OwnedFd,
    /// The user namespace.
    pub user: OwnedFd,
    /// [`SOCKETS`](crate::protocol::SOCKETS), to be read from the start each time.
    pub sockets: OwnedFd,
    /// [`COUNTERS`](crate::protocol::COUNTERS), likewise.
    pub counters: Vec<OwnedFd>,
}

impl CellEnds {
    fn of(fds: Vec<OwnedFd>) -> io::Result<Self> {
        let mut fds = fds.into_iter();
        let mut next = || fds.next().ok_or(io::ErrorKind::InvalidData);
        Ok(Self {
            network: next()?,
            user: next()?,
            sockets: next()?,
            counters: fds.collect(),
        })
    }
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

    /// Makes one jail and waits until it is ready. `namespaces` is what [`Prepare::cell`] and then [`Prepare::cgroup`] need.
    pub fn order(&self, prepare: &Prepare, namespaces: Vec<OwnedFd>) -> io::Result<Made> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_read_timeout(Some(PATIENCE))?;
        let (from_signals, signals) = io::pipe()?;
        let pipes = if self.terminal { None } else { Some(Pipes::make()?) };
        let mut fds = vec![theirs.as_fd(), from_signals.as_fd()];
        fds.extend(pipes.iter().flat_map(|pipes| pipes.theirs.iter().map(AsFd::as_fd)));
        fds.extend(namespaces.iter().map(AsFd::as_fd));
        send_with_fds(self.control(), &serde_json::to_vec(prepare)?, &fds)?;
        let ours = pipes.map(|pipes| pipes.ours);
        // Else the jail's end would not be seen.
        drop((theirs, from_signals, namespaces));
        let ready = wait_until_ready(&control)?;
        let streams = ours.map(StreamEnds::Pipes);
        let streams = streams.or(ready.terminal.map(StreamEnds::Terminal));
        let ends = Ends {
            control,
            signals: signals.into(),
            streams: streams.ok_or(io::ErrorKind::InvalidData)?,
        };
        Ok(Made {
            ends,
            init: ready.init,
            cell: ready.cell,
        })
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

/// What comes from a jail before it waits for its program.
struct Ready {
    /// From its launcher.
    init: OwnedFd,
    terminal: Option<OwnedFd>,
    cell: Option<CellEnds>,
}

fn wait_until_ready(control: &UnixStream) -> io::Result<Ready> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let (mut init, mut terminal, mut cell, mut is_ready) = (None, None, None, false);
    loop {
        let (length, mut fds) = recv_with_fds(control, &mut buffer)?;
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
        while let Some(answer) = take_frame(&mut received)? {
            let fds = if received.is_empty() {
                std::mem::take(&mut fds)
            } else {
                Vec::new()
            };
            match answer {
                Answer::Forked => init = fds.into_iter().next(),
                Answer::Terminal => terminal = fds.into_iter().next(),
                Answer::Cell => cell = Some(CellEnds::of(fds)?),
                Answer::Ready => is_ready = true,
                Answer::Failed(reason) => return Err(io::Error::other(reason)),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        if is_ready && let Some(init) = init.take() {
            return Ok(Ready { init, terminal, cell });
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
