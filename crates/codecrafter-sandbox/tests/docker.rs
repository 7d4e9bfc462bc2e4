//! The Docker sandbox passes the conformance suite, holds what it promises, and leaves nothing with the daemon.
//! `script/engines/docker` starts a daemon and says where it is.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{End, Process, Sandbox, SandboxConfig, Spec, Toolchains, open, sandbox_conformance};
use serde_json::Value;

/// What the sandbox is called, as the setting `sandbox`.
fn url() -> String {
    std::env::var("CODECRAFTER_TEST_DOCKER").expect("script/engines/docker sets it")
}

async fn opened(url: &str) -> Arc<dyn Sandbox> {
    let config: SandboxConfig = url.parse().expect("a sandbox");
    open(&config).await.unwrap_or_else(|error| panic!("{error}"))
}

sandbox_conformance!(opened(&url()));

/// How long the daemon may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(30);

fn docker(arguments: &[&str]) -> Command {
    let url = url();
    let socket = url.strip_prefix("docker://").expect("a socket");
    let socket = socket.split('?').next().expect("one piece at least");
    let mut command = Command::new("docker");
    command.arg("--host").arg(format!("unix://{socket}")).args(arguments);
    command
}

fn said(arguments: &[&str]) -> String {
    let output = docker(arguments).output().expect("docker starts");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Those of a sandbox that may use so many processors, which no other case's may.
fn containers_with(nano_cpus: i64) -> Vec<Value> {
    let ids = said(&["ps", "--all", "--quiet", "--filter", "label=codecrafter.sandbox"]);
    let inspect: Vec<&str> = ["inspect"].into_iter().chain(ids.lines()).collect();
    // Those that are gone by now are not in what it prints.
    let all: Vec<Value> = serde_json::from_str(&said(&inspect)).unwrap_or_default();
    let mine = |container: &Value| container["HostConfig"]["NanoCpus"] == nano_cpus;
    all.into_iter().filter(mine).collect()
}

fn sh(script: &str) -> Spec {
    Spec {
        argv: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        env: Vec::new(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits::default(),
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    }
}

async fn started(sandbox: &Arc<dyn Sandbox>, script: &str) -> Process {
    let mut process = sandbox.spawn(sh(script)).await.expect("spawns");
    process.output.recv().await.expect("says something");
    process
}

async fn refusal(url: &str) -> String {
    let config: SandboxConfig = url.parse().expect("a sandbox");
    match open(&config).await {
        Ok(sandbox) => panic!("{url} is {}", sandbox.isolation().name),
        Err(error) => error.to_string(),
    }
}

/// With what to do about it.
#[tokio::test]
async fn what_is_not_there_stops_the_start() {
    let error = refusal("docker:///no/such/docker.sock").await;
    assert!(
        error.contains("no Docker daemon answers at /no/such/docker.sock"),
        "{error}"
    );
    let error = refusal(&format!("{}?image=no-such-image", url())).await;
    assert!(
        error.contains("no image no-such-image") && error.contains("deploy/docker"),
        "{error}"
    );
    let error = refusal(&format!("{}?runtime=no-such-runtime", url())).await;
    assert!(error.contains("no runtime no-such-runtime; it has"), "{error}");
}

/// What runc leaves out on cgroup v1. Nothing stays of the attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_cannot_be_set_stops_the_start() {
    const NANO_CPUS: i64 = 1_625_000_000;
    let url = format!("{}?runtime=runc&cpus=1.625", url());
    if said(&["info", "--format", "{{.CgroupVersion}}"]) == "1" {
        let error = refusal(&url).await;
        assert!(error.contains("runc does not limit the memory of sockets"), "{error}");
    } else {
        opened(&url).await;
    }
    assert_eq!(containers_with(NANO_CPUS), Vec::<Value>::new());
}

/// One that is nobody's work, and so has no agent.
#[tokio::test]
async fn an_image_without_an_agent_stops_the_start() {
    let mut import = docker(&["import", "-", "codecrafter-empty"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("docker starts");
    // An archive without files is two empty blocks (tar(5)).
    std::io::Write::write_all(&mut import.stdin.take().expect("piped"), &[0; 1024]).expect("read");
    assert!(import.wait().expect("ends").success());
    let error = refusal(&format!("{}?image=codecrafter-empty", url())).await;
    assert!(
        error.contains("isolation not available") && error.contains("agent"),
        "{error}"
    );
}

/// As the daemon itself sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_held_by_its_container() {
    const NANO_CPUS: i64 = 1_250_000_000;
    let sandbox = opened(&format!("{}?cpus=1.25&ready=1&runtime=crun", url())).await;
    assert!(
        sandbox.isolation().name.contains("(crun, cgroup v"),
        "{:?}",
        sandbox.isolation()
    );
    assert!(matches!(sandbox.toolchains(), Toolchains::OfItsOwn(image) if image.starts_with("sha256:")));
    let process = started(&sandbox, "echo up; sleep 1000").await;
    let containers = containers_with(NANO_CPUS);
    let limited = |container: &&Value| container["HostConfig"]["Memory"] == (256 << 20) + (2 << 20);
    let busy: Vec<_> = containers.iter().filter(limited).collect();
    let [container] = busy[..] else {
        panic!("one that runs: {containers:#?}");
    };
    let held = &container["HostConfig"];
    assert_eq!(held["MemorySwap"], held["Memory"]);
    assert_eq!(held["PidsLimit"], 64 + 3);
    assert_eq!(held["NetworkMode"], "none");
    assert_eq!(held["ReadonlyRootfs"], true);
    assert_eq!(held["CapDrop"], serde_json::json!(["ALL"]));
    assert_eq!(held["Privileged"], false);
    for empty in ["CapAdd", "Binds", "Devices", "Mounts"] {
        assert!(
            held[empty].as_array().is_none_or(Vec::is_empty),
            "{empty}: {}",
            held[empty]
        );
    }
    let options = held["SecurityOpt"].as_array().expect("a list");
    assert!(options.contains(&"no-new-privileges:true".into()), "{options:?}");
    assert!(
        options
            .iter()
            .any(|option| option.as_str().is_some_and(|option| option.starts_with("seccomp={")))
    );
    let user = container["Config"]["User"].as_str().expect("a user");
    let number: u32 = user.split(':').next().expect("one").parse().expect("a number");
    assert!(number >= 20_000, "{user}");
    drop(process);
}

/// In time for whoever ends the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_go_with_the_sandbox() {
    const NANO_CPUS: i64 = 1_375_000_000;
    let sandbox = opened(&format!("{}?cpus=1.375", url())).await;
    let mut process = started(&sandbox, "echo up; (setsid sleep 1000 &); exit 3").await;
    while process.output.recv().await.is_some() {}
    let report = process.report.await.expect("an answer").expect("runs");
    assert_eq!(report.end, End::Exited(3));
    assert!(!containers_with(NANO_CPUS).is_empty(), "some wait");
    drop(sandbox);
    assert_eq!(containers_with(NANO_CPUS), Vec::<Value>::new());
}

const ABORTS_CPUS: i64 = 1_500_000_000;

/// Not a case, but what the next one starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "ends the test program"]
async fn aborts() {
    let sandbox = opened(&format!("{}?cpus=1.5", url())).await;
    let _process = started(&sandbox, "echo up; sleep 1000").await;
    let is_running = |container: &Value| container["State"]["Running"] == true;
    println!(
        "{} run",
        containers_with(ABORTS_CPUS)
            .iter()
            .filter(|each| is_running(each))
            .count()
    );
    std::process::abort();
}

/// Nobody is there to end them.
#[test]
fn containers_end_with_the_process_that_had_them() {
    let program = std::env::current_exe().expect("known");
    let ended = Command::new(program)
        .args(["--exact", "aborts", "--ignored", "--nocapture"])
        .output()
        .expect("starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(said.contains(" run\n") && !said.contains("\n0 run\n"), "{said}");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let running = |container: &&Value| container["State"]["Running"] == true;
        let left = containers_with(ABORTS_CPUS);
        if left.iter().filter(running).count() == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "{left:#?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
