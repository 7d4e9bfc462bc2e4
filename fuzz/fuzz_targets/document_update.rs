//! Updates of a document: scanned, applied, stored and loaded again.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (first, second) = bytes.split_at(bytes.first().map_or(0, |at| usize::from(*at).min(bytes.len())));
    codecrafter_collab::fuzzing::updates(first.get(1..).unwrap_or_default(), second);
});
