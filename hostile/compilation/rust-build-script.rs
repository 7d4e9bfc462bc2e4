// shows = "a build script is a file like any other: it is not run"
// outcome = "ok"
// path = "main.rs"
// files = [{ path = "build.rs", content = "fn main() { panic!(\"built\") }" }, { path = "Cargo.toml", content = "[package]\nname = \"x\"\nversion = \"0.0.0\"\nbuild = \"build.rs\"\n" }, { path = ".cargo/config.toml", content = "[build]\nrustc-wrapper = \"/box/x\"\n" }]
// stdout = "ran\n"
fn main() { println!("ran"); }
