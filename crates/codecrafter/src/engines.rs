//! Composition: the only place that turns settings into engines.

use std::sync::Arc;

use anyhow::Context as _;
use codecrafter_bus::{Bus, Ephemeral};
use codecrafter_execution::{Definition, Languages, SearchPath};
use codecrafter_queue::JobQueue;
use codecrafter_sandbox::Sandbox;
use codecrafter_store::Store;

use crate::settings::Settings;
use crate::toolchain_cache;

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
            languages(settings),
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
pub(crate) async fn languages(settings: &Settings) -> anyhow::Result<Languages> {
    let definitions = Definition::built_in_and(&settings.data_dir.join("languages")).context("languages")?;
    let cache = toolchain_cache::folder(settings)?;
    Ok(Languages::detect(definitions, &SearchPath::from_env(), Some(&cache)).await)
}
