//! Where toolchains are looked for, and how they are asked: on this machine, or in what the sandbox brings along.

mod here;
mod inside;

use std::path::{Path, PathBuf};

use codecrafter_sandbox::Mount;

pub use here::SearchPath;
pub(crate) use inside::Inside;

/// What every jail sees anyway.
const BASE_SYSTEM: [&str; 5] = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// What each jail has of its own: the host's would be out of sight.
const COVERED: [&str; 4] = ["/box", "/dev", "/proc", "/tmp"];

/// Where toolchains are.
pub(crate) enum Place<'a> {
    /// On this machine; jails see them through mounts.
    Here(&'a SearchPath),
    /// In what the sandbox brings along, of which jails see the base system.
    Inside(&'a Inside),
}

impl Place<'_> {
    /// The first of `commands` that exists.
    pub(super) async fn find(&self, commands: &[String]) -> Result<PathBuf, String> {
        let found = match self {
            Self::Here(search) => search.find(commands),
            Self::Inside(inside) => inside.find(commands).await?,
        };
        found.ok_or_else(|| format!("no {} in PATH", commands.join(" or ")))
    }

    /// Standard output followed by standard error of a command that goes well.
    pub(super) async fn output(&self, argv: &[String]) -> Result<String, String> {
        match self {
            Self::Here(_) => here::output(argv).await,
            Self::Inside(inside) => inside.output(argv).await,
        }
    }

    /// The first of `paths` that does not exist.
    pub(super) async fn missing(&self, paths: &[String]) -> Result<Option<String>, String> {
        match self {
            Self::Here(_) => Ok(paths.iter().find(|path| !Path::new(path).exists()).cloned()),
            Self::Inside(inside) => inside.missing(paths).await,
        }
    }

    /// Tells what is at `paths` from another of the same version.
    pub(super) fn identity(&self, paths: &[String]) -> String {
        match self {
            Self::Here(_) => here::identity(paths),
            Self::Inside(inside) => inside.identity().to_owned(),
        }
    }

    /// What of `paths` jails see besides the base system; `program` has to be there.
    pub(super) fn mounts(&self, paths: Vec<String>, program: &str) -> Result<Vec<Mount>, String> {
        let mounts = match self {
            Self::Here(_) => here::mounts(paths)?,
            Self::Inside(_) => Vec::new(),
        };
        let path = Path::new(program);
        let mounted = mounts.iter().any(|mount| path.starts_with(&mount.target));
        if mounted || is_in_base_system(path) || path.starts_with(codecrafter_sandbox::BOX) {
            return Ok(mounts);
        }
        Err(match self {
            Self::Here(_) => format!("{program} is outside of what jails see; name its folder in mounts"),
            Self::Inside(_) => format!("{program} is outside of what jails see: put it below /usr of the image"),
        })
    }
}

fn is_in_base_system(path: &Path) -> bool {
    BASE_SYSTEM.iter().any(|base| path.starts_with(base))
}

fn is_covered(path: &Path) -> bool {
    COVERED.iter().any(|own| path.starts_with(own))
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
