//! One run: sends the program into its container, watches its limits, reports.

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::limits::{Limits, Usage};
use codecrafter_domain::live::TerminalSize;
use codecrafter_jail::protocol::{FileHead, Privileges, Program, Request, Template, encode};
use codecrafter_jail::wire::{Accounts, Ask};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Workshop;
use super::container::{Container, PATIENCE};
use super::wire::{Asker, Control, Told};
use crate::native::answer::{collected, read_answer};
use crate::watch::{Account, Activity, Budget, Stop, Typing, judge, limit_reached, millis, shortest_wait};
use crate::{BoxFile, Command, End, Output, Process, Report, SandboxError, Spec};

/// Pieces of input or output on their way; with 64 KiB each this bounds what one run holds.
const PIECES: usize = 16;

/// How long an agent may take to kill a jail or to say what it used; one that is held up longer is not waited for.
const AGENT_PATIENCE: Duration = Duration::from_secs(5);

/// A run in progress.
struct Run {
    workshop: Arc<Workshop>,
    container: Container,
    control: Control,
    limits: Limits,
    collect: Vec<String>,
    collect_bytes: u64,
    terminal: Option<TerminalSize>,
    /// What agent and jail had used before the program.
    before: Accounts,
    started: Instant,
}

/// What connects a run with its [`Process`].
struct Wires {
    stdin: mpsc::Receiver<Bytes>,
    output: mpsc::Sender<Output>,
    commands: mpsc::Receiver<Command>,
    cancel: CancellationToken,
}

/// What the program writes.
struct Outputs {
    stdout: mpsc::UnboundedReceiver<Bytes>,
    stderr: mpsc::UnboundedReceiver<Bytes>,
}

/// Starts the program of `spec` in `container`.
pub(super) async fn start(
    workshop: Arc<Workshop>,
    mut container: Container,
    spec: Spec,
) -> Result<Process, SandboxError> {
    let told = container.told.take();
    let mut told = told.ok_or_else(|| SandboxError::Internal("a container has one run only".to_owned()))?;
    let (before, ()) = tokio::try_join!(
        begin(&container.asker, &mut told, &spec),
        container.limit(&workshop, &spec.limits)
    )?;
    if let Some(size) = spec.terminal {
        resize(&container.asker, size);
    }
    let program = Program {
        argv: spec.argv,
        env: spec.env,
        files: spec.files.iter().map(head).collect(),
        stack_bytes: spec.limits.stack_bytes,
        file_bytes: spec.limits.files_bytes,
        each: None,
    };
    let frame = encode(&Request::Run(program));
    let frame = frame.map_err(|error| SandboxError::Spec(error.to_string()))?;
    let mut run = Run {
        workshop,
        container,
        control: told.control,
        limits: spec.limits,
        collect: spec.collect,
        collect_bytes: spec.collect_bytes,
        terminal: spec.terminal,
        before,
        started: Instant::now(),
    };
    run.container.asker.say(Ask::Control, &frame);
    for file in spec.files.iter().filter(|file| !file.content.is_empty()) {
        run.container.asker.say(Ask::Control, &file.content);
    }
    run.started = Instant::now();
    let outputs = Outputs {
        stdout: told.stdout,
        stderr: told.stderr,
    };
    Ok(run.spawn(outputs))
}

/// Has the agent make the jail.
async fn begin(asker: &Asker, told: &mut Told, spec: &Spec) -> Result<Accounts, SandboxError> {
    let template = Template {
        // They are in the container where they are to be seen.
        mounts: spec
            .mounts
            .iter()
            .map(|mount| (mount.target.clone(), mount.target.clone()))
            .collect(),
        files_bytes: spec.limits.files_bytes,
        terminal: spec.terminal.is_some(),
        privileges: Privileges::Namespace,
        early: None,
    };
    let template: Template = outer_first(template);
    let words = serde_json::to_vec(&template).map_err(|error| SandboxError::Spec(error.to_string()))?;
    if words.len() > codecrafter_jail::wire::FRAME_MAX {
        return Err(SandboxError::Spec("too many mounts".to_owned()));
    }
    asker.say(Ask::Begin, &words);
    match tokio::time::timeout(PATIENCE, &mut told.begun).await {
        Ok(Ok(begun)) => begun.map_err(|error| SandboxError::Unavailable(format!("cannot make a jail: {error}"))),
        Ok(Err(_)) => Err(SandboxError::Unavailable(
            "a container ended before its jail was ready".to_owned(),
        )),
        Err(_) => Err(SandboxError::Unavailable(
            "a container does not make its jail in time".to_owned(),
        )),
    }
}

