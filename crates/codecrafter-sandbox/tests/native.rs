//! The native sandbox passes the conformance suite.

use std::sync::Arc;

use codecrafter_sandbox::{Sandbox, SandboxConfig, open, sandbox_conformance};

codecrafter_jail::serve_as_launcher!();

async fn native() -> Arc<dyn Sandbox> {
    let config: SandboxConfig = "native:".parse().expect("a sandbox");
    open(&config).await.expect("this machine has what it needs")
}

sandbox_conformance!(native());
