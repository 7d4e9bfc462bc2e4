//! The native sandbox passes the conformance suite, and leaves nothing in the kernel.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{Sandbox, SandboxConfig, Spec, open, sandbox_conformance};

codecrafter_jail::serve_as_launcher!();

async fn opened(url: &str) -> Arc<dyn Sandbox> {
    let config: SandboxConfig = url.parse().expect("a sandbox");
    open(&config).await.expect("this machine has what it needs")
}

/// Which of the native sandbox's modes is tested, where it is not the one that is the default.
const CHOICE: &str = "CODECRAFTER_TEST_SANDBOX";

fn chosen() -> String {
    std::env::var(CHOICE).unwrap_or_else(|_| "native:".to_owned())
}

sandbox_conformance!(opened(&chosen()));

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
    let spec = Spec {
        argv: ["/bin/sh", "-c", "(setsid sleep 1000 &); exit 0"]
            .map(str::to_owned)
            .into(),
        env: Vec::new(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits::default(),
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    };
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
