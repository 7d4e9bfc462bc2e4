//! From the command line and files of this machine to a request.

use std::fs;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use codecrafter_domain::execution::{Encoding, ExecutionRequest, SourceFile, bounds};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::Definition;

use crate::cli::RunArgs;

const MIB: u64 = 1024 * 1024;

/// The language and what is to be run in it.
pub(super) fn from_args(args: RunArgs, definitions: Vec<Definition>) -> anyhow::Result<(Definition, ExecutionRequest)> {
    let files = sources(&args.files)?;
    let entry = files[0].path.clone();
    let definition = match &args.language {
        Some(language) => by_name(language, definitions)?,
        None => by_ending(&entry, definitions)?,
    };
    let stdin = standard_input(args.stdin, args.stdin_file.as_deref()).context("standard input")?;
    let (stdin, stdin_encoding) = Encoding::encode(&stdin);
    let request = ExecutionRequest {
        language: definition.id.clone(),
        entry: Some(entry),
        files,
        stdin: Some(stdin),
        stdin_encoding,
        args: args.args,
        limits: LimitsRequest {
            cpu_ms: args.cpu_ms,
            wall_ms: args.wall_ms,
            memory_bytes: args.memory_mib.map(|mib| mib.saturating_mul(MIB)),
            ..LimitsRequest::default()
        },
        ..ExecutionRequest::default()
    };
    Ok((definition, request))
}

/// The files with their paths below the folder that they share.
fn sources(paths: &[PathBuf]) -> anyhow::Result<Vec<SourceFile>> {
    let absolute = paths
        .iter()
        .map(|path| path.canonicalize().with_context(|| path.display().to_string()));
    let absolute: Vec<PathBuf> = absolute.collect::<anyhow::Result<_>>()?;
    let base = shared_folder(&absolute);
    absolute.iter().map(|path| source(path, &base)).collect()
}

fn source(path: &Path, base: &Path) -> anyhow::Result<SourceFile> {
    let shown = path.display();
    let size = path.metadata().with_context(|| shown.to_string())?;
    if !size.is_file() || size.len() > bounds::SOURCE_BYTES as u64 {
        bail!(
            "{shown} must be a regular file of at most {} bytes",
            bounds::SOURCE_BYTES
        );
    }
    let relative = path
        .strip_prefix(base)?
        .to_str()
        .with_context(|| format!("{shown}: the name must be UTF-8"))?;
    let (content, encoding) = Encoding::encode(&fs::read(path).with_context(|| shown.to_string())?);
    Ok(SourceFile {
        path: relative.to_owned(),
        content,
        encoding,
    })
}

fn shared_folder(paths: &[PathBuf]) -> PathBuf {
    let mut base = paths[0].parent().unwrap_or(Path::new("/")).to_owned();
    while !paths.iter().all(|path| path.starts_with(&base)) {
        base.pop();
    }
    base
}

fn by_name(name: &str, definitions: Vec<Definition>) -> anyhow::Result<Definition> {
    let ids = ids(&definitions);
    let found = definitions.into_iter().find(|definition| definition.is_named(name));
    found.with_context(|| format!("no language {name:?}: must be one of {ids}"))
}

fn by_ending(path: &str, definitions: Vec<Definition>) -> anyhow::Result<Definition> {
    let ids = ids(&definitions);
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    let found = definitions
        .into_iter()
        .find(|definition| definition.extensions.iter().any(|known| Some(known.as_str()) == ending));
    found.with_context(|| format!("the ending of {path} belongs to no language: give --language, one of {ids}"))
}

fn ids(definitions: &[Definition]) -> String {
    let ids: Vec<&str> = definitions.iter().map(|definition| definition.id.as_str()).collect();
    ids.join(", ")
}

/// Up to one byte more than is allowed, so that the check of the request sees what is too much.
fn standard_input(text: Option<String>, file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let from: Box<dyn Read> = match (text, file) {
        (Some(text), _) => return Ok(text.into_bytes()),
        (None, Some(path)) => Box::new(fs::File::open(path).with_context(|| path.display().to_string())?),
        (None, None) if io::stdin().is_terminal() => return Ok(Vec::new()),
        (None, None) => Box::new(io::stdin().lock()),
    };
    let mut bytes = Vec::new();
    from.take(bounds::STDIN_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_shared_folder() {
        let dir = tempfile::tempdir().expect("temporary folder");
        fs::create_dir_all(dir.path().join("a/b")).expect("made");
        let paths = [dir.path().join("a/main.py"), dir.path().join("a/b/x.py")];
        for path in &paths {
            fs::write(path, "").expect("written");
        }
        let files = sources(&paths).expect("read");
        let names: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["main.py", "b/x.py"]);
        assert_eq!(sources(&paths[..1]).expect("read")[0].path, "main.py");
    }

    #[test]
    fn the_language_is_known_by_name_or_ending() {
        let find = |name| by_name(name, Definition::built_in()).map(|definition| definition.id);
        assert_eq!(find("C++").expect("an alias"), "cpp");
        assert!(find("cobol").expect_err("unknown").to_string().contains("python"));
        let find = |path| by_ending(path, Definition::built_in()).map(|definition| definition.id);
        assert_eq!(find("a.b/x.cc").expect("an ending"), "cpp");
        for path in ["x.cob", "Makefile", ".c"] {
            assert!(find(path).is_err(), "{path}");
        }
    }
}
