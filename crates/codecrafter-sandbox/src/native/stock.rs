//! Jails made ready in the background: a stock for each set of mounts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use codecrafter_jail::protocol::Template;
use tokio::sync::mpsc;

use super::Workshop;
use super::jail::Jail;
use super::launcher::Launcher;
use crate::{Mount, SandboxError};

/// Sets of mounts at one moment; languages have few, and the one not used for longest makes room.
const STOCKS_MAX: usize = 32;

/// What all jails of a stock have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    mounts: Vec<(PathBuf, PathBuf)>,
    files_bytes: u64,
}

impl Key {
    /// The order in which mounts are named makes no difference, except that outer ones come first.
    pub(super) fn new(mounts: &[Mount], files_bytes: u64) -> Self {
        let mut mounts: Vec<_> = mounts
            .iter()
            .map(|mount| (mount.source.clone(), mount.target.clone()))
            .collect();
        mounts.sort_by(|a, b| a.1.cmp(&b.1));
        mounts.dedup();
        Self { mounts, files_bytes }
    }

    fn check(&self) -> Result<(), SandboxError> {
        match self
            .mounts
            .iter()
            .find(|(from, to)| !from.is_absolute() || !to.is_absolute())
        {
            Some((from, to)) => Err(SandboxError::Spec(format!(
                "mount {} on {}: both must be absolute",
                from.display(),
                to.display()
            ))),
            None => Ok(()),
        }
    }
}

type Delivery = Result<Jail, SandboxError>;

/// One stock; the thread that fills it ends with it.
struct Stock {
    jails: tokio::sync::Mutex<mpsc::Receiver<Delivery>>,
    last_used: AtomicU64,
}

/// All stocks of a sandbox.
#[derive(Default)]
pub(super) struct Stocks {
    stocks: Mutex<HashMap<Key, Arc<Stock>>>,
    clock: AtomicU64,
}

impl Stocks {
    /// A ready jail; the first of a set of mounts waits for its launcher.
    pub(super) async fn take(&self, workshop: &Arc<Workshop>, key: Key) -> Delivery {
        key.check()?;
        let stock = self.stock(workshop, &key)?;
        let delivery = stock.jails.lock().await.recv().await;
        match delivery {
            Some(Ok(jail)) => Ok(jail),
            // The thread has ended; the next spawn starts afresh.
            failed => {
                self.forget(&key, &stock);
                failed.unwrap_or_else(|| Err(SandboxError::Unavailable("a launcher has ended; try again".to_owned())))
            }
        }
    }

    fn stock(&self, workshop: &Arc<Workshop>, key: &Key) -> Result<Arc<Stock>, SandboxError> {
        let mut stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(stock) = stocks.get(key) {
            stock.last_used.store(now, Ordering::Relaxed);
            return Ok(Arc::clone(stock));
        }
        if stocks.len() >= STOCKS_MAX {
            let oldest = stocks
                .iter()
                .min_by_key(|(_, stock)| stock.last_used.load(Ordering::Relaxed))
                .map(|(key, _)| key.clone());
            oldest.and_then(|oldest| stocks.remove(&oldest));
        }
        let stock = Arc::new(Stock {
            jails: tokio::sync::Mutex::new(start(Arc::clone(workshop), key.clone())?),
            last_used: AtomicU64::new(now),
        });
        stocks.insert(key.clone(), Arc::clone(&stock));
        Ok(stock)
    }

    fn forget(&self, key: &Key, failed: &Arc<Stock>) {
        let mut stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        if stocks.get(key).is_some_and(|stock| Arc::ptr_eq(stock, failed)) {
            stocks.remove(key);
        }
    }
}

/// Starts the thread that keeps a stock full: its channel holds all but one, the thread the last.
fn start(workshop: Arc<Workshop>, key: Key) -> Result<mpsc::Receiver<Delivery>, SandboxError> {
    let (sender, receiver) = mpsc::channel(workshop.config.ready.saturating_sub(1).max(1));
    std::thread::Builder::new()
        .name("jail stock".to_owned())
        .spawn(move || fill(&workshop, key, &sender))
        .map_err(|error| SandboxError::Unavailable(format!("cannot start a thread: {error}")))?;
    Ok(receiver)
}

/// Until the stock is dropped or a jail cannot be made.
fn fill(workshop: &Workshop, key: Key, stock: &mpsc::Sender<Delivery>) {
    let template = Template {
        mounts: key.mounts,
        files_bytes: key.files_bytes,
    };
    let launcher = match Launcher::start(workshop, &template) {
        Ok(launcher) => launcher,
        Err(error) => {
            let _ = stock.blocking_send(Err(error));
            return;
        }
    };
    loop {
        let delivery = launcher.prepare(workshop);
        let is_last = delivery.is_err();
        if stock.blocking_send(delivery).is_err() || is_last {
            return;
        }
    }
}
