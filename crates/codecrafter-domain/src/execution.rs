//! Executions: requests to run code, how they go and how they end.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{ExecutionId, SessionId};
use crate::limits::{Limits, LimitsRequest, Usage};
use crate::live::TerminalSize;
use crate::user::Person;
use crate::validate::Invalid;
use crate::{object, path};

/// How bytes are written in a JSON string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As they are.
    #[default]
    Utf8,
    /// RFC 4648, standard alphabet with padding.
    Base64,
}

impl Encoding {
    /// Whether it is the default, and need not be written.
    pub fn is_utf8(&self) -> bool {
        *self == Self::Utf8
    }

    /// Bytes as text: UTF-8 where they are, else base64.
    pub fn encode(bytes: &[u8]) -> (String, Self) {
        match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), Self::Utf8),
            Err(_) => (BASE64.encode(bytes), Self::Base64),
        }
    }

    /// The bytes that `text` stands for.
    pub fn decode(self, text: &str) -> Result<Vec<u8>, String> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Base64 => BASE64
                .decode(text)
                .map_err(|_| "must be base64 with padding (RFC 4648)".into()),
        }
    }
}

/// A source file of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// Relative path, `/`-separated.
    pub path: String,
    /// Its content.
    pub content: String,
    /// How `content` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub encoding: Encoding,
}

/// A request to run code, as it arrives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionRequest {
    /// Id or alias of a language, for example `python` or `py`.
    pub language: String,
    /// Source files; either these or `code`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "object::list")]
    pub files: Vec<SourceFile>,
    /// One source file's content, under the language's usual name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The file to start with; the first one unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What the program reads from standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// How `stdin` is written.
    #[serde(default, skip_serializing_if = "Encoding::is_utf8")]
    pub stdin_encoding: Encoding,
    /// Arguments after the program's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Environment variables besides the language's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Limits in place of the language's defaults.
    #[serde(default, deserialize_with = "object::one")]
    pub limits: LimitsRequest,
    /// The session in which it is run, whose participants then see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Whether standard input stays open after `stdin`, for what is sent while it runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interactive: bool,
    /// The size of the terminal that it gets, which makes it interactive; without one it has pipes. What it writes to a
    /// terminal is standard output.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "object::optional"
    )]
    pub pty: Option<TerminalSize>,
}

/// Bounds of a request.
pub mod bounds {
    /// Source files in one request.
    pub const FILES: usize = 20;
    /// All sources together, in bytes.
    pub const SOURCE_BYTES: usize = 1024 * 1024;
    /// Standard input, in bytes.
    pub const STDIN_BYTES: usize = 1024 * 1024;
    /// Arguments.
    pub const ARGS: usize = 64;
    /// One argument or environment value, in bytes.
    pub const ARG_BYTES: usize = 4096;
    /// Environment variables.
    pub const ENV: usize = 64;
}

