//! Tests: inputs that a program is run with, and what is said about its answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::check_args;
use super::{Encoding, ExecutionRequest, Outcome, StageReport, bounds, checker};
use crate::validate::Invalid;

/// How an output is compared with what is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Checker {
    /// Byte for byte.
    Exact,
    /// Without whitespace at the ends of lines and newlines at the end.
    #[default]
    Trim,
    /// Word by word, numbers within `tolerance` of what is expected, absolutely or in proportion.
    Float,
}

/// One input, and what is expected of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// What the program reads from standard input.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdin: String,
    /// How `stdin` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub stdin_encoding: Encoding,
    /// Arguments in place of the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// What it should write to standard output; without it, exit code 0 is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_stdout: Option<String>,
    /// How `expected_stdout` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub expected_stdout_encoding: Encoding,
    /// How the two are compared.
    #[serde(default)]
    pub checker: Checker,
    /// For the checker `float`: from 0 to 1, and 0.000001 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

/// What is said about a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestVerdict {
    /// Exit code 0, and the output that is expected.
    Accepted,
    /// Exit code 0, but another output.
    WrongAnswer,
    /// Another exit code.
    RuntimeError,
    /// Ended by a signal that was not a limit.
    Signalled,
    /// Used up its processor time.
    CpuLimit,
    /// Ran out of time on the clock.
    WallLimit,
    /// Used up its memory.
    MemoryLimit,
    /// Wrote more than it may.
    OutputLimit,
    /// Not run to its end: an earlier one failed, time was up, or it was cancelled.
    Skipped,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestReport {
    /// What is said about it.
    pub verdict: TestVerdict,
    /// More about the verdict, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How its run went, if it came to that. Of each output stream the first 16 KiB are kept; `truncated` says
    /// whether there was more. The checker has seen all of it.
    pub run: Option<StageReport>,
}

impl TestReport {
    /// Of a test that was not run.
    pub fn skipped() -> Self {
        Self {
            verdict: TestVerdict::Skipped,
            message: None,
            run: None,
        }
    }
}

impl TestCase {
    /// What the program reads, as bytes.
    pub fn stdin_bytes(&self) -> Result<Vec<u8>, String> {
        self.stdin_encoding.decode(&self.stdin)
    }

    /// What is said about a run that ended like this and wrote `stdout`. `None` for ends that are no verdict about
    /// the program.
    pub fn verdict(&self, outcome: Outcome, stdout: &[u8]) -> Option<TestVerdict> {
        match outcome {
            Outcome::Ok if self.accepts(stdout) => Some(TestVerdict::Accepted),
            Outcome::Ok => Some(TestVerdict::WrongAnswer),
            Outcome::RuntimeError => Some(TestVerdict::RuntimeError),
            Outcome::Signalled => Some(TestVerdict::Signalled),
            Outcome::CpuLimit => Some(TestVerdict::CpuLimit),
            Outcome::WallLimit => Some(TestVerdict::WallLimit),
            Outcome::MemoryLimit => Some(TestVerdict::MemoryLimit),
            Outcome::OutputLimit => Some(TestVerdict::OutputLimit),
            Outcome::CompileError | Outcome::Cancelled | Outcome::InternalError => None,
        }
    }

    fn accepts(&self, stdout: &[u8]) -> bool {
        let Some(expected) = &self.expected_stdout else {
            return true;
        };
        let Ok(expected) = self.expected_stdout_encoding.decode(expected) else {
            return false;
        };
        match self.checker {
            Checker::Exact => expected == stdout,
            Checker::Trim => checker::trimmed(&expected, stdout),
            Checker::Float => checker::float(&expected, stdout, self.tolerance.unwrap_or(checker::TOLERANCE)),
        }
    }

    /// Checks it as `field`; returns how many bytes it brings.
    fn check(&self, field: &str, invalid: &mut Invalid) -> usize {
        let stdin = invalid.check(&format!("{field}.stdin"), self.stdin_bytes());
        let stdin = stdin.map_or(0, |stdin| stdin.len());
        if stdin > bounds::STDIN_BYTES {
            invalid.add(
                format!("{field}.stdin"),
                format!("must have at most {} bytes", bounds::STDIN_BYTES),
            );
        }
        check_args(
            &format!("{field}.args"),
            self.args.as_deref().unwrap_or_default(),
            invalid,
        );
        let expected = self.expected_stdout.as_deref().unwrap_or_default();
        let expected = self.expected_stdout_encoding.decode(expected);
        let expected = invalid.check(&format!("{field}.expected_stdout"), expected);
        match self.tolerance {
            Some(_) if self.checker != Checker::Float => {
                invalid.add(format!("{field}.tolerance"), "is for the checker float only");
            }
            Some(tolerance) if !(0.0..=1.0).contains(&tolerance) => {
                invalid.add(
                    format!("{field}.tolerance"),
                    format!("must be from 0 to 1, not {tolerance}"),
                );
            }
            _ => {}
        }
        stdin + expected.map_or(0, |expected| expected.len())
    }
}

impl ExecutionRequest {
    pub(super) fn check_tests(&self, invalid: &mut Invalid) {
        if self.tests.len() > bounds::TESTS {
            invalid.add(
                "tests",
                format!("must be at most {} tests, not {}", bounds::TESTS, self.tests.len()),
            );
            return;
        }
        let mut bytes = 0;
        for (index, test) in self.tests.iter().enumerate() {
            bytes += test.check(&format!("tests[{index}]"), invalid);
        }
        if bytes > bounds::TESTS_BYTES {
            invalid.add(
                "tests",
                format!(
                    "stdin and expected_stdout must have at most {} bytes in all, not {bytes}",
                    bounds::TESTS_BYTES
                ),
            );
        }
        if !self.tests.is_empty() && self.stdin.is_some() {
            invalid.add("stdin", "is given by each test: leave it out where there are tests");
        }
    }
}
