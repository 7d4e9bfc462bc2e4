//! Attacks one after the other on one platform: each is ended, the next program runs as ever, and in the end nothing of
//! any of them is left on the machine.

use std::fs;
use std::path::{Path, PathBuf};

use codecrafter_domain::execution::Outcome;
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::WorkerConfig;
use codecrafter_sandbox::NativeConfig;

use crate::fixture::{Platform, code, languages, limited, platform_with, printed};

/// In every attack's arguments and file names, so that what is left of it can be found.
const MARK: &str = "codecrafter-hostile-mark";

/// Name, program in Python, what it may be called in the end. The first is tame: it tries what the others rely on.
const ATTACKS: &[(&str, &str, &[Outcome])] = &[
    ("nothing", "print(mark)", &[Outcome::Ok]),
    (
        "memory",
        "all = []\nwhile True: all.append(bytearray(1 << 20))",
        &[Outcome::MemoryLimit, Outcome::RuntimeError],
    ),
    (
        "files in memory",
        "f = open('/dev/shm/' + mark, 'wb')\nwhile True: f.write(b'x' * (1 << 20))",
        &[Outcome::RuntimeError],
    ),
    (
        "many files",
        "i = 0\nwhile True: open(f'/tmp/{mark}{i}', 'w').write('x'); i += 1",
        &[Outcome::RuntimeError],
    ),
    (
        "processes",
        "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
        &[Outcome::CpuLimit, Outcome::WallLimit],
    ),
    (
        "threads",
        "import threading, time\nwhile True:\n try: threading.Thread(target=time.sleep, args=(60,)).start()\n\
        \x20except RuntimeError: pass",
        &[Outcome::CpuLimit, Outcome::WallLimit],
    ),
    ("output", "while True: print(mark)", &[Outcome::OutputLimit]),
    (
        "output on both streams",
        "import os\nwhile True: os.write(1, b'x' * 9999); os.write(2, b'y' * 9999)",
        &[Outcome::OutputLimit],
    ),
    (
        "a daemon",
        "import os, sys\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n\
        \x20 os.execv(sys.executable, ['python3', '-c', 'import time; time.sleep(1000)', mark])\n os._exit(0)\nos.wait()",
        &[Outcome::Ok],
    ),
    (
        "ignoring signals",
        "import signal, time\nfor s in range(1, 65):\n try: signal.signal(s, signal.SIG_IGN)\n\
        \x20except (OSError, ValueError): pass\nwhile True: time.sleep(1000)",
        &[Outcome::WallLimit],
    ),
    (
        "killing oneself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        &[Outcome::Signalled],
    ),
    (
        "killing the init",
        "import os, signal\nos.kill(1, signal.SIGKILL)",
        &[Outcome::RuntimeError],
    ),
    (
        "stopping oneself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        &[Outcome::WallLimit],
    ),
    (
        "descriptors",
        "import os\nall = []\nwhile True: all.append(os.pipe())",
        &[Outcome::RuntimeError],
    ),
    (
        "recursion",
        "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return [f()]\nf()",
        &[Outcome::Signalled, Outcome::MemoryLimit, Outcome::RuntimeError],
    ),
    (
        "a namespace",
        "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0",
        &[Outcome::RuntimeError],
    ),
];

async fn all_is_well(platform: &Platform, after: &str) {
    let next = platform
        .result(code(
            "python",
            "import os\nprint('as ever', os.listdir('/tmp'), os.listdir('/dev/shm'))",
        ))
        .await;
    assert_eq!(printed(&next), "as ever [] []\n", "after {after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_end_and_leave_nothing() {
    const CGROUP: &str = "codecrafter-test-hostile";
    let native = NativeConfig {
        cgroup: CGROUP.to_owned(),
        ..NativeConfig::default()
    };
    let mounts = mounts_of_ours();
    let platform = platform_with(native, languages().await).await;
    let worker = platform.start(WorkerConfig::default());
    for (name, script, outcomes) in ATTACKS {
        let limits = LimitsRequest {
            cpu_ms: Some(2_000),
            wall_ms: Some(4_000),
            memory_bytes: Some(96 << 20),
            ..LimitsRequest::default()
        };
        let program = format!("mark = '{MARK}'\n{script}");
        let execution = platform.result(limited(code("python", &program), limits)).await;
        let outcome = execution.head.outcome.expect("finished");
        assert!(outcomes.contains(&outcome), "{name}: {execution:#?}");
        all_is_well(&platform, name).await;
    }
    worker.stop().await;
    let Platform { parts, executions, .. } = platform;
    drop((parts, executions));
    assert_eq!(
        groups(CGROUP),
        Vec::<PathBuf>::new(),
        "a group cannot go while a process is in it"
    );
    assert_eq!(marked_processes(), Vec::<String>::new());
    assert_eq!(marked_files(), Vec::<PathBuf>::new());
    assert_eq!(mounts_of_ours(), mounts);
}

/// Control groups below `name` in any hierarchy; `name` itself is removed.
fn groups(name: &str) -> Vec<PathBuf> {
    let hierarchies = folders(Path::new("/sys/fs/cgroup"));
    let bases = hierarchies.iter().map(|hierarchy| hierarchy.join(name));
    let bases: Vec<PathBuf> = bases.chain([Path::new("/sys/fs/cgroup").join(name)]).collect();
    let left = bases.iter().flat_map(|base| folders(base)).collect();
    for base in bases.iter().filter(|base| base.is_dir()) {
        // What is left stays, and is told.
        let _ = fs::remove_dir(base);
    }
    left
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn marked_processes() -> Vec<String> {
    let lines = folders(Path::new("/proc"))
        .into_iter()
        .filter_map(|process| fs::read(process.join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.filter(|line| line.contains(MARK)).collect()
}

fn marked_files() -> Vec<PathBuf> {
    let places = ["/tmp", "/dev/shm", "/box", "/var/tmp", "."];
    let entries = places
        .iter()
        .flat_map(|place| fs::read_dir(place).into_iter().flatten().flatten());
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.to_string_lossy().contains(MARK)).collect()
}

/// Jails have mount namespaces of their own: the host's never shows one of theirs.
fn mounts_of_ours() -> usize {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("readable");
    mounts.lines().filter(|line| line.contains("codecrafter")).count()
}
