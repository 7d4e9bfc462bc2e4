//! The first process of a container that holds one jail: does there what the sandbox itself does on the host, and passes
//! on what host and jail say to each other.
//!
//! It speaks [`wire`] over the container's standard streams. It is not in the jail, holds no privilege, and when the
//! host lets go of the container's standard input it ends, and the container with it.

mod accounts;
mod queue;
mod relay;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::order::Launcher;
use crate::protocol::{Cell, Join, Prepare, Template};
use crate::wire::{Hello, VERSION};
use crate::{confine, sys};
use relay::Relay;

/// What a launcher is started from.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The only user of a launcher's namespace.
const ROOT_OF_NAMESPACE: u32 = 0;

/// Where the kernel reads whom to kill first for memory, from -1000 to 1000.
const OOM_SCORE: &str = "/proc/self/oom_score_adj";

/// Launcher and init: before the agent, whose word tells of it, and after the program (1000).
const OOM_SCORE_OF_JAIL: &str = "500";

/// The agent's whole life; call it before any thread is started.
pub fn main() -> ExitCode {
    // Whatever is left to the first process of a container needs no waiting for.
    sys::set_signal(libc::SIGCHLD, libc::SIG_IGN);
    let hello = Hello {
        version: VERSION,
        landlock: confine::landlock_available(),
        accounts: accounts::read().map_err(|error| error.to_string()),
    };
    match Relay::new().and_then(|relay| relay.run(&hello)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("codecrafter-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A launcher and the only jail that it makes.
fn make_jail(template: &Template) -> io::Result<(Launcher, crate::order::Made)> {
    let (launcher, said) = with_higher_score(|| Launcher::start(Path::new(OWN_PROGRAM), template))?;
    said.map_err(io::Error::other)?;
    let prepare = Prepare {
        uid: ROOT_OF_NAMESPACE,
        cgroup: Join::Nowhere,
        cell: Cell::Own,
    };
    let made = launcher.order(&prepare, Vec::new())?;
    Ok((launcher, made))
}

/// What `start` starts is killed for memory before this process.
fn with_higher_score<T>(start: impl FnOnce() -> T) -> T {
    let own = fs::read_to_string(OOM_SCORE);
    // Should this be refused, all but the program are alike.
    let _ = fs::write(OOM_SCORE, OOM_SCORE_OF_JAIL);
    let started = start();
    if let Ok(own) = own {
        let _ = fs::write(OOM_SCORE, own.trim());
    }
    started
}
