//! Removes containers whose run is over, in the background: on a thread of its own, so that the last ones are removed
//! even when the runtime of whoever used them ends.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::daemon::said;
use crate::SandboxError;

/// Removed at a time: each is mostly the daemon's work.
const AT_A_TIME: usize = 4;

/// How often is asked for what the daemon is still at.
const TRIES: u32 = 5;

/// How long it is left in peace in between; twice as long each time.
const PAUSE: Duration = Duration::from_millis(100);

/// A handle; the thread ends after the last one, and after what it was given.
#[derive(Debug, Clone)]
pub(super) struct Reaper(UnboundedSender<String>);

/// Tells when the reaper has nothing left to do.
#[derive(Debug)]
pub(super) struct Finished(Mutex<Receiver<Infallible>>);

impl Finished {
    /// Waits for it, but not for longer than `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let finished = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The only answer is that the thread has let go of its end.
        let _ = finished.recv_timeout(patience);
    }
}

impl Reaper {
    /// Starts the thread.
    pub(super) fn start(client: Docker) -> Result<(Self, Finished), SandboxError> {
        let failed = |error: std::io::Error| SandboxError::Unavailable(format!("cannot start a thread: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (sender, receiver) = unbounded_channel();
        let (alive, finished) = channel();
        let work = move || {
            runtime.block_on(reap(client, receiver));
            drop(alive);
        };
        std::thread::Builder::new()
            .name("containers".to_owned())
            .spawn(work)
            .map_err(failed)?;
        Ok((Self(sender), Finished(Mutex::new(finished))))
    }

    /// Takes over the container of this id.
    pub(super) fn hand_over(&self, id: String) {
        if self.0.send(id).is_err() {
            tracing::warn!("the sandbox's reaper is gone; what is left is removed later");
        }
    }
}

async fn reap(client: Docker, mut ids: UnboundedReceiver<String>) {
    let mut removing = JoinSet::new();
    while let Some(id) = ids.recv().await {
        if removing.len() >= AT_A_TIME {
            removing.join_next().await;
        }
        let client = client.clone();
        removing.spawn(async move { remove(&client, &id).await });
    }
    removing.join_all().await;
}

/// Kills and removes a container.
pub(super) async fn remove(client: &Docker, id: &str) {
    let options = || RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    for tries in 0..TRIES {
        match client.remove_container(id, Some(options())).await {
            // Gone, or on its way.
            Ok(())
            | Err(Error::DockerResponseServerError {
                status_code: 404 | 409, ..
            }) => return,
            Err(error) if tries + 1 == TRIES => {
                tracing::warn!(container = id, error = %said(&error), "cannot be removed; tried again later");
            }
            Err(_) => tokio::time::sleep(PAUSE * 2_u32.pow(tries)).await,
        }
    }
}
