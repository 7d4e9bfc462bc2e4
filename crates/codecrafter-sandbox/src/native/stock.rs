//! Jails made ready in the background: a stock for each set of mounts.

mod shelf;

use std::collections::HashMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use codecrafter_domain::limits::Limits;
use codecrafter_jail::protocol::{Early, Template};
use shelf::Shelf;

use super::Workshop;
use super::jail::Jail;
use super::launcher::Launcher;
use crate::{Mount, SandboxError, Spec};

/// Sets of mounts at one moment; languages have few, and the one not used for longest makes room.
const STOCKS_MAX: usize = 32;

/// Jails of one kind whose programs have been started: each holds an interpreter's memory.
const EARLY: usize = 2;

/// What a program's standard streams are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Streams {
    Pipes,
    Terminal,
}

/// What all jails of a stock have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    mounts: Vec<(PathBuf, PathBuf)>,
    files_bytes: u64,
    terminal: bool,
    early: Option<Early>,
}

impl Key {
    /// The order in which mounts are named makes no difference, except that outer ones come first.
    pub(super) fn new(mounts: &[Mount], files_bytes: u64, streams: Streams) -> Self {
        let mut mounts: Vec<_> = mounts
            .iter()
            .map(|mount| (mount.source.clone(), mount.target.clone()))
            .collect();
        mounts.sort_by(|a, b| a.1.cmp(&b.1));
        mounts.dedup();
        Self {
            mounts,
            files_bytes,
            terminal: streams == Streams::Terminal,
            early: None,
        }
    }

    /// Of jails that start the program of `spec` before it is known; none if that cannot be done.
    pub(super) fn of_early(spec: &Spec) -> Option<Self> {
        let [file] = &spec.files[..] else { return None };
        if spec.terminal.is_some() || file.executable || file.path.contains('/') {
            return None;
        }
        let early = Early {
            argv: spec.argv.clone(),
            env: spec.env.clone(),
            entry: file.path.clone(),
            stack_bytes: spec.limits.stack_bytes,
            file_bytes: spec.limits.files_bytes,
        };
        Some(Self {
            early: Some(early),
            ..Self::new(&spec.mounts, spec.limits.files_bytes, Streams::Pipes)
        })
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

/// One stock. Its threads end with it.
#[derive(Debug)]
struct Stock {
    shelf: Arc<Shelf>,
    last_used: AtomicU64,
}

impl Drop for Stock {
    fn drop(&mut self) {
        self.shelf.close(None);
    }
}

/// All stocks of a sandbox.
#[derive(Debug, Default)]
pub(super) struct Stocks {
    stocks: Mutex<HashMap<Key, Arc<Stock>>>,
    clock: AtomicU64,
}

impl Stocks {
    /// A ready jail; the first of a set of mounts waits for its launcher.
    pub(super) async fn take(&self, workshop: &Arc<Workshop>, key: Key, limits: &Limits) -> Result<Jail, SandboxError> {
        key.check()?;
        let stock = self.stock(workshop, &key, limits)?;
        let taken = stock.shelf.take().await;
        if taken.is_err() {
            // The next spawn starts afresh.
            self.forget(&key, &stock);
        }
        taken
    }

    /// A jail whose program has been started, if there is one just now; the first of a kind has some made.
    pub(super) fn take_early(&self, workshop: &Arc<Workshop>, key: &Key, limits: &Limits) -> Option<Jail> {
        key.check().ok()?;
        // One that has failed stays, so that it is not tried again and again; others take its room in time.
        self.stock(workshop, key, limits).ok()?.shelf.try_take()
    }

    fn stock(&self, workshop: &Arc<Workshop>, key: &Key, limits: &Limits) -> Result<Arc<Stock>, SandboxError> {
        let mut stocks = self.stocks.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        if let Some(stock) = stocks.get(key) {
            stock.last_used.store(now, Ordering::Relaxed);
            stock.shelf.expect(limits);
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
            shelf: open(workshop, key, limits)?,
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

/// Makes a shelf and starts the thread that fills it.
fn open(workshop: &Arc<Workshop>, key: &Key, limits: &Limits) -> Result<Arc<Shelf>, SandboxError> {
    let size = match key.early {
        Some(_) => workshop.config.ready.min(EARLY),
        None => workshop.config.ready,
    };
    let shelf = Arc::new(Shelf::new(size, *limits));
    let template = Template {
        mounts: key.mounts.clone(),
        files_bytes: key.files_bytes,
        terminal: key.terminal,
        privileges: workshop.privileges,
        early: key.early.clone(),
    };
    let (filled, workshop) = (Arc::clone(&shelf), Arc::clone(workshop));
    start_thread(move || match Launcher::start(&workshop, &template) {
        Ok(launcher) => fill(&filled, size, &workshop, Arc::new(launcher)),
        Err(error) => filled.close(Some(error)),
    })?;
    Ok(shelf)
}

/// As many at a time as there are processors: making a jail is mostly the kernel's work.
fn fill(shelf: &Arc<Shelf>, size: usize, workshop: &Arc<Workshop>, launcher: Arc<Launcher>) {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    for _ in 1..processors.min(size) {
        let (shelf, workshop, launcher) = (Arc::clone(shelf), Arc::clone(workshop), Arc::clone(&launcher));
        // With fewer threads it is only slower.
        let _ = start_thread(move || make(&shelf, &workshop, &launcher));
    }
    make(shelf, workshop, &launcher);
    // Before the workshop, whose end says that nothing is left.
    drop(launcher);
}

fn make(shelf: &Shelf, workshop: &Workshop, launcher: &Launcher) {
    while let Some(limits) = shelf.wait_for_room() {
        match launcher.prepare(workshop) {
            Ok(mut jail) => {
                // Most programs have the limits of the one before. Where they cannot be set the program's own start says so.
                let _ = jail.limit(&limits);
                shelf.put(jail);
            }
            Err(error) => {
                tracing::warn!(%error, "no more jails of a kind");
                return shelf.close(Some(error));
            }
        }
    }
}

fn start_thread(run: impl FnOnce() + Send + 'static) -> Result<(), SandboxError> {
    std::thread::Builder::new()
        .name("jail stock".to_owned())
        .spawn(run)
        .map(drop)
        .map_err(|error| SandboxError::Unavailable(format!("cannot start a thread: {error}")))
}
