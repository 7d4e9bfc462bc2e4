//! `codecrafter run`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::{Place, Said};

/// Debian's `nobody`.
const NOBODY: u32 = 65_534;

const ECHO: &str = "import sys\nprint(sys.argv[1:], sys.stdin.read())";

#[test]
fn the_exit_code_is_the_programs() {
    let place = Place::new().write("seven.py", "print('seven')\nraise SystemExit(7)");
    place.codecrafter(&["run", "seven.py"]).ends_with(7, "seven\n");
    let place = place.write("abort.c", "#include <stdlib.h>\nint main(void) { abort(); }");
    let aborted = place.codecrafter(&["run", "abort.c"]).ends_with(128 + 6, "");
    aborted.complains(&["codecrafter: ended by SIGABRT"]);
}

/// By an ordinary user: never with weaker limits than asked for, and with those that were.
#[test]
fn an_ordinary_user_says_what_holds_the_limits() {
    let place = Place::new().write("hello.py", "print('hello')");
    let copy = place.path().join("codecrafter");
    fs::copy(env!("CARGO_BIN_EXE_codecrafter"), &copy).expect("copied");
    let is_root = fs::metadata(place.path()).expect("there").uid() == 0;
    if is_root {
        for path in [place.path(), &copy] {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
        }
    }
    let run = |sandbox: &str| -> Said {
        let mut command = Command::new(&copy);
        command
            .args(["run", "hello.py", "--sandbox", sandbox])
            .current_dir(place.path());
        if is_root {
            command.uid(NOBODY).gid(NOBODY).env("HOME", place.path());
        }
        command.output().expect("starts").into()
    };
    if is_root {
        let refused = run("native:");
        assert_ne!(refused.code, Some(0), "{}", refused.out);
        refused.complains(&["isolation not available", "native:?limits=process"]);
    }
    run("native:?limits=process").ends_with(0, "hello\n");
}

#[test]
fn standard_input_is_typed_piped_or_a_file() {
    let place = Place::new().write("echo.py", ECHO).write("in.txt", "of a file");
    place
        .codecrafter(&["run", "echo.py", "--stdin", "typed"])
        .ends_with(0, "[] typed\n");
    place.piped(&["run", "echo.py"], "piped").ends_with(0, "[] piped\n");
    place
        .codecrafter(&["run", "echo.py", "--stdin-file", "in.txt"])
        .ends_with(0, "[] of a file\n");
    place.codecrafter(&["run", "echo.py"]).ends_with(0, "[] \n");
    place
        .codecrafter(&["run", "echo.py", "--stdin-file", "absent.txt"])
        .ends_with(64, "")
        .complains(&["absent.txt", "No such file"]);
}

#[test]
fn arguments_after_the_dashes_are_the_programs() {
    let place = Place::new().write("echo.py", ECHO);
    place
        .codecrafter(&["run", "echo.py", "--", "-v", "--stdin", "two words"])
        .ends_with(0, "['-v', '--stdin', 'two words'] \n");
}

#[test]
fn files_come_with_their_folders() {
    let place = Place::new()
        .write("app/main.py", "import lib.six\nprint(lib.six.SIX)")
        .write("app/lib/six.py", "SIX = 6");
    place
        .codecrafter(&["run", "app/main.py", "app/lib/six.py"])
        .ends_with(0, "6\n");
}

#[test]
fn a_compile_error_ends_with_65() {
    let place = Place::new().write("wrong.c", "int main(void) {\n    return x;\n}\n");
    place
        .codecrafter(&["run", "wrong.c"])
        .ends_with(65, "")
        .complains(&["wrong.c:2", "does not compile"]);
}

