//! Files out of a jail: never more than asked for.
#![no_main]

/// As small as a fuzzer's inputs.
const MOST: u64 = 1024;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(files) = codecrafter_sandbox::fuzzing::collected(bytes, MOST) {
        let got: usize = files.iter().map(|file| file.content.len()).sum();
        assert!(got as u64 <= MOST, "{got}");
    }
});
