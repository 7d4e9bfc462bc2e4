//! Secrets that the executable makes for itself, in files that only its user may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use codecrafter_webhook::Secret;

/// Bytes of a key that signs: as many as HMAC-SHA-256 puts out (RFC 7518, 3.2).
const KEY_BYTES: usize = 32;

/// A key that signs.
pub(crate) type Key = [u8; KEY_BYTES];

/// Makes the data folder, private to its user.
pub(crate) fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data folder {}", path.display()))
}

/// The key that signs access tokens, made at the first start.
pub(crate) fn token_key(data_dir: &Path) -> anyhow::Result<Key> {
    key(
        data_dir,
        "token.key",
        "everybody logs in again, and one-time codes are set up anew",
    )
}

/// The secret that signs webhooks, made at the first start.
pub(crate) fn webhook_secret(data_dir: &Path) -> anyhow::Result<Secret> {
    let key = key(data_dir, "webhook.key", "receivers need the new secret")?;
    Ok(Secret::new(&key))
}

/// The key in this file, made where there is none. `loss` is what a new one costs.
fn key(data_dir: &Path, name: &str, loss: &str) -> anyhow::Result<Key> {
    let path = data_dir.join(name);
    match fs::read(&path) {
        Ok(key) => check(&path, key, loss),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path, loss),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn check(path: &Path, key: Vec<u8>, loss: &str) -> anyhow::Result<Key> {
    let Ok(key) = Key::try_from(key) else {
        bail!(
            "{} must hold {KEY_BYTES} bytes; remove it to get a new one ({loss})",
            path.display()
        );
    };
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} may be read by others: chmod 600 it", path.display());
    }
    Ok(key)
}

/// Written whole or not at all: first beside its place, then linked into it.
fn make(path: &Path, loss: &str) -> anyhow::Result<Key> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).context("no random numbers")?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(key),
        // Another process was first: its key counts.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check(path, fs::read(path)?, loss),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let first = token_key(dir.path()).expect("made");
        assert_ne!(first, [0; KEY_BYTES]);
        assert_eq!(token_key(dir.path()).expect("read"), first);
        let path = dir.path().join("token.key");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 1, "no draft is left");
    }

    #[test]
    fn the_webhook_secret_is_another_one() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let secret = webhook_secret(dir.path()).expect("made");
        assert_eq!(webhook_secret(dir.path()).expect("read").reveal(), secret.reveal());
        assert_eq!(secret.reveal().len(), 2 * KEY_BYTES);
        assert_ne!(
            token_key(dir.path()).expect("made").to_vec(),
            fs::read(dir.path().join("webhook.key")).expect("there")
        );
    }

    #[test]
    fn a_broken_or_open_key_is_refused() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("token.key");
        fs::write(&path, b"short").expect("written");
        assert!(token_key(dir.path()).is_err());
        fs::write(&path, [1; KEY_BYTES]).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        assert!(token_key(dir.path()).is_err());
    }
}
