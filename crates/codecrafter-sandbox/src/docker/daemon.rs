//! What the daemon is, and whether it can hold what is promised.

use std::fmt::Write as _;

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};

use crate::SandboxError;
use crate::config::DockerConfig;

/// What the agent may ask of the kernel, in the form that daemons take: the program's own, stricter filter comes on top.
const SECCOMP: &str = include_str!("seccomp.json");

/// The oldest interface that has all that is used here (Docker 20.10).
const API_OLDEST: (usize, usize) = (1, 41);

/// The security option of daemons that give each container a cgroup namespace.
pub(super) const CGROUP_NAMESPACES: &str = "cgroupns";

/// The daemon, as far as it matters here.
#[derive(Debug, Clone)]
pub(super) struct Daemon {
    /// What runs the containers, by the daemon's name.
    pub(super) runtime: String,
    pub(super) version: String,
    pub(super) cgroup_version: &'static str,
    pub(super) has_swap_limit: bool,
    /// Memory of sockets is no part of the other.
    pub(super) counts_sockets_apart: bool,
    /// What it calls its security options, for example `name=seccomp,profile=default`.
    options: Vec<String>,
    /// Of the image, whatever its name is later given to.
    pub(super) image_id: String,
}

/// Connects, and refuses a daemon that cannot hold the limits.
pub(super) async fn connect(config: &DockerConfig) -> Result<(Docker, Daemon), SandboxError> {
    let socket = config.socket.display();
    let unreachable = |error: Error| {
        SandboxError::Isolation(format!(
            "no Docker daemon answers at {socket}: {}; start it, let this user reach its socket, or name another: sandbox = \
             \"docker:///path/of/docker.sock\"",
            said(&error)
        ))
    };
    let path = config.socket.to_string_lossy();
    // In seconds: a container is started, or not, in much less.
    let client = Docker::connect_with_unix(&path, 60, bollard::API_DEFAULT_VERSION).map_err(unreachable)?;
    let client = client.negotiate_version().await.map_err(unreachable)?;
    let spoken = client.client_version();
    if (spoken.major_version, spoken.minor_version) < API_OLDEST {
        let needed = format!("the daemon at {socket} is too old: Docker 20.10 or newer is needed");
        return Err(SandboxError::Isolation(needed));
    }
    let info = client.info().await.map_err(unreachable)?;
    let mut daemon = Daemon::new(&info, config)?;
    daemon.image_id = look_for_image(&client, &config.image).await?;
    Ok((client, daemon))
}

async fn look_for_image(client: &Docker, image: &str) -> Result<String, SandboxError> {
    match client.inspect_image(image).await {
        Ok(found) => Ok(found.id.unwrap_or_default()),
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Err(SandboxError::Isolation(format!(
            "the daemon has no image {image}: build one (deploy/docker), or name another: sandbox = \"docker:?image=name\""
        ))),
        Err(error) => Err(SandboxError::Unavailable(format!(
            "cannot look at image {image}: {}",
            said(&error)
        ))),
    }
}

impl Daemon {
    fn new(info: &SystemInfo, config: &DockerConfig) -> Result<Self, SandboxError> {
        let lacks = |what: &str| {
            let socket = config.socket.display();
            Err(SandboxError::Isolation(format!(
                "the Docker daemon at {socket} cannot limit {what}"
            )))
        };
        let options = info.security_options.clone().unwrap_or_default();
        if info.memory_limit != Some(true) {
            return lacks("memory (its machine has no control group for it)");
        }
        if info.pids_limit != Some(true) {
            return lacks("processes (its machine has no control group for them)");
        }
        if config.nano_cpus.is_some() && info.cpu_cfs_quota != Some(true) {
            return lacks("processors (its machine has no control group for them); leave cpus out");
        }
        if !has(&options, "seccomp") {
            return lacks("system calls (it was built without seccomp)");
        }
        let is_v2 = info.cgroup_version == Some(SystemInfoCgroupVersionEnum::_2);
        Ok(Self {
            runtime: runtime(info, config)?,
            version: info.server_version.clone().unwrap_or_default(),
            cgroup_version: if is_v2 { "cgroup v2" } else { "cgroup v1" },
            counts_sockets_apart: !is_v2,
            has_swap_limit: info.swap_limit == Some(true),
            options,
            image_id: String::new(),
        })
    }

