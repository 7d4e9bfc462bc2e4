//! The containers of a Docker daemon, as a URL.

use std::path::PathBuf;

use url::Url;

use super::{is_name, malformed, ready};
use crate::SandboxError;

/// As a URL: `docker://<socket>?image=<image>&runtime=<name>&ready=<containers>&cpus=<number>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerConfig {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// What containers are made of; `deploy/docker/` builds one.
    pub image: String,
    /// The daemon's name of what runs them (for example `runsc`); its own default unless named.
    pub runtime: Option<String>,
    /// Containers kept ready for each set of mounts.
    pub ready: usize,
    /// Processors that one may use at a time, in 10⁻⁹; as many as there are unless named.
    pub nano_cpus: Option<i64>,
}

impl Default for DockerConfig {
    fn default() -> Self {
        Self {
            socket: PathBuf::from("/var/run/docker.sock"),
            image: "codecrafter-languages".to_owned(),
            runtime: None,
            ready: 3,
            nano_cpus: None,
        }
    }
}

/// More than any machine has.
const CPUS_MAX: f64 = 4096.0;

impl DockerConfig {
    pub(super) fn from_url(text: &str, url: &Url) -> Result<Self, SandboxError> {
        let mut config = Self::default();
        if url.has_host() {
            return Err(malformed(
                text,
                "the daemon's socket must be an absolute path: docker:///var/run/docker.sock",
            ));
        }
        match url.path() {
            "" => {}
            path if path.starts_with('/') => config.socket = path.into(),
            _ => return Err(malformed(text, "the daemon's socket must be an absolute path")),
        }
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "image" if is_image(&value) => config.image = value.into_owned(),
                "image" => return Err(malformed(text, "image must be the name of an image")),
                "runtime" if is_name(&value) => config.runtime = Some(value.into_owned()),
                "runtime" => return Err(malformed(text, "runtime must be one of the daemon's names")),
                "ready" => config.ready = ready(text, &value)?,
                "cpus" => config.nano_cpus = Some(nano_cpus(text, &value)?),
                other => return Err(malformed(text, &format!("no such setting: {other}"))),
            }
        }
        Ok(config)
    }
}

/// Letters of repository, tag and digest; whether there is such an image the daemon knows.
fn is_image(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
    !value.is_empty() && value.chars().all(is_part)
}

fn nano_cpus(text: &str, value: &str) -> Result<i64, SandboxError> {
    let cpus: Option<f64> = value.parse().ok().filter(|cpus| (0.01..=CPUS_MAX).contains(cpus));
    let cpus = cpus.ok_or_else(|| malformed(text, "cpus must be a number of processors, from 0.01"))?;
    #[expect(clippy::cast_possible_truncation, reason = "at most 4096 · 10⁹")]
    Ok((cpus * 1e9).round() as i64)
}