/// The order in which mounts are named makes no difference, except that outer ones come first.
fn outer_first(mut template: Template) -> Template {
    template.mounts.sort_by(|a: &(PathBuf, PathBuf), b| a.1.cmp(&b.1));
    template.mounts.dedup();
    template
}

fn head(file: &BoxFile) -> FileHead {
    FileHead {
        path: file.path.clone(),
        len: file.content.len() as u64,
        executable: file.executable,
        given: false,
    }
}

fn resize(asker: &Asker, size: TerminalSize) {
    asker.say(
        Ask::Resize,
        &[size.cols.to_le_bytes(), size.rows.to_le_bytes()].concat(),
    );
}

impl Run {
    fn spawn(self, outputs: Outputs) -> Process {
        let (to_stdin, stdin) = mpsc::channel(PIECES);
        let (to_output, output) = mpsc::channel(PIECES);
        let (to_report, report) = oneshot::channel();
        let (to_commands, commands) = mpsc::channel(PIECES);
        let cancel = CancellationToken::new();
        let process = Process::new(to_stdin, output, report, to_commands, cancel.clone());
        let wires = Wires {
            stdin,
            output: to_output,
            commands,
            cancel,
        };
        tokio::spawn(async move {
            let report = self.carry_out(outputs, wires).await;
            // Nobody may want to know any more.
            let _ = to_report.send(report);
        });
        process
    }

    /// To the end of the program and of its output.
    async fn carry_out(mut self, outputs: Outputs, wires: Wires) -> Result<Report, SandboxError> {
        let budget = Budget::new(self.limits.output_bytes);
        let activity = Activity::new();
        let asker = self.container.asker.clone();
        let pass = |from, stream| pass_on(from, stream, &asker, &budget, &activity, wires.output.clone());
        let stdout = pass(outputs.stdout, Stream::Stdout);
        let stderr = pass(outputs.stderr, Stream::Stderr);
        drop(wires.output);
        let is_terminal = self.terminal.is_some();
        let serving = async {
            tokio::join!(
                feed(&asker, is_terminal, wires.stdin, &activity),
                obey(&asker, wires.commands)
            );
            pending::<()>().await;
        };
        let ending = async {
            let (stopped, (), ()) = tokio::join!(self.stop(&budget, &activity, wires.cancel), stdout, stderr);
            stopped
        };
        let (stop, wall) = tokio::select! {
            stopped = ending => stopped?,
            () = serving => unreachable!("waits for ever"),
        };
        self.report(&stop, wall, &budget).await
    }

    /// Waits for the end or the first limit; in either case nothing of the program is alive afterwards.
    async fn stop(
        &mut self,
        budget: &Budget,
        activity: &Activity,
        cancel: CancellationToken,
    ) -> Result<(Stop, Duration), SandboxError> {
        let stop = tokio::select! {
            biased;
            answer = read_answer(&mut self.control) => match answer {
                Ok(answer) => Stop::Answered(answer),
                Err(error) => self.ended_without_a_word(&error).await?,
            },
            () = cpu_used_up(&self.container.asker, &self.limits, &self.before) => Stop::Limit(End::CpuLimit),
            end = limit_reached(&self.limits, budget, activity, &cancel) => Stop::Limit(end),
        };
        let wall = self.started.elapsed();
        if let Stop::Limit(_) = stop {
            self.kill().await;
        }
        Ok((stop, wall))
    }

    /// Through the agent, which lives to give account; without it where it is held up.
    async fn kill(&self) {
        let asker = &self.container.asker;
        asker.say(Ask::Kill, &[]);
        if tokio::time::timeout(AGENT_PATIENCE, asker.dead()).await.is_err() {
            self.container.kill(&self.workshop).await;
        }
    }

    /// The kernel may have killed all of the jail for memory, its init included, or the whole container.
    async fn ended_without_a_word(&self, error: &io::Error) -> Result<Stop, SandboxError> {
        self.kill().await;
        let kills = match self.accounts().await {
            Some(accounts) => accounts.oom_kills.saturating_sub(self.before.oom_kills),
            None => u64::from(self.container.ran_out_of_memory(&self.workshop).await),
        };
        match kills {
            0 => Err(SandboxError::Internal(format!(
                "the jail ended without an answer: {error}"
            ))),
            _ => Ok(Stop::Limit(End::MemoryLimit)),
        }
    }

