//! A request together with its language: which files, which commands.

use bytes::Bytes;
use codecrafter_domain::execution::{ExecutionRequest, SourceFile};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::validate::Invalid;
use codecrafter_sandbox::{BOX, BoxFile, Spec};

use crate::catalogue::is_source;
use crate::language::definition::Start;
use crate::language::{Language, Values};

/// Where programs look up commands, inside and outside of jails.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// The most that is taken out of a compile stage, in bytes: the run's files have to hold it, too.
const ARTEFACT_BYTES: u64 = 32 * 1024 * 1024;

/// What a terminal in a browser can do (terminfo(5)).
const TERMINAL: &str = "xterm-256color";

/// A program to be made and run.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    language: &'a Language,
    limits: Limits,
    request: &'a ExecutionRequest,
    files: Vec<BoxFile>,
    entry: String,
    stdin: Bytes,
}

impl<'a> Program<'a> {
    /// A program from a request that has passed [`crate::Catalogue::check`].
    ///
    /// # Errors
    /// Names what could not be decoded.
    pub(crate) fn new(language: &'a Language, request: &'a ExecutionRequest, limits: Limits) -> Result<Self, Invalid> {
        let files = match &request.code {
            Some(code) => vec![box_file(language.source_name_for(code), code.clone().into())],
            None => request.files.iter().enumerate().map(decode).collect::<Result<_, _>>()?,
        };
        let entry = match &request.entry {
            Some(entry) => entry.clone(),
            None => first_source(language, &files)?.to_owned(),
        };
        let stdin = request.stdin_bytes().map_err(|error| Invalid::one("stdin", error))?;
        Ok(Self {
            language,
            limits,
            request,
            files,
            stdin: stdin.into(),
            entry,
        })
    }

    /// What it reads from standard input.
    pub(crate) fn stdin(&self) -> Bytes {
        self.stdin.clone()
    }

    /// How it is compiled; `None` for interpreted languages.
    pub(crate) fn compile_spec(&self) -> Option<Result<Spec, String>> {
        let compile = self.language.definition.compile.as_ref()?;
        let (sources, siblings) = self.sources();
        let options = &self.request.compile_options[..];
        let mut lists = vec![
            ("sources", &sources[..]),
            ("siblings", &siblings[..]),
            ("options", options),
        ];
        let optional = &self.language.optional;
        lists.extend(optional.iter().map(|(name, argv)| (name.as_str(), &argv[..])));
        let limits = self.compile_limits();
        let (values, mounts) = self.language.compile_setting();
        let values = self.with_request(values, &limits);
        let env = compile
            .env
            .iter()
            .map(|(name, value)| Ok((name.clone(), values.fill(value)?)));
        let command = without_replaced(&compile.argv, &self.request.compile_options);
        let spec = values.fill_all(&command, &lists).and_then(|argv| {
            Ok(Spec {
                argv,
                env: environment(env.collect::<Result<Vec<_>, String>>()?),
                mounts,
                files: self.files.clone(),
                limits,
                terminal: None,
                collect: compile.collect.clone(),
                collect_bytes: ARTEFACT_BYTES,
            })
        });
        Some(spec)
    }

    /// Limits of its compile stage. This machine's language may allow less than the one that accepted the request.
    pub(crate) fn compile_limits(&self) -> Limits {
        let most = self.language.compile_limits;
        most.lowered("compile_limits", &self.request.compile_limits)
            .unwrap_or(most)
    }

    /// How it is run, with what was compiled and these arguments. The inner error is the program's fault: there is nothing to start.
    pub(crate) fn run_spec(&self, artefacts: Vec<BoxFile>, args: &[String]) -> Result<Result<Spec, String>, String> {
        let run = &self.language.definition.run;
        let (values, mounts) = self.language.run_setting();
        let mut values = self.with_request(values, &self.limits);
        if let Some(start) = &run.start {
            match find_start(start, &self.entry, &artefacts) {
                Some(found) => values = values.with("start", found),
                None => return Ok(Err(format!("{} holds nothing that can be started", self.entry))),
            }
        }
        let terminal = self.request.pty.map(|_| ("TERM".to_owned(), TERMINAL.to_owned()));
        let mut env: Vec<_> = terminal.into_iter().collect();
        for (name, value) in &run.env {
            env.push((name.clone(), values.fill(value)?));
        }
        let asked = self
            .request
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        let mut files = self.files.clone();
        files.retain(|file| !artefacts.iter().any(|artefact| artefact.path == file.path));
        files.extend(artefacts);
        Ok(Ok(Spec {
            argv: values.fill_all(&run.argv, &[("args", args)])?,
            env: environment(env.into_iter().chain(asked)),
            mounts,
            files,
            limits: self.limits,
            terminal: self.request.pty,
            collect: Vec::new(),
            collect_bytes: 0,
        }))
    }

    /// Whether its run may have been started before it was known: nothing but the source and what is counted is its own.
    pub(crate) fn may_start_early(&self) -> bool {
        let (request, usual) = (self.request, self.language.run_limits);
        let (Some(early), [file]) = (&self.language.definition.run.early, &self.files[..]) else {
            return false;
        };
        let as_ever = request.args.is_empty() && request.env.is_empty() && request.pty.is_none();
        let fits = self.limits.memory_bytes >= usual.memory_bytes
            && (self.limits.stack_bytes, self.limits.files_bytes) == (usual.stack_bytes, usual.files_bytes);
        as_ever && fits && file.path == self.language.definition.source_name && early.takes(&file.content)
    }

