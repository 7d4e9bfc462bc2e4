//! The Authorization header and the token in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    codecrafter_server::fuzzing::authorization(bytes);
});
