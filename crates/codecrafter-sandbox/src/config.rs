//! Which sandbox, by URL scheme.

use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use crate::SandboxError;

mod docker;

pub use docker::DockerConfig;

/// The sandboxes there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SandboxConfig {
    /// `native:` namespaces and cgroups of this machine.
    Native(NativeConfig),
    /// `docker:` a container for each run, by a Docker daemon.
    Docker(DockerConfig),
}

/// What holds the limits of memory, processes and processor time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitsBy {
    /// A control group for each program: the kernel counts all of its processes together.
    Groups,
    /// Limits of each process, where there are no control groups to be had; weaker, so never chosen by itself.
    Processes,
}

/// The native sandbox. As a URL: `native:?cgroup=<name>&ready=<jails>&limits=<cgroup or process>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeConfig {
    /// Executable whose argument `__jail` makes it a launcher; by default this process's own.
    pub launcher: PathBuf,
    /// Folder below the root of each cgroup hierarchy.
    pub cgroup: String,
    /// Jails kept ready for each set of mounts.
    pub ready: usize,
    /// What holds the limits.
    pub limits: LimitsBy,
}

impl Default for NativeConfig {
    fn default() -> Self {
        Self {
            launcher: PathBuf::from("/proc/self/exe"),
            cgroup: "codecrafter".to_owned(),
            ready: 2,
            limits: LimitsBy::Groups,
        }
    }
}

/// More would only hold memory.
const READY_MAX: usize = 64;

impl FromStr for SandboxConfig {
    type Err = SandboxError;

    fn from_str(text: &str) -> Result<Self, SandboxError> {
        let url = Url::parse(text).map_err(|error| malformed(text, &error.to_string()))?;
        match url.scheme() {
            "native" => native(text, &url).map(Self::Native),
            "docker" => DockerConfig::from_url(text, &url).map(Self::Docker),
            _ => Err(malformed(text, "the scheme must be native or docker")),
        }
    }
}

fn native(text: &str, url: &Url) -> Result<NativeConfig, SandboxError> {
    let mut config = NativeConfig::default();
    for (key, value) in url.query_pairs() {
        match key.as_ref() {
            "cgroup" if is_name(&value) => config.cgroup = value.into_owned(),
            "cgroup" => return Err(malformed(text, "cgroup must be one name of letters, digits, - and _")),
            "ready" => config.ready = ready(text, &value)?,
            "limits" => {
                config.limits = match value.as_ref() {
                    "cgroup" => LimitsBy::Groups,
                    "process" => LimitsBy::Processes,
                    _ => return Err(malformed(text, "limits must be cgroup or process")),
                };
            }
            other => return Err(malformed(text, &format!("no such setting: {other}"))),
        }
    }
    Ok(config)
}

fn ready(text: &str, value: &str) -> Result<usize, SandboxError> {
    let ready = value.parse().ok().filter(|ready| (1..=READY_MAX).contains(ready));
    ready.ok_or_else(|| malformed(text, &format!("ready must be from 1 to {READY_MAX}")))
}

fn is_name(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn malformed(text: &str, why: &str) -> SandboxError {
    SandboxError::Spec(format!("sandbox {text:?}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses() {
        let config: SandboxConfig = "native:".parse().expect("a sandbox");
        assert_eq!(config, SandboxConfig::Native(NativeConfig::default()));
        let config: SandboxConfig = "native:?cgroup=other&ready=4".parse().expect("a sandbox");
        let SandboxConfig::Native(native) = config else {
            panic!("{config:?}")
        };
        assert_eq!((native.cgroup.as_str(), native.ready), ("other", 4));
        assert_eq!(native.limits, LimitsBy::Groups);
        let weaker = NativeConfig {
            limits: LimitsBy::Processes,
            ..NativeConfig::default()
        };
        let config: SandboxConfig = "native:?limits=process".parse().expect("a sandbox");
        assert_eq!(config, SandboxConfig::Native(weaker));
    }

    #[test]
    fn docker_has_its_daemon_and_its_image() {
        let usual: SandboxConfig = "docker:".parse().expect("a sandbox");
        assert_eq!(usual, SandboxConfig::Docker(DockerConfig::default()));
        let text = "docker:///run/user/1000/docker.sock?image=registry.example.org:5000/code/all:2&runtime=runsc&ready=8&cpus=1.5";
        let named = DockerConfig {
            socket: "/run/user/1000/docker.sock".into(),
            image: "registry.example.org:5000/code/all:2".to_owned(),
            runtime: Some("runsc".to_owned()),
            ready: 8,
            nano_cpus: Some(1_500_000_000),
        };
        let config: SandboxConfig = text.parse().expect("a sandbox");
        assert_eq!(config, SandboxConfig::Docker(named));
    }

    #[test]
    fn what_is_misspelt_stops_the_start() {
        for text in [
            "",
            "docker",
            "gvisor:",
            "native:?cgroup=../x",
            "native:?ready=0",
            "native:?size=1",
            "native:?limits=none",
            "docker://host/var/run/docker.sock",
            "docker:relative.sock",
            "docker:?image=",
            "docker:?image=a b",
            "docker:?runtime=../runc",
            "docker:?ready=0",
            "docker:?cpus=0",
            "docker:?cpus=NaN",
            "docker:?privileged=1",
        ] {
            let error = text.parse::<SandboxConfig>().expect_err(text);
            assert!(matches!(error, SandboxError::Spec(_)), "{text}");
        }
    }
}