    fn with_request(&self, values: Values, limits: &Limits) -> Values {
        values
            .with("entry", argument(&self.entry))
            .with("memory_mib", (limits.memory_bytes / (1024 * 1024)).to_string())
            .with("stack_kib", (limits.stack_bytes / 1024).to_string())
    }

    /// All source files, and those in the entry's folder; the entry first in both.
    fn sources(&self) -> (Vec<String>, Vec<String>) {
        let others = self.files.iter().map(|file| file.path.clone());
        let others = others.filter(|path| *path != self.entry && is_source(&self.language.definition.extensions, path));
        let sources: Vec<String> = [self.entry.clone()].into_iter().chain(others).collect();
        let beside = |path: &&String| folder(path) == folder(&self.entry);
        let siblings = sources.iter().filter(beside).map(|path| argument(path)).collect();
        (sources.iter().map(|path| argument(path)).collect(), siblings)
    }
}

/// The compiler's arguments without those `--name=value` of which an option of the request gives another value: some
/// compilers refuse to be told twice.
fn without_replaced(argv: &[String], options: &[String]) -> Vec<String> {
    let name = |argument: &str| argument.split_once('=').map(|(name, _)| name.to_owned());
    let given: Vec<String> = options.iter().filter_map(|option| name(option)).collect();
    let stays = |argument: &&String| name(argument).is_none_or(|name| !given.contains(&name));
    argv.iter().filter(stays).cloned().collect()
}

impl Language {
    /// The name of the file that `code` becomes.
    fn source_name_for(&self, code: &str) -> String {
        let definition = &self.definition;
        let declared = code.lines().find_map(|line| {
            let rest = definition
                .name_after
                .iter()
                .find_map(|words| line.strip_prefix(words.as_str()))?;
            let name = rest.strip_prefix(' ')?.trim_start();
            let end = name
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(name.len());
            (1..=100).contains(&end).then(|| &name[..end])
        });
        match (declared, definition.extensions.first()) {
            (Some(name), Some(extension)) => format!("{name}.{extension}"),
            _ => definition.source_name.clone(),
        }
    }
}

fn decode((index, file): (usize, &SourceFile)) -> Result<BoxFile, Invalid> {
    let content = file.encoding.decode(&file.content);
    let content = content.map_err(|error| Invalid::one(format!("files[{index}].content"), error))?;
    Ok(box_file(file.path.clone(), content))
}

fn box_file(path: String, content: Vec<u8>) -> BoxFile {
    BoxFile {
        path,
        content: content.into(),
        executable: false,
    }
}

fn first_source<'f>(language: &Language, files: &'f [BoxFile]) -> Result<&'f str, Invalid> {
    let extensions = &language.definition.extensions;
    let entry = files
        .iter()
        .find(|file| is_source(extensions, &file.path))
        .or(files.first());
    entry
        .map(|file| file.path.as_str())
        .ok_or_else(|| Invalid::one("files", "give at least one file, or code"))
}

/// A path as compilers take it for one: `@x` is to them a file of more arguments. (Nothing starts with `-`:
/// `codecrafter_domain::path`.)
fn argument(path: &str) -> String {
    if path.starts_with('@') {
        format!("./{path}")
    } else {
        path.to_owned()
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The whole environment: the usual, then `more`, of which later ones win.
fn environment(more: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    let usual = [("PATH", PATH), ("HOME", BOX), ("LANG", "C.UTF-8"), ("TMPDIR", "/tmp")];
    let mut all: Vec<(String, String)> = usual.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for (name, value) in more {
        all.retain(|(earlier, _)| *earlier != name);
        all.push((name, value));
    }
    all
}

/// What to start among the compiled files: named like the entry (best in a folder like the entry's), else marked.
fn find_start(start: &Start, entry: &str, artefacts: &[BoxFile]) -> Option<String> {
    let below = |file: &'_ BoxFile| -> Option<String> {
        let path = file.path.strip_prefix(start.below.as_str())?.strip_prefix('/')?;
        Some(path.strip_suffix(start.ending.as_str())?.to_owned())
    };
    let wanted = entry.rsplit_once('.').map_or(entry, |(stem, _)| stem);
    let name = wanted.rsplit('/').next().unwrap_or(wanted);
    let named: Vec<String> = artefacts
        .iter()
        .filter_map(below)
        .filter(|path| path.rsplit('/').next() == Some(name))
        .collect();
    let like_entry = named
        .iter()
        .filter(|path| wanted == path.as_str() || wanted.ends_with(&format!("/{path}")));
    let found = like_entry.max_by_key(|path| path.len()).or(named.first()).cloned();
    let marked = || {
        artefacts
            .iter()
            .filter(|file| contains(&file.content, start.marker.as_bytes()))
            .find_map(below)
    };
    found.or_else(marked).map(|path| path.replace('/', &start.join))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len().max(1)).any(|window| window == wanted)
}