    /// What the container says of itself; `None` if it does not any more.
    async fn accounts(&self) -> Option<Accounts> {
        let asked = tokio::time::timeout(AGENT_PATIENCE, self.container.asker.accounts()).await;
        asked.ok().flatten()
    }

    async fn report(mut self, stop: &Stop, wall: Duration, budget: &Budget) -> Result<Report, SandboxError> {
        let account = match self.accounts().await {
            Some(accounts) => self.since_start(&accounts, stop),
            // Ended by force: what is known is why.
            None => Account {
                oom_kills: u64::from(self.container.ran_out_of_memory(&self.workshop).await),
                ..Account::default()
            },
        };
        let end = judge(stop, &account, &self.limits, budget)?;
        let mut report = Report {
            end,
            usage: Usage {
                cpu_ms: millis(account.cpu),
                wall_ms: millis(wall),
                memory_bytes: account.memory_peak.unwrap_or_default(),
            },
            truncated: budget.is_exceeded(),
            collected: Vec::new(),
            collect_error: None,
        };
        if matches!(end, End::Exited(_) | End::Signalled(_)) && !self.collect.is_empty() {
            match self.collect().await {
                Ok((files, error)) => (report.collected, report.collect_error) = (files, error),
                Err(error) => report.collect_error = Some(error.to_string()),
            }
        }
        Ok(report)
    }

    /// The runtime's own start has used more memory than a small program does; then its largest process is what is known.
    fn since_start(&self, now: &Accounts, stop: &Stop) -> Account {
        let highest = now.memory_peak.filter(|peak| Some(*peak) > self.before.memory_peak);
        let used = highest.or(stop.largest()).or(now.memory_peak);
        Account {
            cpu: cpu_since(&self.before, now),
            // What is above the program's own limit is the agent's.
            memory_peak: used.map(|bytes| bytes.min(self.limits.memory_bytes)),
            oom_kills: now.oom_kills.saturating_sub(self.before.oom_kills),
        }
    }

    /// Asks the jail's init for the files.
    async fn collect(&mut self) -> io::Result<(Vec<BoxFile>, Option<String>)> {
        let request = Request::Collect {
            paths: std::mem::take(&mut self.collect),
            bytes: self.collect_bytes,
        };
        self.container.asker.say(Ask::Collect, &encode(&request)?);
        collected(&mut self.control, self.collect_bytes).await
    }
}

/// Passes on what comes, until the stream's end, and tells the agent of what was taken: a slow reader stops the program;
/// one that is gone does not.
async fn pass_on(
    mut from: mpsc::UnboundedReceiver<Bytes>,
    stream: Stream,
    asker: &Asker,
    budget: &Budget,
    activity: &Activity,
    to: mpsc::Sender<Output>,
) {
    while let Some(bytes) = from.recv().await {
        activity.note();
        // A frame's length fits.
        let taken = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        budget.pass(stream, bytes, &to).await;
        asker.say(Ask::Taken, &taken.to_le_bytes());
    }
}

/// Passes input on until its end, or until the program reads no more.
async fn feed(asker: &Asker, is_terminal: bool, mut from: mpsc::Receiver<Bytes>, activity: &Activity) {
    let mut typing = Typing::default();
    while let Some(bytes) = from.recv().await {
        activity.note();
        typing.note(&bytes);
        if asker.input(&bytes).await.is_err() {
            return;
        }
    }
    if is_terminal {
        let _ = asker.input(typing.end()).await;
    } else {
        asker.say(Ask::InputEnd, &[]);
    }
}

/// Does what is asked of the program, as long as anybody asks.
async fn obey(asker: &Asker, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        match command {
            Command::Signal(signal) => asker.say(Ask::Signal, &[signal.number()]),
            Command::Resize(size) => resize(asker, size),
        }
    }
}

/// Comes back once the processor time is used up. No polling: it sleeps until the earliest moment at which that can be.
async fn cpu_used_up(asker: &Asker, limits: &Limits, before: &Accounts) {
    let mut used = Duration::ZERO;
    while let Some(wait) = shortest_wait(limits, used) {
        tokio::time::sleep(wait).await;
        match asker.accounts().await {
            Some(now) => used = cpu_since(before, &now),
            // The end of the container is seen elsewhere.
            None => pending().await,
        }
    }
}

fn cpu_since(before: &Accounts, now: &Accounts) -> Duration {
    Duration::from_micros(now.cpu_us.saturating_sub(before.cpu_us))
}
