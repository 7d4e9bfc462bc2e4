//! Runs a command in a sandbox, `native:` or what `CODECRAFTER_SANDBOX` names, after saying what isolates it:
//! `cargo run -p codecrafter-sandbox --example jailed -- /bin/echo hello`.

use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{SandboxConfig, SandboxError, Spec, open};
use std::io::Write;

codecrafter_jail::serve_as_launcher!();

#[tokio::main]
async fn main() -> Result<(), SandboxError> {
    let chosen = std::env::var("CODECRAFTER_SANDBOX").unwrap_or_else(|_| "native:".to_owned());
    let sandbox = open(&chosen.parse::<SandboxConfig>()?).await?;
    eprintln!("{:#?}", sandbox.isolation());
    let spec = Spec {
        argv: std::env::args().skip(1).collect(),
        env: vec![
            ("PATH".into(), "/usr/local/go/bin:/usr/bin:/bin".into()),
            ("HOME".into(), "/box".into()),
        ],
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits::default(),
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    };
    let mut process = sandbox.spawn(spec).await?;
    process.stdin = None;
    while let Some(piece) = process.output.recv().await {
        std::io::stderr().write_all(&piece.bytes).expect("standard error");
    }
    eprintln!("{:?}", process.report.await);
    Ok(())
}
