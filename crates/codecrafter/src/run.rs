//! `codecrafter run`: a local file through language, compiler and sandbox, without store or queue.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::execution::{Encoding, ExecutionRequest, ExecutionResult, Outcome, SourceFile, Status, bounds};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::pipeline::{Sink, Task};
use codecrafter_execution::{Catalogue, Languages};
use tokio_util::sync::CancellationToken;

use crate::cli::RunArgs;
use crate::engines;
use crate::settings::Settings;

const MIB: u64 = 1024 * 1024;

/// Runs the file; the exit code is the program's, or says what ended it (see `codecrafter run --help`).
pub(crate) async fn run(settings: &Settings, args: RunArgs) -> anyhow::Result<ExitCode> {
    let languages = engines::languages(&settings.data_dir).await?;
    let request = request(args, &languages)?;
    let catalogue = languages.catalogue();
    let limits = check(&catalogue, &request)?;
    let language = languages
        .find(&request.language)
        .context("the language was found just now")?;
    let sandbox = codecrafter_sandbox::open(&settings.sandbox).await.context("sandbox")?;
    let cancel = CancellationToken::new();
    cancel_on_interrupt(cancel.clone());
    let task = Task {
        sandbox: sandbox.as_ref(),
        language,
        request: &request,
        limits,
    };
    let result = task.execute(&mut Terminal, &cancel).await?;
    Ok(report(&result))
}

fn check(catalogue: &Catalogue, request: &ExecutionRequest) -> anyhow::Result<codecrafter_domain::limits::Limits> {
    catalogue
        .check(request)
        .map(|(_, limits)| limits)
        .map_err(|invalid| anyhow::anyhow!("{invalid}"))
}

fn request(args: RunArgs, languages: &Languages) -> anyhow::Result<ExecutionRequest> {
    let files = sources(&args.files)?;
    let language = match args.language {
        Some(language) => language,
        None => by_ending(&files[0].path, languages)?,
    };
    let (stdin, stdin_encoding) = Encoding::encode(&standard_input(args.stdin, args.stdin_file.as_deref())?);
    Ok(ExecutionRequest {
        language,
        entry: Some(files[0].path.clone()),
        files,
        stdin: Some(stdin),
        stdin_encoding,
        args: args.args,
        limits: LimitsRequest {
            cpu_ms: args.cpu_ms,
            wall_ms: args.wall_ms,
            memory_bytes: args.memory_mib.map(|mib| mib.saturating_mul(MIB)),
            ..LimitsRequest::default()
        },
        ..ExecutionRequest::default()
    })
}

/// The files with their paths below the folder that they share.
fn sources(paths: &[PathBuf]) -> anyhow::Result<Vec<SourceFile>> {
    let absolute = paths
        .iter()
        .map(|path| path.canonicalize().with_context(|| path.display().to_string()));
    let absolute: Vec<PathBuf> = absolute.collect::<anyhow::Result<_>>()?;
    let base = shared_folder(&absolute);
    absolute.iter().map(|path| source(path, &base)).collect()
}

fn source(path: &Path, base: &Path) -> anyhow::Result<SourceFile> {
    let shown = path.display();
    let size = path.metadata().with_context(|| shown.to_string())?;
    if !size.is_file() || size.len() > bounds::SOURCE_BYTES as u64 {
        bail!(
            "{shown} must be a regular file of at most {} bytes",
            bounds::SOURCE_BYTES
        );
    }
    let relative = path
        .strip_prefix(base)?
        .to_str()
        .with_context(|| format!("{shown}: the name must be UTF-8"))?;
    let (content, encoding) = Encoding::encode(&std::fs::read(path).with_context(|| shown.to_string())?);
    Ok(SourceFile {
        path: relative.to_owned(),
        content,
        encoding,
    })
}

fn shared_folder(paths: &[PathBuf]) -> PathBuf {
    let mut base = paths[0].parent().unwrap_or(Path::new("/")).to_owned();
    while !paths.iter().all(|path| path.starts_with(&base)) {
        base.pop();
    }
    base
}

fn by_ending(path: &str, languages: &Languages) -> anyhow::Result<String> {
    let ending = Path::new(path)
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let mut installed = languages.installed().iter().map(|language| &language.definition);
    if let Some(definition) = installed.find(|definition| definition.extensions.iter().any(|known| known == ending)) {
        return Ok(definition.id.clone());
    }
    let known: Vec<&str> = languages
        .installed()
        .iter()
        .map(|language| language.definition.id.as_str())
        .collect();
    bail!(
        "the ending of {path} belongs to no installed language: give --language, one of {}",
        known.join(", ")
    )
}

