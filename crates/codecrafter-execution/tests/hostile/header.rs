//! What a case says about itself: TOML in the comment at the head of its file.

use std::collections::BTreeMap;

use codecrafter_domain::execution::{Outcome, SourceFile};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_domain::live::TerminalSize;
use serde::Deserialize;

/// How the lines of a head begin; which of the two is the file's language's.
const COMMENTS: [&str; 2] = ["//", "#"];

/// The head of a file. What is unknown is an error, so that nothing is expected in vain.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Header {
    /// What the case shows, in a sentence.
    pub(crate) shows: String,

    // What is asked for.
    /// Unless the file's ending says it.
    pub(crate) language: Option<String>,
    /// The path in the request; the file's name unless said.
    pub(crate) path: Option<String>,
    /// Files of `hostile/shared` that go along.
    pub(crate) with: Vec<String>,
    /// More files, of any path.
    pub(crate) files: Vec<SourceFile>,
    /// Source file to start with.
    pub(crate) entry: Option<String>,
    /// Arguments.
    pub(crate) args: Vec<String>,
    /// Standard input.
    pub(crate) stdin: Option<String>,
    /// Environment.
    pub(crate) env: BTreeMap<String, String>,
    /// Options of the compiler.
    pub(crate) compile_options: Vec<String>,
    /// Other limits than the suite's own.
    pub(crate) limits: LimitsRequest,
    /// Lower limits of the compile stage.
    pub(crate) compile_limits: LimitsRequest,
    /// Files to be given back.
    pub(crate) output_files: Vec<String>,
    /// Whether standard input stays open.
    pub(crate) interactive: bool,
    /// A terminal of this size.
    pub(crate) pty: Option<TerminalSize>,

    // What is expected.
    /// How it may end.
    pub(crate) outcome: Option<OneOf<Outcome>>,
    /// The fields for which the request is refused, in place of an outcome.
    pub(crate) refused: Vec<String>,
    /// Exactly what it prints; base64 where that is not UTF-8.
    pub(crate) stdout: Option<OneOf<String>>,
    /// Exactly how many bytes are kept of both its streams.
    pub(crate) output_bytes: Option<usize>,
    /// What else is in its standard output.
    pub(crate) stdout_has: Vec<String>,
    /// What is in its standard error.
    pub(crate) stderr_has: Vec<String>,
    /// What the compiler says.
    pub(crate) compile_has: Vec<String>,
    /// What the result's message says.
    pub(crate) message_has: Vec<String>,
    /// What is nowhere in the result.
    pub(crate) lacks: Vec<String>,
    /// Exit code.
    pub(crate) exit_code: Option<i32>,
    /// Name of the signal that ended it.
    pub(crate) signal: Option<String>,
    /// Exactly the files that are given back.
    pub(crate) given_back: Option<BTreeMap<String, String>>,
    /// The most memory that it is said to have used, in MiB.
    pub(crate) memory_mib_max: Option<u64>,
}

/// One value, or a list of which any will do.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOf<T> {
    One(T),
    Any(Vec<T>),
}

impl<T: PartialEq> OneOf<T> {
    pub(crate) fn allows(&self, value: &T) -> bool {
        match self {
            Self::One(one) => one == value,
            Self::Any(any) => any.contains(value),
        }
    }
}

impl Header {
    /// The head of a source file.
    ///
    /// # Errors
    /// What is malformed, unknown or missing.
    pub(crate) fn read(source: &str) -> Result<Self, String> {
        let comment = COMMENTS.into_iter().find(|comment| source.starts_with(comment));
        let comment = comment.ok_or("must begin with a comment that says what it shows")?;
        let lines = source.lines().map_while(|line| line.strip_prefix(comment));
        let text: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let header: Self = toml::from_str(&text.join("\n")).map_err(|error| error.to_string())?;
        if header.shows.is_empty() {
            return Err("must say what it shows".into());
        }
        if header.outcome.is_some() != header.refused.is_empty() {
            return Err("must have either an outcome or refused".into());
        }
        Ok(header)
    }
}
