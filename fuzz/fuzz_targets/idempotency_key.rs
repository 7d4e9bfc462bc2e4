//! A client's name for a request.
#![no_main]

use codecrafter_execution::IdempotencyKey;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<IdempotencyKey>() {
        assert_eq!(key.to_string(), text);
        assert!((1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
    }
});
