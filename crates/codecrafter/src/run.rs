//! `codecrafter run`: a local file through language, compiler and sandbox, without store or queue.

mod ending;
mod request;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::execution::{ExecutionResult, Status};
use codecrafter_execution::pipeline::Sink;
use codecrafter_execution::{Definition, Languages, LocalError, SearchPath, run_local};
use codecrafter_sandbox::SandboxConfig;
use tokio_util::sync::CancellationToken;

use crate::cli::RunArgs;
use crate::settings::Settings;
use crate::toolchain_cache;

/// What was typed cannot be run (`EX_USAGE` of `sysexits.h`).
const WRONG_REQUEST: u8 = 64;
/// The platform failed (`EX_SOFTWARE` of `sysexits.h`). Not 1: that may be the program's own.
const PLATFORM_FAILED: u8 = 70;

/// Runs the file; the exit code is the program's, or says what ended it (see `codecrafter run --help`).
pub(crate) async fn run(settings: &Settings, args: RunArgs) -> anyhow::Result<ExitCode> {
    let definitions = Definition::built_in_and(&settings.data_dir.join("languages")).context("languages")?;
    let chosen = request::from_args(args, definitions);
    let (definition, request) = match chosen {
        Ok(chosen) => chosen,
        Err(wrong) => return Ok(failed(&wrong, WRONG_REQUEST)),
    };
    let cancel = CancellationToken::new();
    cancel_on_interrupt(cancel.clone());
    let cache = toolchain_cache::folder(settings)?;
    let sandbox_config = one_jail_at_a_time(&settings.sandbox);
    let (toolchain, sandbox) = tokio::join!(
        toolchain(definition, &cache),
        codecrafter_sandbox::open(&sandbox_config),
    );
    let (languages, sandbox) = match (toolchain, sandbox) {
        (Ok(languages), Ok(sandbox)) => (languages, sandbox),
        (Err(missing), _) => return Ok(failed(&missing, PLATFORM_FAILED)),
        (_, Err(error)) => return Ok(failed(&error.into(), PLATFORM_FAILED)),
    };
    match run_local(&languages, sandbox.as_ref(), &request, &mut Terminal, &cancel).await {
        Ok(result) => Ok(tell(&result)),
        Err(LocalError::Invalid(invalid)) => Ok(failed(&invalid.into(), WRONG_REQUEST)),
        Err(error) => Ok(failed(&error.into(), PLATFORM_FAILED)),
    }
}

/// Looks for one toolchain only: asking all of them for their versions takes longer than most programs run.
async fn toolchain(definition: Definition, cache: &Path) -> anyhow::Result<Languages> {
    let languages = Languages::detect(vec![definition], &SearchPath::from_env(), Some(cache)).await;
    if let [missing] = languages.missing() {
        bail!("{}: {}; {}", missing.name, missing.reason, missing.install);
    }
    for language in languages.installed().iter().filter(|language| !language.is_prepared()) {
        eprintln!("codecrafter: preparing {} once", language.definition.name);
    }
    languages.prepare().await;
    Ok(languages)
}

/// The usual stock of ready jails would be made for nothing.
fn one_jail_at_a_time(config: &SandboxConfig) -> SandboxConfig {
    let SandboxConfig::Native(native) = config.clone();
    SandboxConfig::Native(codecrafter_sandbox::NativeConfig { ready: 1, ..native })
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

fn tell(result: &ExecutionResult) -> ExitCode {
    if let Some(words) = ending::words(result) {
        eprintln!("codecrafter: {words}");
    }
    ExitCode::from(ending::exit_code(result))
}

fn failed(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("codecrafter: {error:#}");
    ExitCode::from(code)
}
