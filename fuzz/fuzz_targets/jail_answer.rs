//! What a jail says: frames, each with a length and a JSON value.
#![no_main]

use codecrafter_jail::protocol::{Answer, encode, read_frame};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut from = bytes;
    while let Ok(Some(answer)) = read_frame::<Answer>(&mut from) {
        let again = encode(&answer).expect("what was read can be written");
        assert!(matches!(read_frame::<Answer>(&again[..]), Ok(Some(_))));
    }
});
