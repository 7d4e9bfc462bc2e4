//! Frames of the y-websocket protocol.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    codecrafter_collab::fuzzing::frame(bytes);
});
