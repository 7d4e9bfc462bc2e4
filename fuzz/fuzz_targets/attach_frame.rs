//! Frames of somebody attached to a run.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    codecrafter_server::fuzzing::attach_frame(text);
});
