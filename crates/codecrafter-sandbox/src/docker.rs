//! The Docker sandbox: a container for each run, and in it a jail like the native sandbox's.
//!
//! A spawn takes a container from the [`pool`] of its set of mounts, sets its limits, and has its agent (the first process
//! in it, `codecrafter_jail::agent`) make the jail and start the program; [`run`] then watches it. Host and agent talk over
//! the container's standard streams ([`wire`]): nothing of the daemon or of the host is in the container, and when the host
//! lets go, or dies, the container ends.

mod container;
mod daemon;
mod isolation;
mod pool;
mod reaper;
mod run;
mod sweeper;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use codecrafter_domain::limits::Limits;
use container::Container;
use daemon::Daemon;
use pool::Pools;
use reaper::{Finished, Reaper};
use tokio_util::task::AbortOnDropHandle;

use crate::config::DockerConfig;
use crate::{Isolation, Process, Sandbox, SandboxError, Spec, Toolchains};

/// What every container of ours has, so that leftovers are found.
const LABEL: &str = "codecrafter.sandbox";

/// How long the end of a sandbox waits until its containers are removed.
const FAREWELL: Duration = Duration::from_secs(10);

/// What the making of a container needs.
struct Workshop {
    client: bollard::Docker,
    config: DockerConfig,
    daemon: Daemon,
    reaper: Reaper,
    uids: Uids,
}

/// Users that no person and no service has, so that nothing counted per user is shared.
#[derive(Debug)]
struct Uids {
    first: u32,
    count: u32,
    next: AtomicU32,
}

impl Uids {
    /// Start of the range that systemd lists as unused (`UIDS-GIDS.md`).
    const FIRST: u32 = 0x7000_0000;
    /// More containers than can be alive at one moment.
    const COUNT: u32 = 1 << 20;
    /// Where the daemon maps users, it has 65536 of them to give (subuid(5)).
    const FIRST_MAPPED: u32 = 20_000;
    const COUNT_MAPPED: u32 = 40_000;

    fn new(daemon: &Daemon) -> Self {
        let (first, count) = if daemon.has_user_namespaces() {
            (Self::FIRST_MAPPED, Self::COUNT_MAPPED)
        } else {
            (Self::FIRST, Self::COUNT)
        };
        Self {
            first,
            count,
            next: AtomicU32::new(std::process::id()),
        }
    }

    fn next(&self) -> u32 {
        self.first + self.next.fetch_add(1, Ordering::Relaxed) % self.count
    }
}

/// See the module. Dropping it removes all containers that no run holds.
pub(crate) struct Docker {
    // Dropped in this order: pools and workshop hold what the reaper waits for.
    pools: Pools,
    workshop: Arc<Workshop>,
    isolation: Isolation,
    _sweeper: AbortOnDropHandle<()>,
    _farewell: Farewell,
}

/// Waits for the reaper when it is dropped.
struct Farewell(Finished);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.wait(FAREWELL);
    }
}

impl Docker {
    /// Has one container start and limit a jail as a proof that this daemon gives the isolation.
    pub(crate) async fn open(config: DockerConfig) -> Result<Self, SandboxError> {
        let (client, daemon) = daemon::connect(&config).await?;
        let sweeper = AbortOnDropHandle::new(tokio::spawn(sweeper::run(client.clone())));
        let (reaper, finished) = Reaper::start(client.clone())?;
        // Before what it waits for, so that a refusal leaves nothing either.
        let farewell = Farewell(finished);
        let workshop = Arc::new(Workshop {
            client,
            config,
            uids: Uids::new(&daemon),
            daemon,
            reaper,
        });
        let pools = Pools::default();
        let isolation = prove(&workshop, &pools).await?;
        Ok(Self {
            pools,
            workshop,
            isolation,
            _sweeper: sweeper,
            _farewell: farewell,
        })
    }
}

/// Runs a program that does nothing within limits, and reads those of its container.
async fn prove(workshop: &Arc<Workshop>, pools: &Pools) -> Result<Isolation, SandboxError> {
    let container = pools.take(workshop, &[]).await.map_err(refused)?;
    let (hello, asker) = (container.hello.clone(), container.asker.clone());
    let limits = Limits::default();
    let process = run::start(Arc::clone(workshop), container, proof(limits))
        .await
        .map_err(refused)?;
    let lost = || refused(SandboxError::Unavailable("a container ended by itself".to_owned()));
    let accounts = asker.accounts().await.ok_or_else(lost)?;
    process.report.await.map_err(|_| lost())?.map_err(refused)?;
    let (memory, pids) = (container::memory_max(&limits), container::pids_max(&limits));
    // The kernel rounds memory to pages.
    if accounts.memory_max > memory || accounts.pids_max != pids {
        return Err(SandboxError::Isolation(format!(
            "the Docker daemon does not set limits: {memory} bytes and {pids} processes asked for, {} and {} in force",
            accounts.memory_max, accounts.pids_max
        )));
    }
    if accounts
        .sockets_max
        .is_some_and(|most| most > container::SOCKETS_BYTES_MAX)
    {
        return Err(SandboxError::Isolation(format!(
            "the runtime {} does not limit the memory of sockets on cgroup v1: start the daemon's machine with cgroup v2, or name \
             a runtime that does (crun): sandbox = \"docker:?runtime=crun\"",
            workshop.daemon.runtime
        )));
    }
    Ok(isolation::describe(&workshop.daemon, &hello, &accounts))
}

fn proof(limits: Limits) -> Spec {
    Spec {
        argv: vec!["/bin/sh".to_owned(), "-c".to_owned(), ":".to_owned()],
        env: Vec::new(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits,
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    }
}

/// What cannot be had now is a reason not to start.
fn refused(error: SandboxError) -> SandboxError {
    match error {
        SandboxError::Isolation(_) => error,
        other => SandboxError::Isolation(format!(
            "a container cannot be used ({other}); the image must be one of deploy/docker, and the daemon's kernel must let \
             ordinary users make user namespaces (sysctl kernel.unprivileged_userns_clone, \
             kernel.apparmor_restrict_unprivileged_userns)"
        )),
    }
}

#[async_trait]
impl Sandbox for Docker {
    async fn spawn(&self, spec: Spec) -> Result<Process, SandboxError> {
        let container: Container = self.pools.take(&self.workshop, &spec.mounts).await?;
        run::start(Arc::clone(&self.workshop), container, spec).await
    }

    fn toolchains(&self) -> Toolchains {
        Toolchains::OfItsOwn(self.workshop.daemon.image_id.clone())
    }

    fn isolation(&self) -> Isolation {
        self.isolation.clone()
    }
}
