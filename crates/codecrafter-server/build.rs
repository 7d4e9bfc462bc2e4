//! Sees to it that a release executable holds the web app.

use std::path::Path;

fn main() {
    let page = "../../web/dist/index.html";
    println!("cargo::rerun-if-changed={page}");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && !Path::new(page).is_file() {
        println!("cargo::error=the web app is not built: script/build builds it and then this");
    }
}
