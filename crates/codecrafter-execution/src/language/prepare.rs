//! What a toolchain can do once for all programs, such as compiling its standard library.
//!
//! Runs as the server's own user, outside of any jail: toolchain and input are the machine's, and no
//! user's byte is involved. Jails read the folder; nothing ever writes to it again.

mod lock;
mod subordinate;

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use lock::Lock;

use super::Language;
use super::definition::Warm;

/// Compiling Go's standard library takes 35 s on two slow cores.
const TIMEOUT: Duration = Duration::from_mins(15);

impl Language {
    /// Prepares its folder unless that is done. Of several processes one does it and the others wait; should it
    /// die, the next one begins anew.
    pub async fn prepare(&self) -> anyhow::Result<()> {
        let Some(folder) = self.prepared().filter(|folder| !folder.exists()) else {
            return Ok(());
        };
        let parent = folder.parent().context("a prepared folder is below the cache folder")?;
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        let _lock = Lock::take(&beside(folder, ".lock")).await?;
        if folder.exists() {
            return Ok(());
        }
        let unfinished = beside(folder, ".unfinished");
        let made = tokio::time::timeout(TIMEOUT, self.fill(&unfinished))
            .await
            .unwrap_or_else(|_| bail!("took too long"));
        if let Err(error) = made {
            // What cannot be removed now is removed at the next attempt.
            let _ = remove(unfinished).await;
            return Err(error);
        }
        Ok(fs::rename(unfinished, folder)?)
    }

    async fn fill(&self, folder: &Path) -> anyhow::Result<()> {
        remove(folder.to_owned()).await?;
        fs::create_dir(folder)?;
        for warm in &self.definition.warm {
            self.carry_out(warm, folder).await?;
        }
        let folder = folder.to_owned();
        Ok(tokio::task::spawn_blocking(move || make_readable(&folder)).await??)
    }

    async fn carry_out(&self, warm: &Warm, folder: &Path) -> anyhow::Result<()> {
        let home = tempfile::tempdir()?;
        for (path, content) in &warm.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
            fs::write(path, content)?;
        }
        let values = self.values.clone().with("warm", folder.to_string_lossy());
        let argv = values.fill_all(&warm.argv, &[]).map_err(anyhow::Error::msg)?;
        let mut command = subordinate::command(&argv);
        command
            .current_dir(folder)
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

/// A path of the folder's name and an ending. The name has dots of its own.
fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut path: OsString = folder.to_owned().into();
    path.push(ending);
    path.into()
}

/// What an earlier process may have left.
async fn remove(folder: PathBuf) -> anyhow::Result<()> {
    match tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await? {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
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
