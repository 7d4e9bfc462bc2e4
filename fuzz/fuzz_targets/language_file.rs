//! A language's TOML file.
#![no_main]

use codecrafter_execution::Definition;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(definition) = Definition::parse(text) else { return };
    assert!(definition.is_named(&definition.id));
    assert!(definition.run_limits().is_ok() && definition.compile_limits().is_ok());
});