impl ExecutionRequest {
    /// Checks everything that does not depend on which languages there are.
    ///
    /// # Errors
    /// Names each wrong field with its limit.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::none();
        self.check_sources(&mut invalid);
        self.check_stdin(&mut invalid);
        self.check_args(&mut invalid);
        self.check_env(&mut invalid);
        self.check_live(&mut invalid);
        if let Err(Invalid(errors)) = self.limits_over(Limits::default()) {
            invalid.0.extend(errors);
        }
        invalid.into_result()
    }

    fn check_sources(&self, invalid: &mut Invalid) {
        match (&self.code, self.files.len()) {
            (None, 0) => invalid.add("files", "give at least one file, or code"),
            (Some(_), 1..) => invalid.add("code", "give either files or code, not both"),
            (_, count) if count > bounds::FILES => {
                invalid.add("files", format!("must be at most {} files, not {count}", bounds::FILES));
            }
            _ => {}
        }
        let mut bytes = self.code.as_ref().map_or(0, String::len);
        for (index, file) in self.files.iter().enumerate() {
            invalid.check(&format!("files[{index}].path"), path::check(&file.path));
            let content = invalid.check(&format!("files[{index}].content"), file.encoding.decode(&file.content));
            bytes += content.map_or(0, |content| content.len());
        }
        if bytes > bounds::SOURCE_BYTES {
            let field = if self.code.is_some() { "code" } else { "files" };
            invalid.add(
                field,
                format!("must have at most {} bytes in all, not {bytes}", bounds::SOURCE_BYTES),
            );
        }
        if let Some(index) = path::first_collision(self.files.iter().map(|file| file.path.as_str())) {
            invalid.add(format!("files[{index}].path"), "collides with another file's path");
        }
        if let Some(entry) = &self.entry
            && !self.files.iter().any(|file| file.path == *entry)
        {
            invalid.add("entry", "must be the path of one of files");
        }
    }

    fn check_stdin(&self, invalid: &mut Invalid) {
        let stdin = invalid.check("stdin", self.stdin_bytes());
        if stdin.is_some_and(|stdin| stdin.len() > bounds::STDIN_BYTES) {
            invalid.add("stdin", format!("must have at most {} bytes", bounds::STDIN_BYTES));
        }
    }

    fn check_args(&self, invalid: &mut Invalid) {
        if self.args.len() > bounds::ARGS {
            invalid.add("args", format!("must be at most {}", bounds::ARGS));
        }
        for (index, arg) in self.args.iter().enumerate() {
            if arg.len() > bounds::ARG_BYTES || arg.contains('\0') {
                invalid.add(format!("args[{index}]"), value_rule());
            }
        }
    }

    fn check_env(&self, invalid: &mut Invalid) {
        if self.env.len() > bounds::ENV {
            invalid.add("env", format!("must be at most {} variables", bounds::ENV));
        }
        for (name, value) in &self.env {
            let first = |c: char| c.is_ascii_alphabetic() || c == '_';
            let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.len() > 64 || !name.starts_with(first) || !name.chars().all(rest) {
                invalid.add(
                    "env",
                    format!("name {name:?} must be 1 to 64 of A-Z, a-z, 0-9 and _, not starting with a digit"),
                );
            }
            if value.len() > bounds::ARG_BYTES || value.contains('\0') {
                invalid.add(format!("env.{name}"), value_rule());
            }
        }
    }

    /// Standard input as bytes.
    pub fn stdin_bytes(&self) -> Result<Vec<u8>, String> {
        self.stdin_encoding.decode(self.stdin.as_deref().unwrap_or_default())
    }
}

fn value_rule() -> String {
    format!("must have at most {} bytes and no NUL", bounds::ARG_BYTES)
}

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

/// How an execution ended.
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
    /// How the run went, if it came to that.
    pub run: Option<StageReport>,
    /// Whether the compiled program came from the cache.
    pub cached: bool,
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
    /// Whether the compiled program came from the cache.
    pub cached: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> ExecutionRequest {
        ExecutionRequest {
            language: "python".into(),
            code: Some("print(1)".into()),
            ..ExecutionRequest::default()
        }
    }

    fn wrong_fields(request: &ExecutionRequest) -> Vec<String> {
        request
            .check()
            .expect_err("wrong")
            .0
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    fn file(path: &str, content: &str) -> SourceFile {
        SourceFile {
            path: path.into(),
            content: content.into(),
            encoding: Encoding::Utf8,
        }
    }

    #[test]
    fn an_honest_request_passes() {
        assert_eq!(request().check(), Ok(()));
    }

    #[test]
    fn sources_are_files_or_code() {
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                code: None,
                ..request()
            }),
            ["files"]
        );
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                files: vec![file("a", "")],
                ..request()
            }),
            ["code"]
        );
    }

    #[test]
    fn each_wrong_path_is_named() {
        let files = vec![file("ok.py", ""), file("../up", ""), file("OK.py", "")];
        let request = ExecutionRequest {
            code: None,
            files,
            ..request()
        };
        assert_eq!(wrong_fields(&request), ["files[1].path", "files[2].path"]);
    }

    #[test]
    fn counts_and_sizes_are_bounded() {
        let files = (0..21).map(|n| file(&format!("{n}.py"), "")).collect();
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                code: None,
                files,
                ..request()
            }),
            ["files"]
        );
        let big = Some("x".repeat(bounds::SOURCE_BYTES + 1));
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                code: big.clone(),
                ..request()
            }),
            ["code"]
        );
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                stdin: big,
                ..request()
            }),
            ["stdin"]
        );
    }

    #[test]
    fn env_and_args_are_checked() {
        let env = BTreeMap::from([("1A".to_owned(), "x".to_owned())]);
        assert_eq!(wrong_fields(&ExecutionRequest { env, ..request() }), ["env"]);
        assert_eq!(
            wrong_fields(&ExecutionRequest {
                args: vec!["a\0".into()],
                ..request()
            }),
            ["args[0]"]
        );
    }

    #[test]
    fn bytes_survive_encoding() {
        for bytes in [&b"hello\n"[..], &[0, 255, 254], "é".as_bytes()] {
            let (text, encoding) = Encoding::encode(bytes);
            assert_eq!(encoding.decode(&text).as_deref(), Ok(bytes));
        }
    }
}
