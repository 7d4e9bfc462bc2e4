//! What toolchains prepare once: by one server, and never longer than it lives.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::Place;

/// Longer than anything here takes on a slow machine; reached only when something hangs.
const DEADLINE: Duration = Duration::from_mins(1);

/// A language whose only preparation is the command.
fn language(place: &Place, command: &str) -> String {
    let shell = command.replace("FIFO", &place.path().join("fifo").to_string_lossy());
    format!(
        "id = \"aaa\"\nname = \"Aaa\"\nsource_name = \"a.aaa\"\nextensions = [\"aaa\"]\nsample = \"\"\n\
        [toolchain]\ninstall = \"\"\ncommands = [\"/bin/sh\"]\n\
        version = {{ argv = [\"{{command}}\", \"-c\", \"echo 1\"] }}\n\
        [[warm]]\nargv = [\"{{command}}\", \"-c\", '''{shell}''']\n\
        [run]\nargv = [\"{{command}}\", \"{{entry}}\"]\n"
    )
}

fn place(command: &str) -> Place {
    let place = Place::new();
    let made = Command::new("mkfifo").arg(place.path().join("fifo")).status();
    assert!(made.expect("coreutils are there").success());
    let language = language(&place, command);
    place.write("data/languages/aaa.toml", &language)
}

/// A server that finds no other toolchain with anything to prepare. Killed when dropped.
struct Server {
    process: Child,
    log: Option<BufReader<ChildStderr>>,
}

impl Server {
    fn start(place: &Place, data_dir: &str) -> Self {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir]);
        command
            .env("PATH", "/nowhere")
            .env("CODECRAFTER_CACHE_DIR", place.path().join("cache"))
            .stdout(Stdio::null());
        let mut process = command.spawn().expect("starts");
        let log = process.stderr.take().map(BufReader::new);
        Self { process, log }
    }

    /// Waits until it logs the words.
    fn says(&mut self, words: &'static str) {
        let mut log = self.log.take().expect("piped");
        let log = in_time(words, move || {
            let mut line = String::new();
            while !line.contains(words) {
                line.clear();
                assert_ne!(log.read_line(&mut line).expect("text"), 0, "ended without {words}");
            }
            log
        });
        self.log = Some(log);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("SIGKILL");
        self.process.wait().expect("ends");
    }
}

/// What blocks gets a thread, so that a test that hangs fails.
fn in_time<T: Send + 'static>(what: &str, wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || done.send(wait()));
    finished
        .recv_timeout(DEADLINE)
        .unwrap_or_else(|error| panic!("{what}: {error}"))
}

fn open_for_reading(path: PathBuf) -> File {
    in_time("the preparation begins", move || File::open(path).expect("a pipe"))
}

#[test]
fn it_ends_with_a_server_that_is_killed() {
    // Both hold the pipe: the shell, and what it has started.
    let place = place("exec >FIFO; nice; sleep 1000 & wait");
    for attempt in ["the first", "a later one, which finds what the first left behind"] {
        let server = Server::start(&place, "data");
        let pipe = open_for_reading(place.path().join("fifo"));
        let mut pipe = BufReader::new(pipe);
        let mut niceness = String::new();
        pipe.read_line(&mut niceness).expect("readable");
        assert_eq!(niceness, "10\n", "{attempt}");
        drop(server);
        let rest = in_time("all of it is dead", move || {
            let mut rest = Vec::new();
            pipe.read_to_end(&mut rest).map(|_| rest)
        });
        assert_eq!(rest.expect("readable"), b"", "{attempt}");
    }
}

#[test]
fn two_servers_prepare_once() {
    let place = place("echo begun >>../log; read line <FIFO; echo $line >done");
    std::fs::create_dir_all(place.path().join("other")).expect("made");
    let from = place.path().join("data/languages");
    std::os::unix::fs::symlink(from, place.path().join("other/languages")).expect("linked");
    let mut servers = ["data", "other"].map(|data_dir| Server::start(&place, data_dir));
    for server in &mut servers {
        server.says("preparing once");
    }
    let fifo = place.path().join("fifo");
    let mut pipe = in_time("one begins", move || {
        File::options().write(true).open(fifo).expect("a pipe")
    });
    pipe.write_all(b"line\n").expect("written");
    for server in &mut servers {
        server.says("\"prepared\"");
    }
    let log = std::fs::read_to_string(place.path().join("cache/log")).expect("written");
    assert_eq!(log, "begun\n");
}

#[test]
fn doctor_says_where() {
    let place = place("true");
    let detail = |place: &Place| {
        let mut doctor = place.command(&["doctor"]);
        let doctor = doctor.env("CODECRAFTER_CACHE_DIR", place.path().join("cache"));
        let out = doctor.output().expect("starts").stdout;
        let out = String::from_utf8(out).expect("text");
        let line = out.lines().find(|line| line.contains("Aaa"));
        line.expect("listed").to_owned()
    };
    assert!(detail(&place).contains("will be prepared"));
    let mut server = Server::start(&place, "data");
    server.says("\"prepared\"");
    let said = detail(&place);
    assert!(said.contains("prepared in") && said.contains("cache/aaa-1-"), "{said}");
}