fn standard_input(text: Option<String>, file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    if let Some(text) = text {
        return Ok(text.into_bytes());
    }
    let mut bytes = Vec::new();
    let most = bounds::STDIN_BYTES as u64 + 1;
    match file {
        Some(path) => {
            let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
            file.take(most).read_to_end(&mut bytes)?;
        }
        None if io::stdin().is_terminal() => {}
        None => {
            io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

fn cancel_on_interrupt(cancel: CancellationToken) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
}

/// Passes output on as it appears.
struct Terminal;

#[async_trait]
impl Sink for Terminal {
    async fn status(&mut self, _: Status) {}

    async fn output(&mut self, stream: Stream, bytes: Bytes) {
        // A closed pipe at our end (`… | head`) is no reason to fail: the program's code still counts.
        let _ = match stream {
            Stream::Stdout => io::stdout()
                .lock()
                .write_all(&bytes)
                .and_then(|()| io::stdout().flush()),
            Stream::Stderr => io::stderr().lock().write_all(&bytes),
        };
    }
}

fn report(result: &ExecutionResult) -> ExitCode {
    if !matches!(result.outcome, Outcome::Ok | Outcome::RuntimeError) {
        let stage = result.run.as_ref().or(result.compile.as_ref());
        let signal = stage
            .and_then(|stage| stage.signal.as_deref())
            .map(|signal| format!(" ({signal})"));
        let message = result.message.as_deref().map(|message| format!(": {message}"));
        let name = outcome_words(result.outcome);
        eprintln!(
            "codecrafter: {name}{}{}",
            signal.unwrap_or_default(),
            message.unwrap_or_default()
        );
    }
    ExitCode::from(exit_code(result))
}

fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ended well",
        Outcome::RuntimeError => "ended with an error",
        Outcome::Signalled => "ended by a signal",
        Outcome::CompileError => "does not compile",
        Outcome::CpuLimit => "used up its processor time",
        Outcome::WallLimit => "ran out of time",
        Outcome::MemoryLimit => "used up its memory",
        Outcome::OutputLimit => "wrote more than it may",
        Outcome::Cancelled => "cancelled",
        Outcome::InternalError => "the platform failed",
    }
}

/// Codes as shells and `timeout(1)` use them, and `sysexits.h`.
fn exit_code(result: &ExecutionResult) -> u8 {
    let run = result.run.as_ref();
    let own = run
        .and_then(|run| run.exit_code)
        .and_then(|code| u8::try_from(code & 0xff).ok());
    match result.outcome {
        Outcome::Ok => 0,
        Outcome::RuntimeError => own.unwrap_or(1),
        Outcome::Signalled => run.and_then(|run| run.signal.as_deref()).map_or(128, signal_code),
        Outcome::CompileError => 65,
        Outcome::CpuLimit | Outcome::WallLimit => 124,
        Outcome::MemoryLimit => 137,
        Outcome::OutputLimit => 125,
        Outcome::Cancelled => 130,
        Outcome::InternalError => 70,
    }
}

/// 128 + n for the signals that programs usually die of (`signal(7)`).
fn signal_code(name: &str) -> u8 {
    let number = match name {
        "SIGHUP" => 1,
        "SIGINT" => 2,
        "SIGQUIT" => 3,
        "SIGILL" => 4,
        "SIGTRAP" => 5,
        "SIGABRT" => 6,
        "SIGBUS" => 7,
        "SIGFPE" => 8,
        "SIGKILL" => 9,
        "SIGUSR1" => 10,
        "SIGSEGV" => 11,
        "SIGUSR2" => 12,
        "SIGPIPE" => 13,
        "SIGALRM" => 14,
        "SIGTERM" => 15,
        "SIGXCPU" => 24,
        "SIGXFSZ" => 25,
        "SIGSYS" => 31,
        _ => 0,
    };
    128 + number
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::execution::StageReport;

    use super::*;

    fn result(outcome: Outcome, exit_code: Option<i32>, signal: Option<&str>) -> ExecutionResult {
        let run = StageReport {
            exit_code,
            signal: signal.map(str::to_owned),
            ..StageReport::default()
        };
        ExecutionResult {
            outcome,
            message: None,
            compile: None,
            run: Some(run),
            cached: false,
        }
    }

    #[test]
    fn the_exit_code_is_the_programs() {
        assert_eq!(exit_code(&result(Outcome::Ok, Some(0), None)), 0);
        assert_eq!(exit_code(&result(Outcome::RuntimeError, Some(42), None)), 42);
        assert_eq!(exit_code(&result(Outcome::Signalled, None, Some("SIGSEGV"))), 139);
        assert_eq!(exit_code(&result(Outcome::CpuLimit, None, None)), 124);
    }

    #[test]
    fn paths_are_relative_to_the_shared_folder() {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::fs::create_dir_all(dir.path().join("a/b")).expect("made");
        let paths = [dir.path().join("a/main.py"), dir.path().join("a/b/x.py")];
        for path in &paths {
            std::fs::write(path, "").expect("written");
        }
        let files = sources(&paths).expect("read");
        let names: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["main.py", "b/x.py"]);
        assert_eq!(sources(&paths[..1]).expect("read")[0].path, "main.py");
    }
}
