//! Where it is kept what toolchains prepare once: with the user, not with the data, so that a new data folder does not
//! compile Go's standard library again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::settings::{Settings, users_folder};

/// The folder of the settings; without one the user's, or one with the data where that cannot be had.
///
/// # Errors
/// A folder that was asked for cannot be made or written to.
pub(crate) fn folder(settings: &Settings) -> anyhow::Result<PathBuf> {
    if let Some(asked) = &settings.cache_dir {
        make(asked).with_context(|| format!("cache_dir {}", asked.display()))?;
        return Ok(asked.clone());
    }
    let usual = users_folder("XDG_CACHE_HOME", ".cache").map(|base| base.join("toolchains"));
    Ok(first(usual, &settings.data_dir))
}

fn first(usual: Option<PathBuf>, data_dir: &Path) -> PathBuf {
    usual
        .filter(|folder| make(folder).is_ok())
        .unwrap_or_else(|| data_dir.join("cache"))
}

fn make(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_the_last_resort() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (data, usual) = (dir.path().join("data"), dir.path().join("home/cache"));
        assert_eq!(first(Some(usual.clone()), &data), usual);
        assert_eq!(first(None, &data), data.join("cache"));
        let taken = dir.path().join("file");
        fs::write(&taken, "no folder").expect("written");
        assert_eq!(first(Some(taken.join("cache")), &data), data.join("cache"));
    }
}
