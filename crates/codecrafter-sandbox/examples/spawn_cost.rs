//! What the sandbox adds to a process: a static C hello in it against bare fork and exec, and against bubblewrap where
//! that is installed, in turns.
//!
//! `cargo run --release -p codecrafter-sandbox --example spawn_cost`

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{BoxFile, End, Sandbox, SandboxConfig, Spec, open};

codecrafter_jail::serve_as_launcher!();

/// Runs of each kind; the median of so many is stable to a few percent.
const ROUNDS: usize = 400;

/// Runs of each kind in the throughput measurement.
const MANY: usize = 1200;

/// Runs side by side in the throughput measurement.
const SIDE_BY_SIDE: usize = 4;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let hello = compile(folder.path())?;
    let config: SandboxConfig = "native:?ready=4".parse()?;
    let sandbox = open(&config).await?;
    let spec = spec(std::fs::read(&hello)?.into());
    let (mut bare, mut jailed, mut wrapped) = (Vec::new(), Vec::new(), Vec::new());
    let has_bubblewrap = run(bubblewrap(&hello)?).is_ok();
    for _ in 0..ROUNDS {
        bare.push(timed(async { run(Command::new(&hello)) }).await?);
        if has_bubblewrap {
            wrapped.push(timed(async { run(bubblewrap(&hello)?) }).await?);
        }
        // A person is slower than the next jail.
        tokio::time::sleep(Duration::from_millis(5)).await;
        jailed.push(timed(run_jailed(&*sandbox, &spec)).await?);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    show("bare fork+exec", &mut bare);
    show("sandboxed", &mut jailed);
    if has_bubblewrap {
        show("bubblewrap", &mut wrapped);
    } else {
        eprintln!("bubblewrap      not there: left out");
    }
    let (bare, jailed) = (median(&bare), median(&jailed));
    eprintln!("added {:.3} ms, ratio {:.2}", 1e3 * (jailed - bare), jailed / bare);
    throughput(&sandbox, &spec, &hello).await
}

async fn throughput(sandbox: &std::sync::Arc<dyn Sandbox>, spec: &Spec, hello: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    for _ in 0..MANY {
        run(Command::new(hello))?;
    }
    let bare = count_per_second(started);
    let started = Instant::now();
    let workers = (0..SIDE_BY_SIDE).map(|_| {
        let (sandbox, spec) = (std::sync::Arc::clone(sandbox), spec.clone());
        tokio::spawn(async move {
            for _ in 0..MANY / SIDE_BY_SIDE {
                run_jailed(&*sandbox, &spec).await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await??;
    }
    let jailed = count_per_second(started);
    eprintln!(
        "throughput: bare {bare:.0}/s one after another, sandboxed {jailed:.0}/s, ratio {:.2}",
        jailed / bare
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn count_per_second(started: Instant) -> f64 {
    MANY as f64 / started.elapsed().as_secs_f64()
}

fn compile(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    let source = folder.join("hello.c");
    let hello = folder.join("hello");
    std::fs::write(&source, "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n")?;
    let compiled = Command::new("gcc")
        .args(["-O2", "-static", "-s", "-o"])
        .arg(&hello)
        .arg(&source)
        .status()?;
    if compiled.success() {
        Ok(hello)
    } else {
        Err("gcc failed".into())
    }
}

fn spec(hello: Bytes) -> Spec {
    Spec {
        argv: vec!["/box/hello".to_owned()],
        env: Vec::new(),
        mounts: Vec::new(),
        files: vec![BoxFile {
            path: "hello".to_owned(),
            content: hello.into(),
            executable: true,
        }],
        limits: Limits::default(),
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    }
}

/// What bubblewrap needs for about the same isolation, without limits and filters.
fn bubblewrap(hello: &Path) -> Result<Command, Failure> {
    let folder = hello.parent().ok_or("hello is in a folder")?;
    let mut command = Command::new("bwrap");
    command
        .args([
            "--unshare-all",
            "--die-with-parent",
            "--new-session",
            "--cap-drop",
            "ALL",
        ])
        .args([
            "--ro-bind",
            "/usr",
            "/usr",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--tmpfs",
            "/tmp",
            "--ro-bind",
        ])
        .arg(folder)
        .args(["/box", "/box/hello"]);
    Ok(command)
}

fn run(mut command: Command) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.stdout == b"hello\n" {
        Ok(())
    } else {
        Err("no hello".into())
    }
}

async fn run_jailed(sandbox: &dyn Sandbox, spec: &Spec) -> Result<(), Failure> {
    let mut process = sandbox.spawn(spec.clone()).await?;
    process.stdin = None;
    let mut stdout = Vec::new();
    while let Some(piece) = process.output.recv().await {
        stdout.extend_from_slice(&piece.bytes);
    }
    let report = (&mut process.report).await??;
    if stdout == b"hello\n" && report.end == End::Exited(0) {
        Ok(())
    } else {
        Err(format!("no hello: {report:?}").into())
    }
}

async fn timed(run: impl Future<Output = Result<(), Failure>>) -> Result<f64, Failure> {
    let started = Instant::now();
    run.await?;
    Ok(started.elapsed().as_secs_f64())
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn show(name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |part: usize| 1e3 * times[times.len() * part / 100];
    eprintln!(
        "{name:15} p10 {:.3}  median {:.3}  p90 {:.3}  p99 {:.3} ms",
        at(10),
        at(50),
        at(90),
        at(99)
    );
}
