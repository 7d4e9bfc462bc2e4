//! The executable as it is typed.

mod doctor;
mod executions;
mod help;
mod migrate;
mod prepare;
mod run;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own in which the executable is started; its settings and data are there, too.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary folder"));
        place.write("codecrafter.toml", "data_dir = \"data\"\n")
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(self, name: &str, content: &str) -> Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, content).expect("written");
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecrafter"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CODECRAFTER_") && name != "CODECRAFTER_TOOLCHAIN_PATH" {
                command.env_remove(name);
            }
        }
        command
    }

    /// With nothing on standard input.
    fn codecrafter(&self, args: &[&str]) -> Said {
        self.command(args).output().expect("starts").into()
    }

    fn piped(&self, args: &[&str], stdin: &str) -> Said {
        let mut child: Child = self.command(args).stdin(Stdio::piped()).spawn().expect("starts");
        let mut pipe = child.stdin.take().expect("piped");
        pipe.write_all(stdin.as_bytes()).expect("taken");
        drop(pipe);
        child.wait_with_output().expect("ends").into()
    }
}

/// What came of it.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Said {
    #[track_caller]
    fn ends_with(self, code: i32, out: &str) -> Self {
        assert_eq!((self.code, self.out.as_str()), (Some(code), out), "{}", self.err);
        self
    }

    #[track_caller]
    fn complains(self, words: &[&str]) {
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in {}", self.err);
        }
    }
}
