//! Presence: cursors and names.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    codecrafter_collab::fuzzing::awareness(bytes);
});
