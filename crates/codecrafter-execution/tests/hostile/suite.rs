//! The cases on disk: each class a folder, each case a file in it, or a folder of programs with a `case.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::attack::{Attack, Program};
use crate::header::Header;
use crate::host;

/// Files that cases may take along.
const SHARED: &str = "shared";

/// What makes a folder a case of several programs.
const CASE: &str = "case.toml";

/// A [`CASE`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    /// What is shown, in a sentence.
    shows: String,
    /// Files beside it, in this order.
    programs: Vec<String>,
    /// Whether each goes on running, once it has printed something, while the next ones run; else one after the other.
    #[serde(default)]
    beside: bool,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../hostile")
}

/// Every case, in order of their names.
///
/// # Errors
/// Names the file that is wrong.
pub(crate) fn read() -> Result<Vec<Attack>, String> {
    let mut attacks: Vec<Attack> = Vec::new();
    for class in entries(&root())? {
        if !class.is_dir() || name_of(&class) == SHARED {
            continue;
        }
        for case in entries(&class)? {
            attacks.push(read_case(&class, &case).map_err(|error| format!("{}: {error}", case.display()))?);
        }
    }
    attacks.sort_by(|a, b| a.name.cmp(&b.name));
    match attacks.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(format!("two cases are called {}", pair[0].name)),
        None => Ok(attacks),
    }
}

fn read_case(class: &Path, case: &Path) -> Result<Attack, String> {
    let stem = case.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{}/{stem}", name_of(class));
    if !case.is_dir() {
        return Ok(Attack {
            name,
            programs: vec![read_program(case)?],
            beside: false,
        });
    }
    let several: Several = toml::from_str(&text(&case.join(CASE))?).map_err(|error| error.to_string())?;
    if several.shows.is_empty() || several.programs.len() < 2 {
        return Err("must show something, with two programs or more".into());
    }
    let programs = several.programs.iter().map(|file| read_program(&case.join(file)));
    Ok(Attack {
        name,
        programs: programs.collect::<Result<_, _>>()?,
        beside: several.beside,
    })
}

fn read_program(path: &Path) -> Result<Program, String> {
    let source = text(path)?;
    let header = Header::read(&source).map_err(|error| format!("{}: {error}", path.display()))?;
    let with = header
        .with
        .iter()
        .map(|name| Ok((name.clone(), text(&root().join(SHARED).join(name))?)));
    let with = with.collect::<Result<Vec<_>, String>>()?;
    Program::new(&name_of(path), source, header, with)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A file's text, with what it says about the host filled in.
fn text(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(host::bait().fill(&text))
}
