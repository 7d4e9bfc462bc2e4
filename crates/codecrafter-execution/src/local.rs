//! Running a program here and now, without store and queue: `codecrafter run FILE`.

use codecrafter_domain::execution::{ExecutionRequest, ExecutionResult};
use codecrafter_domain::validate::Invalid;
use codecrafter_sandbox::{Sandbox, SandboxError};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::languages::Languages;
use crate::pipeline::{Sink, Task};

/// Why a program was not run.
#[derive(Debug, Error)]
pub enum LocalError {
    /// The request is wrong; names each field.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The sandbox's answer.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Compiles and runs a request; `sink` hears the output as it appears. Ends as cancelled once `cancel` is cancelled.
pub async fn run_local(
    languages: &Languages,
    sandbox: &dyn Sandbox,
    request: &ExecutionRequest,
    sink: &mut dyn Sink,
    cancel: &CancellationToken,
) -> Result<ExecutionResult, LocalError> {
    let catalogue = languages.catalogue();
    let (info, limits) = catalogue.check(request)?;
    let language = languages
        .find(&info.id)
        .ok_or_else(|| Invalid::one("language", "is not available"))?;
    let task = Task {
        sandbox,
        language,
        request,
        limits,
        live: None,
        artefacts: None,
    };
    Ok(task.execute(sink, cancel).await?)
}
