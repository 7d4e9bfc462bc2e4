//! Many clients of one collaboration server, on one core: connects as its plan says, does one thing, prints one JSON object.
//!
//!     collaboration-load <plan.json
//!
//! See [`Plan`]. Clients speak y-websocket's or Hocuspocus' protocol by hand, since what is measured is the server.

mod connection;
mod edit;
mod lib0;
mod modes;
mod stats;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What to do.
#[derive(Deserialize)]
struct Plan {
    connections: Vec<Peer>,
    mode: modes::Mode,
}

/// One client.
#[derive(Deserialize, Clone)]
struct Peer {
    url: String,
    protocol: Protocol,
    /// Clients with the same name edit the same document.
    document: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    writes: bool,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Protocol {
    YWebsocket,
    Hocuspocus,
}

fn main() -> Result<()> {
    let plan: Plan = serde_json::from_reader(std::io::stdin()).context("the plan on standard input")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    let report = local.block_on(&runtime, modes::run(plan))?;
    println!("{report}");
    Ok(())
}
