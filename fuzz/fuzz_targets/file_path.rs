//! Paths of files: whatever passes stays below its folder and is one path only.
#![no_main]

use std::path::{Component, Path};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if codecrafter_domain::path::check(text).is_err() {
        return;
    }
    let path = Path::new(text);
    assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{text:?}");
    assert_eq!(path.components().as_path().as_os_str(), text, "one way to write it");
    assert!(text.len() <= 255 && !text.contains(['\0', '\\', '\n']), "{text:?}");
});
