//! One process of the sandbox from start to report: input fed, output gathered and handed on.

use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::limits::Usage;
use codecrafter_sandbox::{End, Output, Process, Report, Sandbox, SandboxError, Spec};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Sink;
use super::coalesce::Coalescer;
use super::live::{self, Live};

/// Standard input is fed in pieces of this size, in bytes.
const STDIN_PIECE: usize = 64 * 1024;

/// What a process reads.
#[derive(Default)]
pub(super) struct Input<'a> {
    /// At once.
    pub(super) first: Bytes,
    /// After that; without it, the end.
    pub(super) live: Option<&'a Live>,
}

impl From<Bytes> for Input<'_> {
    fn from(first: Bytes) -> Self {
        Self { first, live: None }
    }
}

/// How a stage went.
#[derive(Debug)]
pub(super) struct StageEnd {
    pub(super) report: Report,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// What is started.
pub(super) struct Launch {
    pub(super) spec: Spec,
    /// Whether it may have been started before; see [`Sandbox::spawn_early`].
    pub(super) early: bool,
}

impl From<Spec> for Launch {
    fn from(spec: Spec) -> Self {
        Self { spec, early: false }
    }
}

impl Launch {
    async fn spawn(self, sandbox: &dyn Sandbox) -> Result<Process, SandboxError> {
        if self.early {
            sandbox.spawn_early(self.spec).await
        } else {
            sandbox.spawn(self.spec).await
        }
    }
}

/// Runs one process to its end, or to its cancellation.
pub(super) async fn run(
    sandbox: &dyn Sandbox,
    launch: impl Into<Launch> + Send,
    input: impl Into<Input<'_>> + Send,
    sink: Option<&mut dyn Sink>,
    cancel: &CancellationToken,
) -> Result<StageEnd, SandboxError> {
    let process = tokio::select! {
        biased;
        () = cancel.cancelled() => return Ok(never_started()),
        process = launch.into().spawn(sandbox) => process?,
    };
    follow(process, input.into(), sink, cancel).await
}

async fn follow(
    mut process: Process,
    input: Input<'_>,
    sink: Option<&mut dyn Sink>,
    cancel: &CancellationToken,
) -> Result<StageEnd, SandboxError> {
    let live = input.live;
    let feeding = feed(process.stdin.take(), input);
    let mut feeding = std::pin::pin!(feeding);
    let (mut fed, mut killed) = (false, false);
    let mut gathered = Gathered::new(sink);
    loop {
        let due = gathered.coalescer.due();
        tokio::select! {
            () = cancel.cancelled(), if !killed => {
                process.kill();
                killed = true;
            }
            () = &mut feeding, if !fed => fed = true,
            command = live::next_command(live) => process.command(command),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => gathered.flush().await,
            output = process.output.recv() => match output {
                Some(output) => gathered.take(&output).await,
                None => break,
            },
        }
    }
    gathered.finish().await;
    tokio::select! {
        report = &mut process.report => gathered.end(report),
        () = cancel.cancelled(), if !killed => {
            process.kill();
            gathered.end(process.report.await)
        }
    }
}

/// A program that ends or closes its input without reading all of it is within its rights.
async fn feed(sender: Option<mpsc::Sender<Bytes>>, input: Input<'_>) {
    let Some(sender) = sender else { return };
    let mut stdin = input.first;
    while !stdin.is_empty() {
        let piece = stdin.split_to(stdin.len().min(STDIN_PIECE));
        if sender.send(piece).await.is_err() {
            return;
        }
    }
    if let Some(live) = input.live {
        live.feed(&sender).await;
    }
}

/// Output so far.
struct Gathered<'a> {
    sink: Option<&'a mut dyn Sink>,
    coalescer: Coalescer,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl<'a> Gathered<'a> {
    fn new(sink: Option<&'a mut dyn Sink>) -> Self {
        Self {
            sink,
            coalescer: Coalescer::default(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    async fn take(&mut self, output: &Output) {
        match output.stream {
            Stream::Stdout => self.stdout.extend_from_slice(&output.bytes),
            Stream::Stderr => self.stderr.extend_from_slice(&output.bytes),
        }
        if self.sink.is_some() {
            let ready = self.coalescer.push(output, Instant::now());
            self.hand_on(ready).await;
        }
    }

    async fn flush(&mut self) {
        let ready = self.coalescer.flush(Instant::now());
        self.hand_on(ready).await;
    }

    async fn finish(&mut self) {
        let rest = self.coalescer.finish();
        self.hand_on(rest).await;
    }

    async fn hand_on(&mut self, outputs: Vec<Output>) {
        let Some(sink) = &mut self.sink else { return };
        for output in outputs {
            sink.output(output.stream, output.bytes).await;
        }
    }

    fn end(
        self,
        report: Result<Result<Report, SandboxError>, tokio::sync::oneshot::error::RecvError>,
    ) -> Result<StageEnd, SandboxError> {
        let report = report.map_err(|_| SandboxError::Internal("ended without a report".into()))??;
        Ok(StageEnd {
            report,
            stdout: self.stdout,
            stderr: self.stderr,
        })
    }
}

/// Cancelled before the first instruction.
fn never_started() -> StageEnd {
    StageEnd {
        report: Report {
            end: End::Killed,
            usage: Usage::default(),
            truncated: false,
            collected: Vec::new(),
            collect_error: None,
        },
        stdout: Vec::new(),
        stderr: Vec::new(),
    }
}
