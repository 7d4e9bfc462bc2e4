//! One container from its making to its end: what holds it, and what it may use.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::body_full;
use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, ContainerCreateResponse, ContainerUpdateBody, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigLogConfig, Mount, MountType,
};
use bollard::query_parameters::AttachContainerOptionsBuilder;
use bytes::Bytes;
use codecrafter_domain::limits::Limits;
use codecrafter_jail::wire::{Hello, VERSION};

use futures::StreamExt as _;

use super::daemon::{CGROUP_NAMESPACES, said};
use super::wire::{self, Asker, Told};
use super::{LABEL, Workshop};
use crate::SandboxError;

/// Where images have the agent.
const AGENT: &str = "/usr/lib/codecrafter/agent";

/// A container is ready in less than a second; a machine on which it takes longer than this cannot run programs.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Processes besides the program's: agent, launcher, init.
const OWN_PROCESSES: u64 = 3;

/// Memory besides the program's, in bytes: theirs.
const OWN_MEMORY: u64 = 2 << 20;

/// What its sockets may hold where that is counted apart (cgroup v1), and not at all while nobody has limited it: more than
/// honest programs have on its way between their sockets, in bytes.
pub(super) const SOCKETS_BYTES_MAX: u64 = 16 << 20;

/// What a container may use before its job is known, in bytes; the runtime's own start needs some of it.
const IDLE_MEMORY: u64 = 64 << 20;

/// The same, of processes; the runtime itself has threads.
const IDLE_PROCESSES: u64 = 64;

/// A container that waits for its only job, or has it. Dropping it removes it in the background.
pub(super) struct Container {
    id: String,
    pub(super) asker: Asker,
    pub(super) told: Option<Told>,
    pub(super) hello: Hello,
    remains: Remains,
}

/// Removes the container when dropped.
struct Remains {
    id: String,
    reaper: super::reaper::Reaper,
}

impl Remains {
    async fn create(workshop: Arc<Workshop>, mounts: Vec<crate::Mount>) -> Result<Self, Error> {
        let created = create(&workshop, &mounts).await?;
        Ok(Self {
            id: created.id,
            reaper: workshop.reaper.clone(),
        })
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        self.reaper.hand_over(std::mem::take(&mut self.id));
    }
}

impl Container {
    /// Makes and starts one, and waits for its agent's first word.
    pub(super) async fn make(workshop: &Arc<Workshop>, mounts: &[crate::Mount]) -> Result<Self, SandboxError> {
        let making = Self::try_make(workshop, mounts);
        let made = tokio::time::timeout(PATIENCE, making).await;
        made.unwrap_or_else(|_| {
            Err(SandboxError::Unavailable(
                "a container does not start in time".to_owned(),
            ))
        })
    }

    async fn try_make(workshop: &Arc<Workshop>, mounts: &[crate::Mount]) -> Result<Self, SandboxError> {
        let client = &workshop.client;
        let failed = |error| SandboxError::Unavailable(format!("cannot make a container: {}", said(&error)));
        // Not given up half-way: the daemon would make it all the same, and nobody would remove it.
        let creating = tokio::spawn(Remains::create(Arc::clone(workshop), mounts.to_vec()));
        let creating = creating
            .await
            .map_err(|error| SandboxError::Internal(error.to_string()))?;
        let remains = creating.map_err(failed)?;
        let id = remains.id.clone();
        let options = AttachContainerOptionsBuilder::new()
            .stream(true)
            .stdin(true)
            .stdout(true)
            .stderr(true);
        let attached = client
            .attach_container(&id, Some(options.build()))
            .await
            .map_err(failed)?;
        let (asker, mut told) = wire::open(attached);
        let started = client.start_container(&id, None).await;
        started.map_err(|error| SandboxError::Unavailable(format!("cannot start a container: {}", said(&error))))?;
        let hello = (&mut told.hello).await.map_err(|_| {
            let image = &workshop.config.image;
            SandboxError::Unavailable(format!("the agent in image {image} ended before its first word"))
        })?;
        check(&hello, workshop)?;
        Ok(Self {
            id,
            asker,
            told: Some(told),
            hello,
            remains,
        })
    }

    /// Sets the limits; must be done before the program starts.
    pub(super) async fn limit(&self, workshop: &Workshop, limits: &Limits) -> Result<(), SandboxError> {
        let memory = number(memory_max(limits));
        let body = ContainerUpdateBody {
            memory: Some(memory),
            memory_swap: Some(memory),
            pids_limit: Some(number(pids_max(limits))),
            ..ContainerUpdateBody::default()
        };
        let updated = workshop.client.update_container(&self.id, body).await;
        updated.map_err(|error| SandboxError::Internal(format!("cannot set limits: {}", said(&error))))
    }

