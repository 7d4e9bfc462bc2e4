//! One case: a program, or several one after the other or side by side.

use std::path::Path;

use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::{Encoding, Execution, ExecutionRequest, SourceFile};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_domain::validate::Invalid;
use codecrafter_execution::SubmitError;
use futures::StreamExt as _;

use crate::expectation::check;
use crate::fixture::{DEADLINE, Platform};
use crate::header::Header;

/// A case.
pub(crate) struct Attack {
    /// Class and name, for example `escape/unshare`.
    pub(crate) name: String,
    /// At least one.
    pub(crate) programs: Vec<Program>,
    /// Whether all but the last go on running while the next ones run, and are cancelled in the end.
    pub(crate) beside: bool,
}

/// What is asked for and what is expected.
pub(crate) struct Program {
    name: String,
    request: ExecutionRequest,
    header: Header,
}

/// The suite's own limits: enough for every runtime, little enough that attacks end soon.
fn limits(asked: &LimitsRequest) -> LimitsRequest {
    LimitsRequest {
        cpu_ms: asked.cpu_ms.or(Some(1_000)),
        wall_ms: asked.wall_ms.or(Some(20_000)),
        memory_bytes: asked.memory_bytes.or(Some(128 << 20)),
        processes: asked.processes.or(Some(64)),
        output_bytes: asked.output_bytes.or(Some(256 << 10)),
        ..asked.clone()
    }
}

impl Program {
    /// A program from its file and the files that it takes along.
    ///
    /// # Errors
    /// If its ending names no language, and it does not either.
    pub(crate) fn new(file: &str, source: String, header: Header, with: Vec<(String, String)>) -> Result<Self, String> {
        let language = match &header.language {
            Some(language) => language.clone(),
            None => language_of(file)?.to_owned(),
        };
        let plain = |(path, content)| SourceFile {
            path,
            content,
            encoding: Encoding::Utf8,
        };
        let path = header.path.clone().unwrap_or_else(|| file.to_owned());
        let files = [(path, source)].into_iter().chain(with).map(plain);
        let request = ExecutionRequest {
            language,
            files: files.chain(header.files.iter().cloned()).collect(),
            entry: header.entry.clone(),
            stdin: header.stdin.clone(),
            args: header.args.clone(),
            env: header.env.clone(),
            compile_options: header.compile_options.clone(),
            limits: limits(&header.limits),
            compile_limits: header.compile_limits.clone(),
            output_files: header.output_files.clone(),
            interactive: header.interactive,
            pty: header.pty,
            ..ExecutionRequest::default()
        };
        Ok(Self {
            name: file.to_owned(),
            request,
            header,
        })
    }

    /// Whether what came of it is what was expected.
    fn judge(&self, end: &Result<Execution, Invalid>) -> Result<(), String> {
        let wrong = match end {
            Ok(execution) => check(&self.header, execution),
            Err(Invalid(errors)) => {
                let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
                if fields == self.header.refused {
                    Ok(())
                } else {
                    Err(format!("refused: {errors:#?}"))
                }
            }
        };
        wrong.map_err(|wrong| format!("{} ({}): {wrong}\n{end:#?}", self.name, self.header.shows))
    }
}

fn language_of(file: &str) -> Result<&'static str, String> {
    let ending = Path::new(file).extension().unwrap_or_default().to_string_lossy();
    Ok(match ending.as_ref() {
        "c" => "c",
        "cpp" => "cpp",
        "go" => "go",
        "java" => "java",
        "js" => "javascript",
        "py" => "python",
        "rs" => "rust",
        _ => return Err("its ending names no language".into()),
    })
}

impl Attack {
    /// The folder that it is in.
    pub(crate) fn class(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Those of its programs.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &str> {
        self.programs.iter().map(|program| program.request.language.as_str())
    }

    /// Runs it.
    ///
    /// # Errors
    /// What was not as expected.
    pub(crate) async fn run(&self, platform: &Platform) -> Result<(), String> {
        if self.beside {
            return self.run_beside(platform).await;
        }
        for program in &self.programs {
            program.judge(&run(platform, &program.request).await?)?;
        }
        Ok(())
    }

    async fn run_beside(&self, platform: &Platform) -> Result<(), String> {
        let (last, others) = self.programs.split_last().expect("read with two or more");
        let mut running = Vec::new();
        for program in others {
            running.push(start(platform, program).await?);
        }
        let end = run(platform, &last.request).await?;
        for (program, id) in others.iter().zip(running) {
            platform
                .executions
                .cancel(id, None)
                .await
                .map_err(|error| error.to_string())?;
            let end = platform
                .executions
                .wait(id, DEADLINE)
                .await
                .map_err(|error| error.to_string())?;
            program.judge(&Ok(end))?;
        }
        last.judge(&end)
    }
}

/// Comes back once it has printed something, or has ended.
async fn start(platform: &Platform, program: &Program) -> Result<codecrafter_domain::id::ExecutionId, String> {
    let head = platform
        .executions
        .submit(&platform.user, program.request.clone())
        .await;
    let head = head.map_err(|error| format!("{}: {error}", program.name))?;
    let events = platform
        .executions
        .events(head.id, 0)
        .await
        .map_err(|error| error.to_string())?;
    let said = events.any(|(_, event)| async move {
        matches!(event, ExecutionEvent::Stdout { .. } | ExecutionEvent::Result { .. })
    });
    match tokio::time::timeout(DEADLINE, said).await {
        Ok(_) => Ok(head.id),
        Err(_) => Err(format!("{} does not begin", program.name)),
    }
}

/// Its end, or why it was refused.
pub(crate) async fn run(platform: &Platform, request: &ExecutionRequest) -> Result<Result<Execution, Invalid>, String> {
    let id = match platform.executions.submit(&platform.user, request.clone()).await {
        Ok(head) => head.id,
        Err(SubmitError::Invalid(invalid)) => return Ok(Err(invalid)),
        Err(error) => return Err(error.to_string()),
    };
    let waited = platform.executions.wait(id, DEADLINE).await;
    waited.map(Ok).map_err(|error| error.to_string())
}
