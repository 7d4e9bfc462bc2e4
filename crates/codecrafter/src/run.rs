//! `codecrafter run`: a local file through language, compiler and sandbox, without store or queue.

mod ending;
mod request;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::execution::{ExecutionResult, Status};
use codecrafter_execution::pipeline::Sink;
use codecrafter_execution::{Definition, Languages, LocalError, SearchPath, run_local};
use codecrafter_sandbox::{DockerConfig, NativeConfig, Sandbox, SandboxConfig};
use tokio_util::sync::CancellationToken;

use crate::cli::RunArgs;
use crate::settings::Settings;
use crate::{engines, toolchain_cache};

/// What was typed cannot be run (`EX_USAGE` of `sysexits.h`).
const WRONG_REQUEST: u8 = 64;
/// The platform failed (`EX_SOFTWARE` of `sysexits.h`). Not 1: that may be the program's own.
const PLATFORM_FAILED: u8 = 70;

/// Runs the file; the exit code is the program's, or says what ended it (see `codecrafter run --help`).
pub(crate) async fn run(settings: &Settings, args: RunArgs) -> anyhow::Result<ExitCode> {
    let definitions = engines::definitions(settings)?;
    let chosen = request::from_args(args, definitions);
    let (definition, request) = match chosen {
        Ok(chosen) => chosen,
        Err(wrong) => return Ok(failed(&wrong, WRONG_REQUEST)),
    };
    let cancel = CancellationToken::new();
    cancel_on_interrupt(cancel.clone());
    let (languages, sandbox) = match open(settings, definition).await {
        Ok(opened) => opened,
        Err(error) => return Ok(failed(&error, PLATFORM_FAILED)),
    };
    match run_local(&languages, sandbox.as_ref(), &request, &mut Terminal, &cancel).await {
        Ok(result) => Ok(tell(&result)),
        Err(LocalError::Invalid(invalid)) => Ok(failed(&invalid.into(), WRONG_REQUEST)),
        Err(error) => Ok(failed(&error.into(), PLATFORM_FAILED)),
    }
}

/// The sandbox and one toolchain only: asking all of them for their versions takes longer than most programs run.
async fn open(settings: &Settings, definition: Definition) -> anyhow::Result<(Languages, Arc<dyn Sandbox>)> {
    let config = one_at_a_time(&settings.sandbox);
    let opening = codecrafter_sandbox::open(&config);
    let (languages, sandbox) = if let SandboxConfig::Native(_) = config {
        let cache = toolchain_cache::folder(settings)?;
        let search = SearchPath::from_env();
        let looking = Languages::detect(vec![definition], &search, Some(&cache));
        let (languages, sandbox) = tokio::join!(looking, opening);
        (languages, sandbox?)
    } else {
        let sandbox = opening.await?;
        (engines::languages(settings, &sandbox, vec![definition]).await?, sandbox)
    };
    if let [missing] = languages.missing() {
        bail!("{}: {}; {}", missing.name, missing.reason, missing.install);
    }
    for language in languages.installed().iter().filter(|language| !language.is_prepared()) {
        eprintln!("codecrafter: preparing {} once", language.definition.name);
    }
    languages.prepare().await;
    Ok((languages, sandbox))
}

/// The usual stock of ready jails or containers would be made for nothing.
fn one_at_a_time(config: &SandboxConfig) -> SandboxConfig {
    match config.clone() {
        SandboxConfig::Native(native) => SandboxConfig::Native(NativeConfig { ready: 1, ..native }),
        SandboxConfig::Docker(docker) => SandboxConfig::Docker(DockerConfig { ready: 1, ..docker }),
    }
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
