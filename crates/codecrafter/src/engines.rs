//! Composition: the only place that turns settings into engines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use codecrafter_bus::{Bus, Ephemeral};
use codecrafter_execution::{Definition, Languages, SearchPath};
use codecrafter_queue::JobQueue;
use codecrafter_sandbox::Sandbox;
use codecrafter_store::Store;

use crate::settings::Settings;

/// The engines of one process.
pub(crate) struct Engines {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) sandbox: Arc<dyn Sandbox>,
    pub(crate) languages: Arc<Languages>,
}

impl Engines {
    /// Opens all of them; what does not open stops the start with a reason.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (store, queue, bus, sandbox, languages) = tokio::join!(
            codecrafter_store::open(&settings.store),
            codecrafter_queue::open(&settings.queue),
            codecrafter_bus::open(&settings.bus),
            codecrafter_sandbox::open(&settings.sandbox),
            languages(&settings.data_dir),
        );
        let codecrafter_bus::Engine { bus, ephemeral } = bus.context("bus")?;
        Ok(Self {
            store: store.context("store")?,
            queue: queue.context("queue")?,
            bus,
            ephemeral,
            sandbox: sandbox.context("sandbox (codecrafter doctor says more)")?,
            languages: Arc::new(languages?),
        })
    }
}

/// The languages of this machine: built in, and those of `<data_dir>/languages`.
pub(crate) async fn languages(data_dir: &Path) -> anyhow::Result<Languages> {
    let definitions = Definition::built_in_and(&data_dir.join("languages")).context("languages")?;
    Ok(Languages::detect(definitions, &SearchPath::from_env(), Some(&toolchain_cache(data_dir))).await)
}

/// Where toolchains keep what is prepared once, such as a compiled standard library: shared by all data folders of
/// the user; in the data folder where the user has no home.
pub(crate) fn toolchain_cache(data_dir: &Path) -> PathBuf {
    let variable = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let cache = cache.map(|cache| cache.join("codecrafter/toolchains"));
    let cache = cache.filter(|cache| std::fs::create_dir_all(cache).is_ok());
    cache.unwrap_or_else(|| data_dir.join("cache"))
}
