//! The native sandbox: namespaces, cgroups and seccomp of this machine, jails made ready before they are needed.
//!
//! A spawn takes a ready jail from the [`stock`] of its set of mounts, sets the limits of its cgroup, and sends it the
//! program; [`run`] then watches it. What happens inside is `codecrafter_jail`'s part.

mod advice;
pub(crate) mod answer;
mod cell;
mod cgroup;
mod isolation;
mod jail;
mod launcher;
mod output;
mod reaper;
mod run;
mod stock;
mod streams;

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cell::Cells;
use cgroup::Cgroups;
use codecrafter_domain::limits::Limits;
use codecrafter_jail::protocol::Privileges;
use reaper::{Finished, Reaper};
use stock::{Key, Stocks, Streams};

use crate::config::NativeConfig;
use crate::{Isolation, Process, Sandbox, SandboxError, Spec};

/// What the making of a jail needs.
#[derive(Debug)]
struct Workshop {
    config: NativeConfig,
    privileges: Privileges,
    cgroups: Arc<Cgroups>,
    cells: Arc<Cells>,
    reaper: Reaper,
    uids: Uids,
}

/// Ids of the host that no person and no service has: two per jail, so that nothing counted per user is shared.
#[derive(Debug, Default)]
struct Uids(AtomicU32);

impl Uids {
    /// Start of the range that systemd lists as unused (`UIDS-GIDS.md`).
    const FIRST: u32 = 0x7000_0000;
    /// More jails than can be alive at one moment.
    const JAILS: u32 = 1 << 20;

    fn next(&self) -> u32 {
        let jail = self.0.fetch_add(1, Ordering::Relaxed) % Self::JAILS;
        Self::FIRST + 2 * jail
    }
}

/// How long the end of a sandbox waits until nothing of it is left in the kernel: usually milliseconds, but a run that
/// is still being followed holds its jail.
const FAREWELL: Duration = Duration::from_secs(2);

/// See the module. Dropping it ends all jails that no run holds, and waits until they are gone.
pub(crate) struct Native {
    // Dropped in this order: stocks and workshop hold what the reaper waits for.
    stocks: Stocks,
    workshop: Arc<Workshop>,
    _farewell: Farewell,
}

/// Waits for the reaper when it is dropped.
struct Farewell(Finished);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.wait(FAREWELL);
    }
}

impl Native {
    /// Makes one jail as a proof that this machine gives the isolation and the limits.
    pub(crate) async fn open(config: NativeConfig) -> Result<Self, SandboxError> {
        let privileges = if rustix::process::geteuid().is_root() {
            Privileges::Root
        } else {
            Privileges::Namespace
        };
        let cgroups = Arc::new(Cgroups::open(&config.cgroup, config.limits)?);
        let cells = Arc::new(Cells::default());
        let (reaper, finished) = Reaper::start(Arc::clone(&cgroups), Arc::clone(&cells));
        let workshop = Arc::new(Workshop {
            config,
            privileges,
            reaper,
            cgroups,
            cells,
            uids: Uids::default(),
        });
        let native = Self {
            stocks: Stocks::default(),
            workshop,
            _farewell: Farewell(finished),
        };
        native.prove().await?;
        Ok(native)
    }

    async fn prove(&self) -> Result<(), SandboxError> {
        let limits = Limits::default();
        let advice = advice::on_namespaces(self.workshop.privileges, Path::new("/proc/sys"));
        let refused = |error: &dyn Display| SandboxError::Isolation(format!("{error}{advice}"));
        let mut jail = self
            .stocks
            .take(
                &self.workshop,
                Key::new(&[], limits.files_bytes, Streams::Pipes),
                &limits,
            )
            .await
            .map_err(|error| refused(&error))?;
        jail.limit(&limits)
            .and_then(|()| jail.account().map(drop))
            .map_err(|error| refused(&format!("cannot set limits: {error}")))
    }
}

#[async_trait]
impl Sandbox for Native {
    async fn spawn(&self, spec: Spec) -> Result<Process, SandboxError> {
        let streams = spec.terminal.map_or(Streams::Pipes, |_| Streams::Terminal);
        let key = Key::new(&spec.mounts, spec.limits.files_bytes, streams);
        let jail = self.stocks.take(&self.workshop, key, &spec.limits).await?;
        run::start(jail, spec).await
    }

    async fn spawn_early(&self, spec: Spec) -> Result<Process, SandboxError> {
        if self.workshop.privileges == Privileges::Namespace {
            // There limits may be each process's own, which are set just before a program starts.
            return self.spawn(spec).await;
        }
        let key = Key::of_early(&spec);
        match key.and_then(|key| self.stocks.take_early(&self.workshop, &key, &spec.limits)) {
            Some(jail) => run::start(jail, spec).await,
            None => self.spawn(spec).await,
        }
    }

    fn isolation(&self) -> Isolation {
        isolation::describe(&self.workshop.cgroups, self.workshop.privileges)
    }
}
