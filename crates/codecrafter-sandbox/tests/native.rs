//! The native sandbox passes the conformance suite, and leaves nothing in the kernel.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use codecrafter_sandbox::conformance::sh;
use codecrafter_sandbox::{Sandbox, SandboxConfig, open, sandbox_conformance};

codecrafter_jail::serve_as_launcher!();

async fn opened(url: &str) -> Arc<dyn Sandbox> {
    let config: SandboxConfig = url.parse().expect("a sandbox");
    open(&config).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Which of the native sandbox's modes is tested, where it is not the one that is the default.
const CHOICE: &str = "CODECRAFTER_TEST_SANDBOX";

fn chosen() -> String {
    std::env::var(CHOICE).unwrap_or_else(|_| "native:".to_owned())
}

sandbox_conformance!(opened(&chosen()));

/// Debian's `nobody`.
const ORDINARY: u32 = 65_534;

/// What an ordinary user starts must be where everybody may read it.
struct Started {
    folder: tempfile::TempDir,
}

impl Started {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("its owner's");
        let program = std::env::current_exe().expect("known");
        fs::copy(program, folder.path().join("native")).expect("copied");
        Self { folder }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if rustix::process::geteuid().is_root() {
            command.uid(ORDINARY).gid(ORDINARY);
        }
        command
    }

    /// The tests of this file whose names contain `groups`, with the sandbox `url`.
    fn tests(&self, url: &str, groups: &[&str]) -> (bool, String) {
        let program = self.folder.path().join("native");
        let mut command = self.command(program.to_str().expect("UTF-8"));
        let ran = command.args(groups).env(CHOICE, url).output().expect("starts");
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.success(), String::from_utf8_lossy(&said).into_owned())
    }
}

/// What cannot be held is declared, and the cases expect what is declared (`promises` in the suite).
#[test]
fn an_ordinary_user_passes_the_suite_with_limits_of_each_process() {
    let started = Started::new();
    let groups = [
        "ends::",
        "streams::",
        "limits::",
        "files::",
        "escape::",
        "leftovers::",
        "live::",
    ];
    let (passed, said) = started.tests("native:?limits=process", &groups);
    let unshare = started.command("/usr/bin/unshare").args(["--user", "true"]).output();
    if unshare.expect("starts").status.success() {
        assert!(passed, "{said}");
    } else {
        assert!(!passed && said.contains("isolation not available"), "{said}");
    }
}

/// On no machine does a group of root's become an ordinary user's.
#[test]
fn an_ordinary_user_without_a_group_is_refused() {
    if !rustix::process::geteuid().is_root() {
        // Whoever runs this may own one.
        return;
    }
    let (passed, said) = Started::new().tests("native:", &["ends::the_exit_code_is_reported"]);
    assert!(!passed, "{said}");
    assert!(said.contains("isolation not available: cannot "), "{said}");
    assert!(said.contains("native:?limits=process"), "{said}");
}

/// Nothing of what it promises is missing where nothing weaker was asked for.
#[tokio::test]
async fn root_gets_all_limits() {
    let isolation = opened("native:").await.isolation();
    assert!(isolation.name.starts_with("native (cgroup v"), "{}", isolation.name);
    for name in [
        "users",
        "memory limit",
        "process limit",
        "processor time limit",
        "privileges",
    ] {
        let property = isolation.properties.iter().find(|property| property.name == name);
        assert!(property.expect(name).in_force, "{name}");
    }
}

/// In each hierarchy, or in the only one.
fn cgroups(name: &str) -> Vec<PathBuf> {
    let root = PathBuf::from("/sys/fs/cgroup");
    let hierarchies = fs::read_dir(&root).expect("cgroups are mounted");
    let mut folders: Vec<_> = hierarchies
        .map(|entry| entry.expect("readable").path().join(name))
        .collect();
    folders.push(root.join(name));
    folders.retain(|folder| folder.is_dir());
    folders
}

fn folders_in(folder: &PathBuf) -> usize {
    let entries = fs::read_dir(folder).expect("readable");
    entries
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_sandbox_is_gone_from_the_kernel() {
    const NAME: &str = "codecrafter-test-farewell";
    let url = chosen();
    if url.contains("limits=process") {
        // Has none to be left behind.
        return;
    }
    let and = if url.contains('?') { '&' } else { '?' };
    let sandbox = opened(&format!("{url}{and}cgroup={NAME}")).await;
    let spec = sh("(setsid sleep 1000 &); exit 0");
    let process = sandbox.spawn(spec).await.expect("spawns");
    process.report.await.expect("an answer").expect("runs");
    let bases = cgroups(NAME);
    assert!(bases.iter().all(|base| folders_in(base) == 1), "one of this process");
    assert!(!bases.is_empty());
    drop(sandbox);
    // A group that holds a process cannot be removed, so no process is left either.
    for base in bases {
        assert_eq!(folders_in(&base), 0, "{}", base.display());
        fs::remove_dir(base).expect("empty");
    }
}

/// What each of several runs, one after the other, says.
async fn said_by_each(sandbox: &Arc<dyn Sandbox>, script: &str) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..8 {
        let mut process = sandbox.spawn(sh(script)).await.expect("spawns");
        let mut output = Vec::new();
        while let Some(piece) = process.output.recv().await {
            output.extend_from_slice(&piece.bytes);
        }
        process.report.await.expect("an answer").expect("runs");
        said.push(String::from_utf8(output).expect("UTF-8"));
    }
    said
}

/// Which user the host sees tells whose namespaces they are: no number is given twice.
const USER: &str = "cat /proc/self/uid_map";
const SEND: &str =
    "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b\"x\", (\"127.0.0.1\", 9))'";
/// Packets that came in over loopback.
const RECEIVED: &str = "awk '$1 == \"lo:\" { print $3 }' /proc/self/net/dev";

/// The speed of many runs one after the other rests on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_carried_nothing_is_used_again() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let sandbox = opened("native:?ready=1&cgroup=codecrafter-test-again").await;
    let users: HashSet<_> = said_by_each(&sandbox, USER).await.into_iter().collect();
    assert!(users.len() < 8, "{users:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_carried_a_packet_is_not_used_again() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let sandbox = opened("native:?ready=1&cgroup=codecrafter-test-once").await;
    let said = said_by_each(&sandbox, &format!("{RECEIVED}; {USER}; {SEND}")).await;
    let users: HashSet<_> = said.iter().collect();
    assert_eq!(users.len(), 8, "{said:?}");
    assert!(said.iter().all(|said| said.starts_with("0\n")), "{said:?}");
}
