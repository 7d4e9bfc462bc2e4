//! Where results are to be posted: whatever passes is of the public internet, however it is written.
#![no_main]

use codecrafter_domain::execution::callback::{self, Targets, is_public};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(url) = callback::check(text) else { return };
    assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none());
    if Targets::Public.check(&url).is_err() {
        return;
    }
    let host = url.host_str().expect("it has one").trim_matches(['[', ']']).trim_end_matches('.').to_owned();
    assert!(host != "localhost" && !host.ends_with(".localhost"), "{text:?}");
    if let Ok(address) = host.parse() {
        assert!(is_public(address), "{text:?}");
    }
});
