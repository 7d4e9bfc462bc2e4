//! One program, many inputs: compiled once, run in a fresh jail for each test, one after the other.

use std::time::{Duration, Instant};

use codecrafter_domain::execution::bounds::{TEST_OUTPUT_KEPT, TESTS_WALL_MS};
use codecrafter_domain::execution::{ExecutionResult, Outcome, Status, TestCase, TestReport, TestVerdict};
use codecrafter_sandbox::{BoxFile, SandboxError};
use tokio_util::sync::CancellationToken;

use super::coalesce::whole_characters;
use super::stage::{Launch, StageEnd};
use super::{Sink, Task, outcome, report, stage};
use crate::program::Program;

const TESTS_WALL: Duration = Duration::from_millis(TESTS_WALL_MS);

/// What one test has come to.
enum Tested {
    /// A verdict.
    Done(TestReport),
    /// An end that is no verdict about the program, and ends everything.
    Stopped(Outcome, Option<String>, TestReport),
}

impl Task<'_> {
    /// Runs all tests; those that it does not come to are skipped.
    pub(super) async fn judge(
        &self,
        program: &Program<'_>,
        artefacts: &[BoxFile],
        result: &mut ExecutionResult,
        sink: &mut dyn Sink,
        cancel: &CancellationToken,
    ) -> Result<(), SandboxError> {
        if let Err(nothing_to_start) = program.run_spec(artefacts.to_vec(), &[]).map_err(SandboxError::Spec)? {
            (result.outcome, result.message) = (Outcome::CompileError, Some(nothing_to_start));
            return Ok(());
        }
        sink.status(Status::Running).await;
        (result.outcome, result.message) = (Outcome::Ok, None);
        let begun = Instant::now();
        for (index, test) in self.request.tests.iter().enumerate() {
            if index > 0 && begun.elapsed() >= TESTS_WALL {
                let message = format!("the tests took more than {TESTS_WALL_MS} ms; those left were skipped");
                (result.outcome, result.message) = (Outcome::WallLimit, Some(message));
                break;
            }
            let (report, stopped) = match self.test(program, artefacts, test, cancel).await? {
                Tested::Done(report) => (report, None),
                Tested::Stopped(outcome, message, report) => (report, Some((outcome, message))),
            };
            let verdict = report.verdict;
            result.tests.push(report);
            sink.test(index, verdict).await;
            if let Some(stopped) = stopped {
                (result.outcome, result.message) = stopped;
                break;
            }
            if self.request.stop_at_first_failure && verdict != TestVerdict::Accepted {
                break;
            }
        }
        self.measure("run", begun);
        result.tests.resize_with(self.request.tests.len(), TestReport::skipped);
        Ok(())
    }

    async fn test(
        &self,
        program: &Program<'_>,
        artefacts: &[BoxFile],
        test: &TestCase,
        cancel: &CancellationToken,
    ) -> Result<Tested, SandboxError> {
        let args = test.args.as_ref().unwrap_or(&self.request.args);
        let spec = program.run_spec(artefacts.to_vec(), args);
        let spec = spec.and_then(|started| started).map_err(SandboxError::Spec)?;
        let stdin = test.stdin_bytes().map_err(SandboxError::Spec)?;
        let early = args.is_empty() && program.may_start_early();
        let launch = Launch { spec, early };
        let mut end = stage::run(self.sandbox, launch, bytes::Bytes::from(stdin), None, cancel).await?;
        let (outcome, message) = outcome::of_running(&end.report, &self.limits, cancel.is_cancelled());
        let verdict = test.verdict(outcome, &end.stdout);
        keep_beginning(&mut end);
        let report = TestReport {
            verdict: verdict.unwrap_or(TestVerdict::Skipped),
            message: message.clone(),
            run: Some(report(&end)),
        };
        Ok(match verdict {
            Some(_) => Tested::Done(report),
            None => Tested::Stopped(outcome, message, report),
        })
    }
}

/// Cuts each stream to what is kept, between characters.
fn keep_beginning(end: &mut StageEnd) {
    for stream in [&mut end.stdout, &mut end.stderr] {
        if stream.len() > TEST_OUTPUT_KEPT {
            stream.truncate(whole_characters(&stream[..TEST_OUTPUT_KEPT]));
            end.report.truncated = true;
        }
    }
}
