//! Executions: requests to run code, how they go and how they end.

pub mod bounds;
pub mod callback;
mod check;
mod checker;
mod result;
mod test;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::SessionId;
use crate::limits::LimitsRequest;
use crate::live::TerminalSize;
use crate::object;
pub use result::{Execution, ExecutionHead, ExecutionResult, Outcome, OutputFile, StageReport, Status};
pub use test::{Checker, TestCase, TestReport, TestVerdict};

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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// Options for the compiler, each one of the language's `compile_options`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compile_options: Vec<String>,
    /// Limits in place of the language's defaults; with tests, for each of them.
    #[serde(default, deserialize_with = "object::one")]
    pub limits: LimitsRequest,
    /// Limits of the compile stage, below the language's own.
    #[serde(default, deserialize_with = "object::one")]
    pub compile_limits: LimitsRequest,
    /// Inputs to run the program with, one after the other, compiled once; at most 100. Each run has a place of its
    /// own, and `stdin` is left out of the request. Tests are begun within 5 minutes in all; later ones are skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "object::list")]
    pub tests: Vec<TestCase>,
    /// Whether the tests after the first one that is not accepted are skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop_at_first_failure: bool,
    /// Files to give back after the run; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output_files: Vec<String>,
    /// Whether a person waits: `interactive` runs come first. Runs in a session and those with `wait=true` are
    /// interactive unless said, all others are `batch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Where the result is posted to once it has finished: `http` or `https`, to a public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
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

/// Whose turn it is among runs that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits for it.
    Interactive,
    /// Nobody looks at it just now.
    #[default]
    Batch,
}
