//! What the host says to a launcher and to a jail, and what they answer.
//!
//! With the launcher: one JSON value per packet (`SOCK_SEQPACKET`), file descriptors beside it. With a jail: a stream of
//! frames, each a length (4 bytes, little-endian) and a JSON value; files' contents follow their frame unframed.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest JSON value in a frame; arguments and environment of a program are far below.
pub const FRAME_MAX: usize = 16 << 20;

/// Longest packet between host and launcher.
pub const PACKET_MAX: usize = 64 << 10;

/// File descriptors that come with [`Prepare`] first: the control socket and the read end of the pipe of signals, one
/// signal's number per byte. Jails without a terminal then get stdin, stdout and stderr; those that enter a [`Cell`] its
/// network and its user namespace; all get those of the cgroup.
pub const PREPARE_FDS: usize = 2;

/// Where a network namespace counts its sockets, in the first line, below a process's folder (`proc_pid_net(5)`).
pub const SOCKETS: &str = "net/sockstat";

/// Where it counts what was sent in it, by interface and by protocol, and lists the flow labels that were leased, which
/// outlive their sockets. What reads as it did at first is as it was.
pub const COUNTERS: [&str; 4] = ["net/dev", "net/snmp", "net/snmp6", "net/ip6_flowlabel"];

/// Most file descriptors that one packet carries.
pub const FDS_MAX: usize = 12;

/// Host to launcher, first: what all its jails have in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Template {
    /// Host paths and where they appear inside, read-only.
    pub mounts: Vec<(PathBuf, PathBuf)>,
    /// Size of the writable folders together, in bytes.
    pub files_bytes: u64,
    /// Whether each jail has a terminal of its own instead of pipes.
    pub terminal: bool,
    /// By what right jails are made.
    pub privileges: Privileges,
    /// What each jail starts before its program is known, if anything.
    pub early: Option<Early>,
}

/// By what right jails are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Privileges {
    /// The host's root: each program gets a user of its own.
    Root,
    /// Those that an ordinary user has in a user namespace: to the host, every program is that user.
    Namespace,
}

/// A program that starts without its only file, `entry`, which it reads once it has done everything else: until then a
/// pipe is in the file's place, on which it waits. Nothing of a user's is in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Early {
    /// Absolute path and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// The name of the file, in the box itself.
    pub entry: String,
    /// Stack of the main thread, in bytes.
    pub stack_bytes: u64,
    /// Longest file, in bytes.
    pub file_bytes: u64,
}

/// Launcher to host: the answer to [`Template`].
pub type TemplateResult = Result<(), String>;

/// Host to launcher: fork one jail. Its answers come on its own control socket, the first with a pidfd of its init.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Prepare {
    /// The user and group id that the program gets, its init the next one: the host's, or, with
    /// [`Privileges::Namespace`], those of the launcher's user namespace, where there is only 0 for both.
    pub uid: u32,
    /// How the jail gets into its cgroup.
    pub cgroup: Join,
    /// Where it gets those namespaces from that cost most.
    pub cell: Cell,
}

/// A network namespace and a user namespace for [`Prepare::uid`]: the kernel takes longer to make and to remove these than
/// everything else of a jail. What a jail left unused may be the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Make it, and let it end with the jail.
    Own,
    /// Make it, and hand it out: [`Answer::Cell`].
    Kept,
    /// Enter the one that comes with the order; nobody else is in it.
    Given,
}

/// How a jail gets into its cgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Join {
    /// Write `0` into each of the descriptors (cgroup v1, `tasks`).
    Tasks,
    /// Be forked into it; the descriptor is its folder (cgroup v2).
    Fork,
    /// There is none; each process has limits of its own ([`Program::each`]).
    Nowhere,
}

/// Host to jail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    /// Become this program; contents of the files follow. In a jail whose program was started early: here is its file.
    Run(Program),
    /// After [`Answer::Ended`]: send these files.
    Collect {
        /// Files and folders relative to the box.
        paths: Vec<String>,
        /// Bytes at most, in all.
        bytes: u64,
    },
}

/// What the runner becomes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Absolute path and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Files put into the box.
    pub files: Vec<FileHead>,
    /// Stack of the main thread, in bytes.
    pub stack_bytes: u64,
    /// Longest file, in bytes.
    pub file_bytes: u64,
    /// Limits of each process, where there is no cgroup for all of them.
    pub each: Option<Each>,
}

/// What each process by itself may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each {
    /// Private writable memory, touched or not, in bytes.
    pub memory_bytes: u64,
    /// Processes and threads of the jail (counted together, unlike the others).
    pub processes: u64,
    /// Processor time, in seconds.
    pub cpu_seconds: u64,
}

/// A file whose content follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileHead {
    /// Relative to the box.
    pub path: String,
    /// Length in bytes.
    pub len: u64,
    /// Whether it may be executed.
    pub executable: bool,
    /// Whether its content is not what follows, but comes as a descriptor of sealed memory, with one byte in its place.
    pub given: bool,
}

/// Jail to host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// First, from the launcher, with the pidfd of the jail's init.
    Forked,
    /// From a jail with [`Cell::Kept`], with its network namespace, its user namespace, its [`SOCKETS`] and its [`COUNTERS`],
    /// open for reading; of the last those that the kernel does not have are left out.
    Cell,
    /// From a jail with a terminal, with the terminal's other end (the pty's master).
    Terminal,
    /// Waits for [`Request::Run`].
    Ready,
    /// Cannot be set up, or the program cannot be started.
    Failed(String),
    /// The program has ended and nothing that it started is alive.
    Ended {
        /// How.
        how: Ended,
        /// Resident memory of its largest process at its highest, in bytes.
        largest: u64,
    },
    /// The answer to [`Request::Collect`]; contents follow.
    Collected {
        /// What was found.
        files: Vec<FileHead>,
        /// What could not be collected, for a person.
        error: Option<String>,
    },
}

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// With this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

/// A frame's bytes.
pub fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, value)?;
    let length = frame.len() - 4;
    if length > FRAME_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "frame too long"));
    }
    // Cannot be cut off: FRAME_MAX is below 2^32.
    #[expect(clippy::cast_possible_truncation, reason = "FRAME_MAX is below 2^32")]
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// A frame's value.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(frame)?)
}

/// The length of the JSON value that follows a frame's head.
pub fn frame_length(head: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(head) as usize;
    if length > FRAME_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    Ok(length)
}

/// Writes one frame.
pub fn write_frame(mut to: impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(value)?)
}

/// Reads one frame; nothing at the end of the stream.
pub fn read_frame<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut frame = vec![0; frame_length(head)?];
    from.read_exact(&mut frame)?;
    decode(&frame).map(Some)
}
