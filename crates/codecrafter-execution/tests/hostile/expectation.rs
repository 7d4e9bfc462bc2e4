//! Whether a result is what a case expects.

use std::collections::BTreeMap;

use codecrafter_domain::execution::{Execution, StageReport};

use crate::header::Header;
use crate::host;

/// Compares.
///
/// # Errors
/// The first difference.
pub(crate) fn check(header: &Header, execution: &Execution) -> Result<(), String> {
    let outcome = execution.head.outcome.ok_or("has not ended")?;
    match &header.outcome {
        Some(expected) if expected.allows(&outcome) => {}
        Some(expected) => return Err(format!("outcome {outcome:?}, expected {expected:?}")),
        None => return Err("accepted, expected to be refused".into()),
    }
    let nothing = StageReport::default();
    let run = execution.run.as_ref().unwrap_or(&nothing);
    check_run(header, run)?;
    let compile = execution.compile.as_ref().unwrap_or(&nothing);
    let compiler = format!("{}{}", compile.stdout, compile.stderr);
    has("the compiler's words", &compiler, &header.compile_has)?;
    has(
        "message",
        execution.head.message.as_deref().unwrap_or_default(),
        &header.message_has,
    )?;
    check_files(header, execution)?;
    let everything = serde_json::to_string(execution).map_err(|error| error.to_string())?;
    let lacks = header.lacks.iter().map(String::as_str);
    match lacks.chain([host::SECRET]).find(|text| everything.contains(text)) {
        Some(text) => Err(format!("gives away {text:?}")),
        None => Ok(()),
    }
}

fn check_run(header: &Header, run: &StageReport) -> Result<(), String> {
    if let Some(expected) = &header.stdout
        && !expected.allows(&run.stdout)
    {
        return Err(format!("printed {:?}, expected {expected:?}", run.stdout));
    }
    has("standard output", &run.stdout, &header.stdout_has)?;
    has("standard error", &run.stderr, &header.stderr_has)?;
    let bytes = run.stdout.len() + run.stderr.len();
    if header.output_bytes.is_some_and(|expected| expected != bytes) {
        return Err(format!("{bytes} bytes of output, expected {:?}", header.output_bytes));
    }
    if header.exit_code.is_some() && header.exit_code != run.exit_code {
        return Err(format!(
            "exit code {:?}, expected {:?}",
            run.exit_code, header.exit_code
        ));
    }
    if header.signal.is_some() && header.signal != run.signal {
        return Err(format!("signal {:?}, expected {:?}", run.signal, header.signal));
    }
    let memory = run.usage.memory_bytes;
    if header.memory_mib_max.is_some_and(|most| memory > most << 20) {
        return Err(format!(
            "{memory} bytes of memory, expected at most {:?} MiB",
            header.memory_mib_max
        ));
    }
    Ok(())
}

fn check_files(header: &Header, execution: &Execution) -> Result<(), String> {
    let Some(expected) = &header.given_back else {
        return Ok(());
    };
    let files = execution
        .files
        .iter()
        .map(|file| (file.path.clone(), file.content.clone()));
    let files: BTreeMap<_, _> = files.collect();
    if files == *expected {
        Ok(())
    } else {
        Err(format!("gave back {files:?}, expected {expected:?}"))
    }
}

fn has(what: &str, text: &str, wanted: &[String]) -> Result<(), String> {
    match wanted.iter().find(|wanted| !text.contains(wanted.as_str())) {
        Some(missing) => Err(format!("{what} lacks {missing:?}")),
        None => Ok(()),
    }
}
