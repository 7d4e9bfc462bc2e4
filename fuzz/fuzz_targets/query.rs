//! Query strings.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    codecrafter_server::fuzzing::query(text);
});
