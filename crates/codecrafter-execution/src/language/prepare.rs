//! What a toolchain can do once for all programs, such as compiling its standard library.
//!
//! Runs as the server's own user, outside of any jail: toolchain and input are the machine's, and no
//! user's byte is involved. Jails read the folder; nothing ever writes to it again.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use super::Language;

/// Compiling Go's standard library takes 35 s on two slow cores.
const TIMEOUT: Duration = Duration::from_mins(15);
const UNFINISHED: &str = "unfinished-";

impl Language {
    /// Prepares its folder unless that is done. Safe to call from several processes: the first one to finish wins.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let Some(folder) = self.prepared() else { return Ok(()) };
        if folder.exists() {
            return Ok(());
        }
        let parent = folder.parent().context("a prepared folder is below the cache folder")?;
        fs::create_dir_all(parent)?;
        remove_abandoned(parent);
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(parent)?;
        let result = self.run_warm_command(unfinished.path());
        tokio::time::timeout(TIMEOUT, result).await.context("took too long")??;
        let path = unfinished.path().to_owned();
        tokio::task::spawn_blocking(move || make_readable(&path)).await??;
        match fs::rename(unfinished.path(), folder) {
            Err(_) if folder.exists() => Ok(()),
            renamed => Ok(renamed?),
        }
    }

    async fn run_warm_command(&self, folder: &Path) -> anyhow::Result<()> {
        let warm = self
            .definition
            .warm
            .as_ref()
            .context("the language has nothing to prepare")?;
        let home = tempfile::tempdir()?;
        let values = self.values.clone().with("warm", folder.to_string_lossy());
        let argv = values.fill_all(&warm.argv, &[]).map_err(anyhow::Error::msg)?;
        let mut command = subordinate(&argv);
        command.stdin(Stdio::null()).kill_on_drop(true).current_dir(home.path());
        command
            .env_clear()
            .env("PATH", crate::program::PATH)
            .env("HOME", home.path());
        for (name, value) in &warm.env {
            command.env(name, values.fill(value).map_err(anyhow::Error::msg)?);
        }
        let output = command.output().await.with_context(|| argv.join(" "))?;
        if !output.status.success() {
            bail!("{}: {}", argv.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }
}

/// What processes that were killed have left. Failing costs space, not function.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map(|made| made.elapsed());
        let is_old = matches!(age, Ok(Ok(age)) if age > TIMEOUT);
        if is_old && entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A command that gives way to programs and dies with this process, even when that is killed.
fn subordinate(argv: &[String]) -> Command {
    const SETPRIV: &str = "/usr/bin/setpriv";
    let mut command = if Path::new(SETPRIV).is_file() {
        let mut command = Command::new(SETPRIV);
        command.args(["--pdeathsig", "KILL", "nice", "-n", "10"]);
        command
    } else {
        let mut command = Command::new("nice");
        command.args(["-n", "10"]);
        command
    };
    command.args(argv);
    command
}

/// For the jails' user, whatever the server's umask is.
fn make_readable(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            make_readable(&entry.path())?;
        } else if kind.is_file() {
            let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
            let mode = if executable { 0o755 } else { 0o644 };
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}
