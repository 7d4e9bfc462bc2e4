//! How the command line reaches a server that runs beside it: a socket in the data folder, for its user only.
//!
//! A client writes the id of a user, and the server has that user's open connections ask again whether they may go on.
//! That is all it can be asked for, and nothing that whoever may open the data folder could not do without it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use codecrafter_bus::Bus;
use codecrafter_domain::id::UserId;
use codecrafter_domain::topic;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
/// As long as an id is.
const ID_BYTES: u64 = 36;
const DONE: &[u8] = b"ok";

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}

/// Listens until `shutdown`. Without it, the command line's changes reach open connections later: told, not fatal.
pub(crate) fn listen(data_dir: &Path, bus: Arc<dyn Bus>, shutdown: CancellationToken) {
    let path = path(data_dir);
    match bind(&path) {
        Ok(listener) => drop(tokio::spawn(async move {
            shutdown.run_until_cancelled(accept(listener, bus)).await;
            // Only a socket that nobody answers on is left otherwise.
            let _ = std::fs::remove_file(&path);
        })),
        Err(error) => tracing::warn!(%error, path = %path.display(), "the command line cannot reach this server"),
    }
}

/// The folder is its user's alone, so that nobody connects between binding and setting the mode.
fn bind(path: &Path) -> std::io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn accept(listener: UnixListener, bus: Arc<dyn Bus>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let bus = Arc::clone(&bus);
                tokio::spawn(async move {
                    match tokio::time::timeout(PATIENCE, answer(stream, bus.as_ref())).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::warn!(%error, "control socket"),
                        Err(_) => tracing::warn!("control socket: nothing came"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "control socket");
                tokio::time::sleep(PATIENCE).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, bus: &dyn Bus) -> anyhow::Result<()> {
    let mut text = String::new();
    (&mut stream).take(ID_BYTES).read_to_string(&mut text).await?;
    let user: UserId = text.parse().context("not an id")?;
    bus.publish(&topic::user(user), bytes::Bytes::new()).await?;
    stream.write_all(DONE).await?;
    Ok(())
}

/// Has a server that runs on this data folder look at a user's connections again; whether there is one.
pub(crate) async fn logins_changed(data_dir: &Path, user: UserId) -> bool {
    tokio::time::timeout(PATIENCE, ask(data_dir, user))
        .await
        .is_ok_and(|asked| asked.is_ok())
}

async fn ask(data_dir: &Path, user: UserId) -> anyhow::Result<()> {
    let mut stream = UnixStream::connect(path(data_dir)).await?;
    stream.write_all(user.to_string().as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    anyhow::ensure!(answer == DONE, "not understood");
    Ok(())
}
