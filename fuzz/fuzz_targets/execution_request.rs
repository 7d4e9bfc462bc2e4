//! The body of a request to run something, read and checked.
#![no_main]

use std::sync::LazyLock;

use codecrafter_domain::path;
use codecrafter_execution::{Catalogue, Definition, LanguageInfo};
use codecrafter_server::fuzzing::execution_request;

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::new(Definition::built_in().into_iter().map(info).collect()));

/// As if its toolchain were there.
fn info(definition: Definition) -> LanguageInfo {
    let limits = (definition.run_limits(), definition.compile_limits());
    let (Ok(run), Ok(compile)) = limits else { unreachable!("those of built-in languages are in bounds") };
    definition.info("1.2.3", run, compile)
}

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Some(request) = execution_request(body) else { return };
    let Ok((_, limits)) = CATALOGUE.check(&request) else { return };
    assert!(limits.cpu_ms > 0 && limits.memory_bytes > 0 && limits.processes > 0 && limits.output_bytes > 0);
    assert!(request.files.iter().all(|file| path::check(&file.path).is_ok()));
    assert!(request.stdin_bytes().is_ok());
});
