//! One run: sends the program into its jail, watches its limits, reports.

use std::future::pending;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::limits::{Limits, Usage};
use codecrafter_domain::live::TerminalSize;
use codecrafter_jail::protocol::{FileHead, Program, Request, encode};
use codecrafter_jail::send_with_fds;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncWriteExt, BufReader, Interest};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::answer::{collected, read_answer};
use super::jail::Jail;
use super::output::pump;
use super::streams::{Streams, Terminal};
use crate::watch::{Activity, Budget, Stop, judge, limit_reached, millis, shortest_wait};
use crate::{BoxFile, Command, End, Output, Process, Report, SandboxError, Spec};

/// Pieces of input or output on their way; with 64 KiB each this bounds what one run holds.
const PIECES: usize = 16;

/// What goes into a jail in one piece, in bytes, where it can: each piece wakes the runner, which reads faster than several
/// are sent.
const TOGETHER: usize = 64 * 1024;

/// A run in progress.
struct Run {
    jail: Jail,
    control: BufReader<UnixStream>,
    signals: OwnedFd,
    limits: Limits,
    collect: Vec<String>,
    collect_bytes: u64,
    started: Instant,
}

/// What connects a run with its [`Process`].
struct Wires {
    stdin: mpsc::Receiver<Bytes>,
    output: mpsc::Sender<Output>,
    commands: mpsc::Receiver<Command>,
    cancel: CancellationToken,
}

/// Starts the program of `spec` in `jail`.
pub(super) async fn start(mut jail: Jail, spec: Spec) -> Result<Process, SandboxError> {
    let opened = open_ends(&mut jail, spec.terminal).map_err(internal)?;
    let (control, streams) = (opened.control, opened.streams);
    jail.limit(&spec.limits).map_err(internal)?;
    let mut run = Run {
        jail,
        control: BufReader::new(control),
        signals: opened.signals,
        limits: spec.limits,
        collect: spec.collect,
        collect_bytes: spec.collect_bytes,
        started: Instant::now(),
    };
    let sealed: Vec<_> = spec.files.iter().map(|file| file.content.sealed()).collect();
    let program = Program {
        argv: spec.argv,
        env: spec.env,
        files: spec.files.iter().zip(&sealed).map(head).collect(),
        stack_bytes: spec.limits.stack_bytes,
        file_bytes: spec.limits.files_bytes,
        each: run.jail.each(&run.limits),
    };
    let (to_stdin, stdin) = mpsc::channel(PIECES);
    let (to_output, output) = mpsc::channel(PIECES);
    let (to_report, report) = oneshot::channel();
    let cancel = CancellationToken::new();
    let (to_commands, commands) = mpsc::channel(PIECES);
    let process = Process::new(to_stdin, output, report, to_commands, cancel.clone());
    run.send(&program, &spec.files, &sealed).await?;
    tokio::spawn(async move {
        let wires = Wires {
            stdin,
            output: to_output,
            commands,
            cancel,
        };
        let report = run.carry_out(streams, wires).await;
        // Nobody may want to know any more.
        let _ = to_report.send(report);
    });
    Ok(process)
}

/// The host's ends, ready to be waited for.
struct Opened {
    control: UnixStream,
    signals: OwnedFd,
    streams: Streams,
}

fn open_ends(jail: &mut Jail, terminal: Option<TerminalSize>) -> io::Result<Opened> {
    let ends = jail.take_ends().ok_or(io::ErrorKind::NotConnected)?;
    ends.control.set_nonblocking(true)?;
    // A flood of signals must not hold anybody up.
    rustix::io::ioctl_fionbio(&ends.signals, true)?;
    Ok(Opened {
        control: UnixStream::from_std(ends.control)?,
        signals: ends.signals,
        streams: Streams::open(ends.streams, terminal)?,
    })
}