    /// Whether this is one of its security options.
    pub(super) fn has(&self, option: &str) -> bool {
        has(&self.options, option)
    }

    /// Users in containers are others outside.
    pub(super) fn has_user_namespaces(&self) -> bool {
        self.has("userns") || self.has("rootless")
    }

    /// What holds the agent, which alone is in sight of it.
    pub(super) fn security_options(&self) -> Vec<String> {
        let mut options = vec!["no-new-privileges:true".to_owned(), format!("seccomp={SECCOMP}")];
        if self.has("apparmor") {
            // Docker's profile forbids all mounts, those in a namespace of one's own, too.
            options.push("apparmor=unconfined".to_owned());
        }
        options
    }
}

fn has(options: &[String], name: &str) -> bool {
    let wanted = format!("name={name}");
    options
        .iter()
        .any(|option| option.split(',').any(|part| part == wanted))
}

/// The one that is named must be there, which the daemon itself would say only at the first start.
fn runtime(info: &SystemInfo, config: &DockerConfig) -> Result<String, SandboxError> {
    let Some(named) = &config.runtime else {
        return Ok(info.default_runtime.clone().unwrap_or_else(|| "runc".to_owned()));
    };
    let known = info.runtimes.clone().unwrap_or_default();
    if known.contains_key(named) {
        return Ok(named.clone());
    }
    let mut others: Vec<_> = known.into_keys().collect();
    others.sort();
    Err(SandboxError::Isolation(format!(
        "the daemon has no runtime {named}; it has {} (see its daemon.json, \"runtimes\")",
        others.join(", ")
    )))
}

/// An error with its causes: the outermost one often says nothing.
pub(super) fn said(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> SystemInfo {
        SystemInfo {
            memory_limit: Some(true),
            pids_limit: Some(true),
            default_runtime: Some("runc".to_owned()),
            security_options: Some(vec![
                "name=seccomp,profile=default".to_owned(),
                "name=cgroupns".to_owned(),
            ]),
            ..SystemInfo::default()
        }
    }

    #[test]
    fn a_daemon_without_a_limit_is_refused() {
        let config = DockerConfig::default();
        let daemon = Daemon::new(&info(), &config).expect("has all");
        assert!(daemon.has(CGROUP_NAMESPACES) && !daemon.has_user_namespaces() && !daemon.has_swap_limit);
        for (without, said) in [
            (
                SystemInfo {
                    memory_limit: Some(false),
                    ..info()
                },
                "cannot limit memory",
            ),
            (
                SystemInfo {
                    pids_limit: None,
                    ..info()
                },
                "cannot limit processes",
            ),
            (
                SystemInfo {
                    security_options: None,
                    ..info()
                },
                "cannot limit system calls",
            ),
        ] {
            let error = Daemon::new(&without, &config).expect_err(said).to_string();
            assert!(error.contains(said), "{error}");
        }
        let quota = DockerConfig {
            nano_cpus: Some(1),
            ..config
        };
        let error = Daemon::new(&info(), &quota).expect_err("no quota").to_string();
        assert!(error.contains("cannot limit processors"), "{error}");
    }

    #[test]
    fn apparmor_is_lifted_only_where_it_is() {
        let mut info = info();
        let without = Daemon::new(&info, &DockerConfig::default()).expect("has all");
        assert_eq!(without.security_options().len(), 2);
        info.security_options
            .get_or_insert_default()
            .push("name=apparmor".to_owned());
        let with = Daemon::new(&info, &DockerConfig::default()).expect("has all");
        assert_eq!(
            with.security_options().last().map(String::as_str),
            Some("apparmor=unconfined")
        );
    }

    #[test]
    fn the_filter_is_one() {
        let filter: serde_json::Value = serde_json::from_str(SECCOMP).expect("JSON");
        assert_eq!(filter["defaultAction"], "SCMP_ACT_ALLOW");
        let names = filter["syscalls"][0]["names"].as_array().expect("a list");
        assert!(names.contains(&"init_module".into()) && !names.contains(&"mount".into()));
    }
}
