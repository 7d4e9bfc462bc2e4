//! Port Sandbox: starts one isolated process tree with limits, gives streams and a report.
//!
//! `open` chooses the adapter by URL scheme and refuses to promise a limit that it cannot set;
//! `conformance` is the suite that each one passes.

mod config;
pub mod conformance;
mod content;
mod docker;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod native;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::limits::{Limits, Usage};
use codecrafter_domain::live::{Signal, TerminalSize};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use config::{DockerConfig, LimitsBy, NativeConfig, SandboxConfig};
pub use content::Content;
pub use error::SandboxError;

/// The directory inside the jail that holds the user's files; working directory and home.
pub const BOX: &str = "/box";

/// A file or folder of the host that the program may read, at the same path inside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mount {
    /// Absolute path on the host.
    pub source: PathBuf,
    /// Absolute path inside.
    pub target: PathBuf,
}

/// A regular file that goes into, or comes out of, [`BOX`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxFile {
    /// Relative path, checked by `codecrafter_domain::path::check` where it comes from a user.
    pub path: String,
    /// Its content.
    pub content: Content,
    /// Whether it may be executed.
    pub executable: bool,
}

/// What to run and within what.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Program (absolute path inside) and arguments.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// What of the host is visible, read-only; the base system (`/usr`, `/lib`, …) always is.
    pub mounts: Vec<Mount>,
    /// Files put into [`BOX`] before the start.
    pub files: Vec<BoxFile>,
    /// What it may use.
    pub limits: Limits,
    /// The size of its terminal; without one its standard streams are pipes. What is written to a terminal arrives as
    /// standard output, and what is typed comes back from it.
    pub terminal: Option<TerminalSize>,
    /// Files and folders below [`BOX`] taken out after the end: regular files only, links never followed.
    pub collect: Vec<String>,
    /// Bytes collected at most, in all; more is an error in the report.
    pub collect_bytes: u64,
}

/// Something that the program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Where.
    pub stream: Stream,
    /// What; at most 64 KiB at a time.
    pub bytes: Bytes,
}

/// How the process tree ended. Limits are read from the kernel's accounts, never guessed from a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, not sent by us.
    Signalled(i32),
    /// Used up its processor time.
    CpuLimit,
    /// Ran out of time on the clock.
    WallLimit,
    /// Had neither input nor output for too long.
    IdleLimit,
    /// Used up its memory.
    MemoryLimit,
    /// Wrote more than it may.
    OutputLimit,
    /// Killed because [`Process`] was dropped or [`Process::kill`] called.
    Killed,
}

/// The report at the end. When it arrives nothing of the process tree is left.
#[derive(Debug, Clone)]
pub struct Report {
    /// How it ended.
    pub end: End,
    /// What it used.
    pub usage: Usage,
    /// Whether output was cut at its limit.
    pub truncated: bool,
    /// What [`Spec::collect`] named; empty if more than `collect_bytes` (see `collect_error`).
    pub collected: Vec<BoxFile>,
    /// Why collecting failed, for a person.
    pub collect_error: Option<String>,
}

/// What is asked of a running program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A signal for its process group.
    Signal(Signal),
    /// Another size of its terminal; nothing happens without one.
    Resize(TerminalSize),
}

/// A running process tree. Dropping it kills everything in it.
pub struct Process {
    /// Standard input; dropping the sender is end-of-file (typed, where it has a terminal). Bounded: a program that does
    /// not read makes the sender wait.
    pub stdin: Option<mpsc::Sender<Bytes>>,
    /// Output as it appears; ends after the last byte. Bounded: a slow reader stops the program.
    pub output: mpsc::Receiver<Output>,
    /// The report, after the output's end.
    pub report: oneshot::Receiver<Result<Report, SandboxError>>,
    commands: mpsc::Sender<Command>,
    cancel: CancellationToken,
    _guard: DropGuard,
}

impl Process {
    /// For adapters: a process whose whole tree is killed once `cancel` is cancelled.
    pub fn new(
        stdin: mpsc::Sender<Bytes>,
        output: mpsc::Receiver<Output>,
        report: oneshot::Receiver<Result<Report, SandboxError>>,
        commands: mpsc::Sender<Command>,
        cancel: CancellationToken,
    ) -> Self {
        let guard = cancel.clone().drop_guard();
        Self {
            stdin: Some(stdin),
            output,
            report,
            commands,
            cancel,
            _guard: guard,
        }
    }

    /// Asks something of it at once, whatever input still waits. What it does not take in time, or after its end, is lost:
    /// signals are no queue either.
    pub fn command(&self, command: Command) {
        let _ = self.commands.try_send(command);
    }

    /// Kills everything in it; the report follows with [`End::Killed`] unless it had ended before.
    pub fn kill(&self) {
        self.cancel.cancel();
    }
}

/// One property of the isolation, for `doctor`, `/readyz` and people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Property {
    /// For example `memory limit`.
    pub name: String,
    /// Whether it is in force.
    pub in_force: bool,
    /// By what means, or what is missing and what to do about it.
    pub detail: String,
}

impl Property {
    pub(crate) fn new(name: &str, in_force: bool, detail: &str) -> Self {
        Self {
            name: name.to_owned(),
            in_force,
            detail: detail.to_owned(),
        }
    }
}

/// The isolation in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// Adapter and mode, for example `native (cgroup v1)`.
    pub name: String,
    /// Its parts.
    pub properties: Vec<Property>,
}

/// Where the programs that a sandbox starts find compilers and interpreters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchains {
    /// On this machine: what is outside of the base system comes in through [`Spec::mounts`].
    OfThisMachine,
    /// In what the sandbox brings along, in the base system of each jail. The text tells that from anything else.
    OfItsOwn(String),
}

/// Starts isolated processes.
#[async_trait]
pub trait Sandbox: Send + Sync + 'static {
    /// Starts a process tree.
    async fn spawn(&self, spec: Spec) -> Result<Process, SandboxError>;
    /// Like [`Self::spawn`], of a program that may have been started before anything was known of `spec`: one that opens
    /// its only file when it has done everything else, and reads it to the end. To the program there is no difference.
    /// Callers see to it that arguments, environment, mounts and the limits of stack and files are nobody's in
    /// particular, because what is started early is kept for each set of them. Its usage does not count the start.
    async fn spawn_early(&self, spec: Spec) -> Result<Process, SandboxError> {
        self.spawn(spec).await
    }
    /// Where its programs find toolchains.
    fn toolchains(&self) -> Toolchains {
        Toolchains::OfThisMachine
    }
    /// What isolates it.
    fn isolation(&self) -> Isolation;
}

/// The sandbox that `config` names, or why this machine cannot give what it promises.
pub async fn open(config: &SandboxConfig) -> Result<Arc<dyn Sandbox>, SandboxError> {
    match config {
        SandboxConfig::Native(config) => Ok(Arc::new(native::Native::open(config.clone()).await?)),
        SandboxConfig::Docker(config) => {
            // Talking with a daemon is a large future, which not everybody who opens a sandbox need carry.
            Ok(Arc::new(Box::pin(docker::Docker::open(config.clone())).await?))
        }
    }
}
