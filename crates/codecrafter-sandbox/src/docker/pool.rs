//! Containers made ready in the background: a pool for each set of mounts. Each container gets one job, and no second.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Workshop;
use super::container::Container;
use crate::{Mount, SandboxError};

/// Sets of mounts at one moment: containers that wait hold memory. The one not used for longest makes room.
const POOLS_MAX: usize = 8;

/// All pools of a sandbox.
#[derive(Default)]
pub(super) struct Pools(Mutex<State>);

#[derive(Default)]
struct State {
    pools: HashMap<Vec<Mount>, (Arc<Pool>, u64)>,
    clock: u64,
}

/// Its makers end with it.
struct Pool {
    ready: tokio::sync::Mutex<Receiver<Made>>,
}

type Made = Result<Container, SandboxError>;

impl Pools {
    /// A container that sees `mounts`.
    pub(super) async fn take(&self, workshop: &Arc<Workshop>, mounts: &[Mount]) -> Made {
        let key = key(mounts)?;
        let pool = self.pool(workshop, &key);
        loop {
            match pool.ready.lock().await.recv().await {
                // One that has been ended by somebody, or with its daemon, while it waited.
                Some(Ok(container)) if container.asker.is_lost() => {}
                Some(made) => {
                    if made.is_err() {
                        // Whatever is wrong may have passed at the next time.
                        self.forget(&key, &pool);
                    }
                    return made;
                }
                // The last maker's error went to somebody else.
                None => {
                    self.forget(&key, &pool);
                    return Err(SandboxError::Unavailable(
                        "containers cannot be made just now".to_owned(),
                    ));
                }
            }
        }
    }

    fn pool(&self, workshop: &Arc<Workshop>, key: &[Mount]) -> Arc<Pool> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.clock += 1;
        let now = state.clock;
        if let Some((pool, last_used)) = state.pools.get_mut(key) {
            *last_used = now;
            return Arc::clone(pool);
        }
        if state.pools.len() >= POOLS_MAX {
            let oldest = state.pools.iter().min_by_key(|(_, (_, last_used))| *last_used);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|oldest| state.pools.remove(&oldest));
        }
        let pool = Arc::new(Pool::start(workshop, key));
        state.pools.insert(key.to_vec(), (Arc::clone(&pool), now));
        pool
    }

    fn forget(&self, key: &[Mount], failed: &Arc<Pool>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.pools.get(key).is_some_and(|(pool, _)| Arc::ptr_eq(pool, failed)) {
            state.pools.remove(key);
        }
    }
}

/// The order in which mounts are named makes no difference.
fn key(mounts: &[Mount]) -> Result<Vec<Mount>, SandboxError> {
    let mut key = mounts.to_vec();
    key.sort_by(|a, b| a.target.cmp(&b.target));
    key.dedup();
    for mount in &key {
        let (source, target) = (mount.source.display(), mount.target.display());
        if !mount.source.is_absolute() || !mount.target.is_absolute() {
            let wrong = format!("mount {source} on {target}: both must be absolute");
            return Err(SandboxError::Spec(wrong));
        }
        if !mount.source.exists() {
            return Err(SandboxError::Spec(format!(
                "mount {source} on {target}: it does not exist"
            )));
        }
    }
    Ok(key)
}

impl Pool {
    /// As many makers as there are processors: making a container is mostly the kernel's work.
    fn start(workshop: &Arc<Workshop>, mounts: &[Mount]) -> Self {
        let size = workshop.config.ready;
        let (sender, ready) = channel(size);
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..processors.min(size) {
            tokio::spawn(make(Arc::clone(workshop), mounts.to_vec(), sender.clone()));
        }
        Self {
            ready: tokio::sync::Mutex::new(ready),
        }
    }
}

/// Fills a pool until nobody takes any more, or until it cannot.
async fn make(workshop: Arc<Workshop>, mounts: Vec<Mount>, to: Sender<Made>) {
    // Ends with the pool, not only with the next container.
    while let Ok(place) = to.reserve().await {
        let made = tokio::select! {
            made = Container::make(&workshop, &mounts) => made,
            () = to.closed() => return,
        };
        let failed = made.is_err();
        if let Err(error) = &made {
            tracing::warn!(%error, "no more containers of a kind");
        }
        place.send(made);
        if failed {
            return;
        }
    }
}
