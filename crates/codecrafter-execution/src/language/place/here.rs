//! Toolchains of this machine.

use std::env;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use codecrafter_sandbox::Mount;
use tokio::process::Command;

use super::{first_line, is_covered, is_in_base_system};

/// How long a toolchain may take to say its version; the slowest (a cold JDK) needs about a second.
const PROBE_TIMEOUT: Duration = Duration::from_secs(20);

/// Where commands are looked up.
#[derive(Debug, Clone, Default)]
pub struct SearchPath {
    /// Before anything that a language's file names.
    preferred: Vec<PathBuf>,
    usual: Vec<PathBuf>,
}

impl SearchPath {
    /// The folders in `CODECRAFTER_TOOLCHAIN_PATH`, then those in `PATH`.
    pub fn from_env() -> Self {
        let folders = |name| env::var_os(name).map_or_else(Vec::new, |value| env::split_paths(&value).collect());
        Self {
            preferred: folders("CODECRAFTER_TOOLCHAIN_PATH"),
            usual: folders("PATH"),
        }
    }

    /// The first of `commands` that exists, symbolic links not followed: a proxy looks at its own name.
    pub(super) fn find(&self, commands: &[String]) -> Option<PathBuf> {
        let names = commands.iter().filter(|command| !command.contains('/'));
        let preferred = names.flat_map(|name| self.preferred.iter().map(move |folder| folder.join(name)));
        let usual = commands.iter().flat_map(|command| {
            let folders = if command.starts_with('/') {
                &[][..]
            } else {
                &self.usual[..]
            };
            let absolute = command.starts_with('/').then(|| PathBuf::from(command));
            absolute
                .into_iter()
                .chain(folders.iter().map(move |folder| folder.join(command)))
        });
        preferred
            .chain(usual)
            .find(|path| path.is_absolute() && is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Standard output followed by standard error.
pub(super) async fn output(argv: &[String]) -> Result<String, String> {
    let (program, arguments) = argv.split_first().ok_or("argv: must not be empty")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PROBE_TIMEOUT, command.output()).await;
    let output = output.map_err(|_| format!("{program} does not answer"))?;
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !output.status.success() {
        return Err(format!("{} fails: {}", argv.join(" "), first_line(&stderr)));
    }
    Ok(format!("{stdout}{stderr}"))
}

/// What of `paths` is there and outside of the base system.
pub(super) fn mounts(paths: Vec<String>) -> Result<Vec<Mount>, String> {
    let outside = paths.into_iter().map(PathBuf::from);
    let mounts: Vec<Mount> = outside
        .filter(|path| !is_in_base_system(path) && path.exists())
        .map(|path| Mount {
            source: path.clone(),
            target: path,
        })
        .collect();
    match mounts.iter().find(|mount| is_covered(&mount.target)) {
        Some(covered) => Err(format!(
            "{} is in a folder that jails have one of their own of; move it",
            covered.target.display()
        )),
        None => Ok(mounts),
    }
}

/// Changes when the toolchain is replaced, even by one that calls itself the same version.
pub(super) fn identity(paths: &[String]) -> String {
    let seen = paths.iter().map(|path| {
        let metadata = std::fs::metadata(path).map(|metadata| (metadata.len(), metadata.mtime()));
        format!("{path}: {metadata:?}\n")
    });
    seen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferred_folders_come_first() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = folder.path().join("sh");
        std::fs::write(&own, "").expect("written");
        let preferring = SearchPath {
            preferred: vec![folder.path().into()],
            usual: vec!["/usr/bin".into(), "/bin".into()],
        };
        let commands = ["/bin/sh".to_owned(), "sh".to_owned()];
        assert_eq!(preferring.find(&commands), Some("/bin/sh".into()), "not executable");
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).expect("permitted");
        assert_eq!(preferring.find(&commands), Some(own));
    }
}
