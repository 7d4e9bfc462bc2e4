//! From a request to its result: compile, run, say how it ended. Knows no store, queue or bus.

mod coalesce;
mod files;
mod judge;
mod live;
mod outcome;
mod stage;

use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::execution::{
    Encoding, ExecutionRequest, ExecutionResult, Outcome, StageReport, Status, TestVerdict,
};
use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{BoxFile, End, Sandbox, SandboxError, Spec};
use tokio_util::sync::CancellationToken;

use crate::artefacts::{Artefacts, Claim, Compiled, Key};
use crate::language::Language;
use crate::program::Program;
pub use live::{Live, Remote, connect};
pub use outcome::signal_number;
use stage::{Input, Launch, StageEnd};

/// Where it is told what happens while it happens.
#[async_trait]
pub trait Sink: Send {
    /// The execution moves on.
    async fn status(&mut self, status: Status);
    /// The program wrote something. A character of UTF-8 is never cut in two.
    async fn output(&mut self, stream: Stream, bytes: Bytes);
    /// One of the request's tests is done. What programs write in tests is told in the result only.
    async fn test(&mut self, index: usize, verdict: TestVerdict) {
        let _ = (index, verdict);
    }
}

/// What is run where.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// Isolates it.
    pub sandbox: &'a dyn Sandbox,
    /// Its language.
    pub language: &'a Language,
    /// What is asked for; has passed [`crate::Catalogue::check`].
    pub request: &'a ExecutionRequest,
    /// Limits of the run.
    pub limits: Limits,
    /// What is sent to it while it runs, if it is interactive.
    pub live: Option<&'a Live>,
    /// Where compiled programs are kept, if they are.
    pub(crate) artefacts: Option<&'a Artefacts>,
}

impl<'a> Task<'a> {
    /// Compiles and runs; ends as cancelled, with what there is so far, once `cancel` is cancelled.
    /// Dropping the future kills whatever is running.
    ///
    /// # Errors
    /// Only about the sandbox or the language's file, never about the program.
    pub async fn execute(
        self,
        sink: &mut dyn Sink,
        cancel: &CancellationToken,
    ) -> Result<ExecutionResult, SandboxError> {
        let program = match Program::new(self.language, self.request, self.limits) {
            Ok(program) => program,
            Err(invalid) => return Err(SandboxError::Spec(invalid.to_string())),
        };
        let mut result = ExecutionResult::new(Outcome::InternalError, None);
        match self.compile(&program, &mut result, sink, cancel).await? {
            None => {}
            Some(artefacts) if self.request.tests.is_empty() => {
                self.run(&program, artefacts, &mut result, sink, cancel).await?;
            }
            Some(artefacts) => self.judge(&program, &artefacts, &mut result, sink, cancel).await?,
        }
        Ok(result)
    }

    /// Returns what was compiled (nothing for interpreted languages), or `None` if it came to an end here.
    async fn compile(
        &self,
        program: &Program<'_>,
        result: &mut ExecutionResult,
        sink: &mut dyn Sink,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<BoxFile>>, SandboxError> {
        let Some(spec) = program.compile_spec() else {
            return Ok(Some(Vec::new()));
        };
        let spec = spec.map_err(SandboxError::Spec)?;
        let turn = match self.claim(&spec, cancel).await {
            Some(Claim::Found(compiled)) => {
                (result.compile, result.cached) = (Some(compiled.report), true);
                return Ok(Some(compiled.files));
            }
            Some(Claim::Turn(turn)) => Some(turn),
            None => None,
        };
        sink.status(Status::Compiling).await;
        let begun = Instant::now();
        let mut end = stage::run(self.sandbox, spec, Input::default(), None, cancel).await?;
        self.measure("compile", begun);
        let artefacts = std::mem::take(&mut end.report.collected);
        let verdict = outcome::of_compiling(&end.report, &program.compile_limits(), cancel.is_cancelled());
        if verdict.is_some() {
            tell_diagnostics(&end, sink).await;
        }
        let report = report(&end);
        result.compile = Some(report.clone());
        let Some((outcome, message)) = verdict else {
            if let Some(turn) = turn {
                let files = artefacts.clone();
                turn.keep(Compiled { files, report });
            }
            return Ok(Some(artefacts));
        };
        (result.outcome, result.message) = (outcome, message);
        Ok(None)
    }

    /// Asks for what the same program was compiled to before; `None` where nothing is kept, and once it is cancelled.
    async fn claim(&self, spec: &Spec, cancel: &CancellationToken) -> Option<Claim<'a>> {
        let claimed = self.artefacts?.claim(Key::new(self.language, spec));
        let claim = cancel.run_until_cancelled(claimed).await?;
        let result = match claim {
            Claim::Found(_) => "hit",
            Claim::Turn(_) => "miss",
        };
        metrics::counter!("codecrafter_artefact_cache_total", "result" => result).increment(1);
        Some(claim)
    }

    async fn run(
        &self,
        program: &Program<'_>,
        artefacts: Vec<BoxFile>,
        result: &mut ExecutionResult,
        sink: &mut dyn Sink,
        cancel: &CancellationToken,
    ) -> Result<(), SandboxError> {
        let mut spec = match program
            .run_spec(artefacts, &self.request.args)
            .map_err(SandboxError::Spec)?
        {
            Ok(spec) => spec,
            Err(nothing_to_start) => {
                (result.outcome, result.message) = (Outcome::CompileError, Some(nothing_to_start));
                return Ok(());
            }
        };
        files::ask(&mut spec, &self.request.output_files);
        sink.status(Status::Running).await;
        let begun = Instant::now();
        let launch = Launch {
            spec,
            early: program.may_start_early(),
        };
        let mut end = stage::run(self.sandbox, launch, self.input(program), Some(sink), cancel).await?;
        self.measure("run", begun);
        (result.outcome, result.message) = outcome::of_running(&end.report, &self.limits, cancel.is_cancelled());
        result.run = Some(report(&end));
        files::take(&mut end.report, &self.request.output_files, result);
        Ok(())
    }

    /// What the program reads: the request's, and, if it is interactive, what is sent while it runs.
    fn input(&self, program: &Program<'_>) -> Input<'_> {
        Input {
            first: program.stdin(),
            live: self.live.filter(|_| self.request.is_interactive()),
        }
    }

    fn measure(&self, stage: &'static str, begun: Instant) {
        let language = self.language.definition.id.clone();
        metrics::histogram!("codecrafter_execution_stage_seconds", "stage" => stage, "language" => language)
            .record(begun.elapsed());
    }
}

/// Watchers see why compiling failed where they would have seen the program's output.
async fn tell_diagnostics(end: &StageEnd, sink: &mut dyn Sink) {
    for text in [&end.stdout, &end.stderr] {
        if !text.is_empty() {
            sink.output(Stream::Stderr, Bytes::copy_from_slice(text)).await;
        }
    }
}

fn report(end: &StageEnd) -> StageReport {
    let (stdout, stdout_encoding) = Encoding::encode(&end.stdout);
    let (stderr, stderr_encoding) = Encoding::encode(&end.stderr);
    StageReport {
        stdout,
        stdout_encoding,
        stderr,
        stderr_encoding,
        exit_code: match end.report.end {
            End::Exited(code) => Some(code),
            _ => None,
        },
        signal: match end.report.end {
            End::Signalled(number) => Some(outcome::signal_name(number)),
            _ => None,
        },
        truncated: end.report.truncated,
        usage: end.report.usage,
    }
}
