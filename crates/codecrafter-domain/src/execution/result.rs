//! Where an execution is and how it ended.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Encoding, TestReport};
use crate::id::{ExecutionId, SessionId};
use crate::limits::{Limits, Usage};
use crate::live::TerminalSize;
use crate::user::Person;

/// Where an execution is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a worker.
    Queued,
    /// Is being compiled.
    Compiling,
    /// Runs.
    Running,
    /// Has ended, for one [`Outcome`].
    Finished,
}

/// How an execution ended. With tests, `ok` says that the program compiled and its tests were run; their verdicts
/// tell the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Exit code 0.
    Ok,
    /// Another exit code.
    RuntimeError,
    /// Ended by a signal that was not a limit.
    Signalled,
    /// The compiler refused.
    CompileError,
    /// Used up its processor time.
    CpuLimit,
    /// Ran out of time on the clock.
    WallLimit,
    /// Used up its memory.
    MemoryLimit,
    /// Wrote more than it may.
    OutputLimit,
    /// A person cancelled it.
    Cancelled,
    /// Our fault; nothing is said about the program.
    InternalError,
}

/// How one stage (compiling or running) went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StageReport {
    /// Standard output, up to the limit.
    pub stdout: String,
    /// How `stdout` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub stdout_encoding: Encoding,
    /// Standard error, up to the limit.
    pub stderr: String,
    /// How `stderr` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub stderr_encoding: Encoding,
    /// Exit code, unless a signal or a limit ended it.
    pub exit_code: Option<i32>,
    /// Name of the signal that ended it, for example `SIGSEGV`.
    pub signal: Option<String>,
    /// Whether output was cut at its limit.
    pub truncated: bool,
    /// What it used.
    pub usage: Usage,
}

/// A file that a run left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputFile {
    /// As the request named it.
    pub path: String,
    /// Its content.
    pub content: String,
    /// How `content` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub encoding: Encoding,
}

/// An execution without its output: what lists and events carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionHead {
    /// Identifier.
    pub id: ExecutionId,
    /// The session in which it was run.
    pub session_id: Option<SessionId>,
    /// Who ran it.
    pub user: Person,
    /// Id of the language.
    pub language: String,
    /// Where it is.
    pub status: Status,
    /// How it ended, once finished.
    pub outcome: Option<Outcome>,
    /// More about the outcome, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The program's exit code, once finished.
    pub exit_code: Option<i32>,
    /// Limits in force for the run.
    pub limits: Limits,
    /// Whether it takes input while it runs.
    #[serde(default)]
    pub interactive: bool,
    /// The terminal that it started with, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pty: Option<TerminalSize>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When a worker took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// An execution with its output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Execution {
    /// What lists show.
    #[serde(flatten)]
    pub head: ExecutionHead,
    /// How compiling went, for compiled languages.
    pub compile: Option<StageReport>,
    /// How the run went, if it came to that. With tests, each has a report of its own instead.
    pub run: Option<StageReport>,
    /// How each test went, in the order of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestReport>,
    /// What the request's `output_files` named and the run left behind: at most 1 MiB each and 4 MiB together. What
    /// is missing was not there; `message` says what was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<OutputFile>,
    /// Whether the compiled program came from the cache.
    pub cached: bool,
}

impl Execution {
    /// What an execution is once it has finished with this result at this moment: what every store says from then on.
    pub fn finished(head: ExecutionHead, result: ExecutionResult, at: DateTime<Utc>) -> Self {
        Self {
            head: ExecutionHead {
                status: Status::Finished,
                outcome: Some(result.outcome),
                exit_code: result.exit_code(),
                message: result.message_as_stored(),
                finished_at: Some(at.trunc_subsecs(6)),
                ..head
            },
            compile: result.compile,
            run: result.run,
            tests: result.tests,
            files: result.files,
            cached: result.cached,
        }
    }
}

/// The end of an execution, as a worker reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionResult {
    /// How it ended.
    pub outcome: Outcome,
    /// More about the outcome, for a person.
    pub message: Option<String>,
    /// How compiling went.
    pub compile: Option<StageReport>,
    /// How the run went.
    pub run: Option<StageReport>,
    /// How each test went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<TestReport>,
    /// What it left behind of what was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<OutputFile>,
    /// Whether the compiled program came from the cache.
    pub cached: bool,
}

impl ExecutionResult {
    /// An end without any report.
    pub fn new(outcome: Outcome, message: Option<String>) -> Self {
        Self {
            outcome,
            message,
            compile: None,
            run: None,
            tests: Vec::new(),
            files: Vec::new(),
            cached: false,
        }
    }

    /// The program's exit code, or the compiler's where that refused.
    pub fn exit_code(&self) -> Option<i32> {
        let stage = match self.outcome {
            Outcome::CompileError => &self.compile,
            _ => &self.run,
        };
        stage.as_ref().and_then(|stage| stage.exit_code)
    }

    /// The message without U+0000: engines differ over it in text, and in a sentence for people it has no meaning.
    pub fn message_as_stored(&self) -> Option<String> {
        self.message.as_ref().map(|text| text.replace('\0', "\u{fffd}"))
    }
}