#[test]
fn limits_end_the_program_and_are_named() {
    let place = Place::new()
        .write("spin.py", "while True: pass")
        .write("sleep.py", "import time\ntime.sleep(60)")
        .write("hog.c", "#include <stdlib.h>\n#include <string.h>\nint main(void) { for (;;) memset(malloc(1 << 20), 1, 1 << 20); }")
        .write("flood.py", "while True: print('flood' * 1000)");
    place
        .codecrafter(&["run", "spin.py", "--cpu-ms", "200"])
        .ends_with(124, "")
        .complains(&["more than 200 ms of processor time"]);
    place
        .codecrafter(&["run", "sleep.py", "--wall-ms", "200"])
        .ends_with(124, "")
        .complains(&["for more than 200 ms"]);
    place
        .codecrafter(&["run", "hog.c", "--memory-mib", "32"])
        .ends_with(137, "")
        .complains(&["more than 32 MiB of memory"]);
    let flood = place.codecrafter(&["run", "flood.py"]);
    assert_eq!((flood.code, flood.out.len()), (Some(125), 1 << 20), "{}", flood.err);
}

#[test]
fn what_cannot_be_run_ends_with_64() {
    let place = Place::new().write("x.cob", "DISPLAY 'HELLO'.").write("x.py", "");
    let refused = |args: &[&str], words: &[&str]| place.codecrafter(args).ends_with(64, "").complains(words);
    refused(&["run", "x.cob"], &["x.cob", "--language", "python", "rust"]);
    refused(&["run", "x.py", "--language", "cobol"], &["cobol", "python"]);
    refused(&["run", "absent.py"], &["absent.py", "No such file"]);
    refused(&["run", "."], &["regular file"]);
    refused(&["run", "x.py", "--memory-mib", "0"], &["memory"]);
    let without_toolchain = place
        .command(&["run", "x.cob", "-l", "rust"])
        .env("PATH", "/nowhere")
        .output();
    crate::Said::from(without_toolchain.expect("starts"))
        .ends_with(70, "")
        .complains(&["Rust", "no rustc in PATH", "install"]);
}

#[test]
fn a_language_is_a_file() {
    let guide = include_str!("../../../../docs/how-to/add-a-language.md");
    let example = guide
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let lines = example.expect("the guide has an example").lines();
    let definition: Vec<_> = lines.map(|line| line.strip_prefix("   ").unwrap_or(line)).collect();
    let place = Place::new()
        .write("data/languages/awk.toml", &definition.join("\n"))
        .write(
            "hello.awk",
            "BEGIN { getline name < \"-\"; printf \"%s %s %s\", ARGV[1], ARGV[2], name; exit 4 }",
        );
    place
        .codecrafter(&["run", "hello.awk", "--stdin", "Ada", "--", "one", "two"])
        .ends_with(4, "one two Ada");
}

#[test]
fn it_leaves_nothing_behind() {
    const NAME: &str = "codecrafter-test-run";
    let place = Place::new().write("daemon.py", "import os, time\nif os.fork() == 0: time.sleep(1000)");
    let sandbox = format!("native:?cgroup={NAME}");
    place
        .codecrafter(&["run", "daemon.py", "--sandbox", &sandbox])
        .ends_with(0, "");
    let mut names: Vec<_> = fs::read_dir(place.path())
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["codecrafter.toml", "daemon.py"], "no data folder, no database");
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = fs::read_dir(root).expect("mounted").flatten().map(|entry| entry.path());
    for base in hierarchies
        .chain([root.to_owned()])
        .map(|hierarchy| hierarchy.join(NAME))
    {
        // Refused while a group is in it, and a group cannot go while a process is in it.
        match fs::remove_dir(&base) {
            Err(error) if base.exists() => panic!("{}: {error}", base.display()),
            _ => {}
        }
    }
}

#[test]
fn an_interrupt_ends_it() {
    let place = Place::new().write("wait.py", "import time\nprint('up')\ntime.sleep(1000)");
    let mut child = place.command(&["run", "wait.py"]).spawn().expect("starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("text");
    assert_eq!(line, "up\n");
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("starts").success());
    assert_eq!(child.wait().expect("ends").code(), Some(130));
}
