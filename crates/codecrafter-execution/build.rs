//! Lists `languages/*.toml` so that adding a language is adding a file.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../../languages");
    let folder = folder.canonicalize()?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?
            .file_name()
            .into_string()
            .map_err(|_| io::Error::other("name is not UTF-8"))?;
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            names.push(name);
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let path = folder.join(&name).into_os_string().into_string();
        let path = path.map_err(|_| io::Error::other("path is not UTF-8"))?;
        writeln!(list, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("languages.rs"), list)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