fn head((file, sealed): (&BoxFile, &Option<BorrowedFd<'_>>)) -> FileHead {
    FileHead {
        path: file.path.clone(),
        len: file.content.len() as u64,
        executable: file.executable,
        given: sealed.is_some(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: io::Error) -> SandboxError {
    SandboxError::Internal(error.to_string())
}

impl Run {
    async fn send(
        &mut self,
        program: &Program,
        files: &[BoxFile],
        sealed: &[Option<BorrowedFd<'_>>],
    ) -> Result<(), SandboxError> {
        let mut ready =
            encode(&Request::Run(program.clone())).map_err(|error| SandboxError::Spec(error.to_string()))?;
        for (file, sealed) in files.iter().zip(sealed) {
            let sent = match sealed {
                Some(memory) => self.hand_over(&mut ready, *memory).await,
                None if ready.len() + file.content.len() <= TOGETHER => {
                    ready.extend_from_slice(&file.content);
                    Ok(())
                }
                None => self.write(&mut ready, &file.content).await,
            };
            // A jail that stopped reading says why in its answer.
            if sent.is_err() {
                return Ok(());
            }
        }
        let _ = self.write(&mut ready, &[]).await;
        Ok(())
    }

    async fn write(&mut self, ready: &mut Vec<u8>, more: &[u8]) -> io::Result<()> {
        self.control.write_all(&std::mem::take(ready)).await?;
        self.control.write_all(more).await
    }

    /// The descriptor comes with a byte of its own.
    async fn hand_over(&mut self, ready: &mut Vec<u8>, memory: BorrowedFd<'_>) -> io::Result<()> {
        self.write(ready, &[]).await?;
        let socket = self.control.get_ref();
        loop {
            socket.writable().await?;
            match socket.try_io(Interest::WRITABLE, || send_with_fds(socket, &[0], &[memory])) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return sent,
            }
        }
    }

    /// To the end of the program and of its output.
    async fn carry_out(mut self, streams: Streams, wires: Wires) -> Result<Report, SandboxError> {
        let budget = Budget::new(self.limits.output_bytes);
        let activity = Activity::new();
        let stdout = pump(streams.stdout, Stream::Stdout, &budget, &activity, wires.output.clone());
        let stderr = async {
            match streams.stderr {
                Some(stderr) => pump(stderr, Stream::Stderr, &budget, &activity, wires.output).await,
                None => Ok(()),
            }
        };
        let signals = self.signals.try_clone().map_err(internal)?;
        let serving = async {
            let feeding = streams.stdin.feed(wires.stdin, &activity);
            tokio::join!(feeding, obey(wires.commands, &signals, streams.terminal.as_ref()));
            pending::<()>().await;
        };
        let ending = async {
            let (stopped, stdout, stderr) = tokio::join!(self.stop(&budget, &activity, wires.cancel), stdout, stderr);
            stdout.and(stderr).map_err(internal)?;
            stopped
        };
        let stopped = tokio::select! {
            stopped = ending => stopped?,
            () = serving => unreachable!("waits for ever"),
        };
        self.report(stopped, &budget).await
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
                Ok(answer) => {
                    self.jail.is_over();
                    Stop::Answered(answer)
                }
                Err(error) => self.ended_without_a_word(&error).await?,
            },
            used_up = cpu_used_up(&self.jail, &self.limits) => used_up.map(|()| Stop::Limit(End::CpuLimit)).map_err(internal)?,
            end = limit_reached(&self.limits, budget, activity, &cancel) => Stop::Limit(end),
        };
        if let Stop::Limit(_) = stop {
            self.jail.kill();
            wait_for_death(self.jail.watch().map_err(internal)?)
                .await
                .map_err(internal)?;
        }
        Ok((stop, self.started.elapsed()))
    }

    /// The kernel may have killed the whole group for memory, the jail's init included.
    async fn ended_without_a_word(&self, error: &io::Error) -> Result<Stop, SandboxError> {
        self.jail.kill();
        wait_for_death(self.jail.watch().map_err(internal)?)
            .await
            .map_err(internal)?;
        match self.jail.account().map_err(internal)?.oom_kills {
            0 => Err(SandboxError::Internal(format!(
                "the jail ended without an answer: {error}"
            ))),
            _ => Ok(Stop::Limit(End::MemoryLimit)),
        }
    }

    async fn report(mut self, (stop, wall): (Stop, Duration), budget: &Budget) -> Result<Report, SandboxError> {
        let account = self.jail.account().map_err(internal)?;
        let memory_bytes = account.memory_peak.or(stop.largest()).unwrap_or_default();
        let end = judge(&stop, &account, &self.limits, budget)?;
        let mut report = Report {
            end,
            usage: Usage {
                cpu_ms: millis(account.cpu),
                wall_ms: millis(wall),
                memory_bytes,
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
        // Its init ends when this is closed.
        if let Ok(control) = self.control.into_inner().into_std() {
            self.jail.keep(control.into());
        }
        Ok(report)
    }

    /// Asks the jail's init for the files.
    async fn collect(&mut self) -> io::Result<(Vec<BoxFile>, Option<String>)> {
        let request = Request::Collect {
            paths: std::mem::take(&mut self.collect),
            bytes: self.collect_bytes,
        };
        self.control.write_all(&encode(&request)?).await?;
        collected(&mut self.control, self.collect_bytes).await
    }
}

/// Does what is asked of the program, as long as anybody asks.
async fn obey(mut commands: mpsc::Receiver<Command>, signals: &OwnedFd, terminal: Option<&Terminal>) {
    while let Some(command) = commands.recv().await {
        // Errors say that the program is gone, or that more signals wait than anybody sends in earnest.
        match (command, terminal) {
            (Command::Signal(signal), _) => drop(rustix::io::write(signals, &[signal.number()])),
            (Command::Resize(size), Some(terminal)) => drop(terminal.resize(size)),
            (Command::Resize(_), None) => {}
        }
    }
}

/// Comes back once the processor time is used up. No polling: it sleeps until the earliest moment at which that can be.
async fn cpu_used_up(jail: &Jail, limits: &Limits) -> io::Result<()> {
    while let Some(wait) = shortest_wait(limits, jail.cpu()?) {
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

async fn wait_for_death(init: OwnedFd) -> io::Result<()> {
    #[expect(
        deprecated,
        reason = "its successor is unsafe because of types that lend out closed descriptors; an OwnedFd does not"
    )]
    let init = AsyncFd::with_interest(init, Interest::READABLE)?;
    init.readable().await.map(drop)
}