    /// Whether the kernel killed for memory in it, as the daemon saw it when it ended.
    pub(super) async fn ran_out_of_memory(&self, workshop: &Workshop) -> bool {
        // Its streams end before the daemon has taken note of that. What it ended with is no matter.
        let mut ending = workshop.client.wait_container(&self.id, None);
        let _ = tokio::time::timeout(PATIENCE, ending.next()).await;
        let seen = workshop.client.inspect_container(&self.id, None).await;
        seen.is_ok_and(|seen| seen.state.and_then(|state| state.oom_killed).unwrap_or_default())
    }

    /// Kills everything in it without its agent's help, and waits until that is done.
    pub(super) async fn kill(&self, workshop: &Workshop) {
        // If it is not there any more, that is as good.
        let _ = workshop.client.kill_container(&self.remains.id, None).await;
        let _ = tokio::time::timeout(PATIENCE, self.asker.lost()).await;
    }
}

/// What the container's limit of memory must be so that the program has its own, in bytes.
pub(super) fn memory_max(limits: &Limits) -> u64 {
    limits.memory_bytes + OWN_MEMORY
}

/// The same of processes.
pub(super) fn pids_max(limits: &Limits) -> u64 {
    limits.processes + OWN_PROCESSES
}

fn check(hello: &Hello, workshop: &Workshop) -> Result<(), SandboxError> {
    let image = &workshop.config.image;
    if hello.version != VERSION {
        return Err(SandboxError::Isolation(format!(
            "the agent in image {image} speaks version {}, this CodeCrafter version {VERSION}: build the image anew (deploy/docker)",
            hello.version
        )));
    }
    match &hello.accounts {
        Ok(_) => Ok(()),
        Err(error) => Err(SandboxError::Isolation(format!(
            "what a container uses cannot be read in it ({error}): the runtime {} shows no control groups",
            workshop.daemon.runtime
        ))),
    }
}

/// The limit of sockets is no part of the library's words, and so put among them.
async fn create(workshop: &Workshop, mounts: &[crate::Mount]) -> Result<ContainerCreateResponse, Error> {
    let mut words = serde_json::to_value(body(workshop, mounts))?;
    if workshop.daemon.counts_sockets_apart {
        words["HostConfig"]["KernelMemoryTCP"] = SOCKETS_BYTES_MAX.into();
    }
    let words = Bytes::from(serde_json::to_vec(&words)?);
    let client = workshop.client.clone();
    let client = client.with_request_modifier(move |request| request.map(|_| body_full(words.clone())));
    client.create_container(None, ContainerCreateBody::default()).await
}

/// What is made anew for each run, and what holds it.
fn body(workshop: &Workshop, mounts: &[crate::Mount]) -> ContainerCreateBody {
    let user = workshop.uids.next();
    ContainerCreateBody {
        image: Some(workshop.daemon.image_id.clone()),
        entrypoint: Some(vec![AGENT.to_owned()]),
        cmd: Some(Vec::new()),
        user: Some(format!("{user}:{user}")),
        hostname: Some("codecrafter".to_owned()),
        working_dir: Some("/".to_owned()),
        labels: Some(HashMap::from([(LABEL.to_owned(), String::new())])),
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(true),
        // When the host lets go, or dies, the agent finds the end of its input.
        stdin_once: Some(true),
        network_disabled: Some(true),
        host_config: Some(host_config(workshop, mounts)),
        ..ContainerCreateBody::default()
    }
}

fn host_config(workshop: &Workshop, mounts: &[crate::Mount]) -> HostConfig {
    let idle = number(IDLE_MEMORY);
    HostConfig {
        memory: Some(idle),
        memory_swap: Some(idle),
        pids_limit: Some(number(IDLE_PROCESSES)),
        nano_cpus: workshop.config.nano_cpus,
        network_mode: Some("none".to_owned()),
        ipc_mode: Some("private".to_owned()),
        cgroupns_mode: workshop
            .daemon
            .has(CGROUP_NAMESPACES)
            .then_some(HostConfigCgroupnsModeEnum::PRIVATE),
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(workshop.daemon.security_options()),
        // The jail hides all of /proc but the processes' own folders, and may only where nothing covers a part of it: what
        // the runtime would cover, the agent's user may not write to and the program does not see.
        masked_paths: Some(Vec::new()),
        readonly_paths: Some(Vec::new()),
        mounts: Some(mounts.iter().map(mount).collect()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        runtime: workshop.config.runtime.clone(),
        ..HostConfig::default()
    }
}

fn mount(mount: &crate::Mount) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(mount.source.to_string_lossy().into_owned()),
        target: Some(mount.target.to_string_lossy().into_owned()),
        read_only: Some(true),
        ..Mount::default()
    }
}

/// The API's numbers are signed; limits are far below that.
fn number(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
