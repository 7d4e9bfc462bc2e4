//! The Docker sandbox passes the conformance suite. `script/engines/docker` starts a daemon and says where it is.

use std::sync::Arc;

use codecrafter_sandbox::{Sandbox, SandboxConfig, open, sandbox_conformance};

/// What the sandbox is called, as the setting `sandbox`.
fn url() -> String {
    std::env::var("CODECRAFTER_TEST_DOCKER").expect("script/engines/docker sets it")
}

async fn opened(url: &str) -> Arc<dyn Sandbox> {
    let config: SandboxConfig = url.parse().expect("a sandbox");
    open(&config).await.unwrap_or_else(|error| panic!("{error}"))
}

sandbox_conformance!(opened(&url()));
