//! Composition: the only place that turns settings into engines.

use std::sync::Arc;

use anyhow::Context as _;
use codecrafter_bus::{Bus, Ephemeral};
use codecrafter_execution::{Definition, IdleSlots, Languages, SearchPath};
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
    /// Where API and worker meet, where both are in this process.
    pub(crate) idle: IdleSlots,
}

impl Engines {
    /// Opens all of them; what does not open stops the start with a reason.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (store, queue, bus, sandbox) = tokio::join!(
            codecrafter_store::open(&settings.store),
            codecrafter_queue::open(&settings.queue),
            codecrafter_bus::open(&settings.bus),
            sandbox(settings),
        );
        let (sandbox, languages) = sandbox?;
        let codecrafter_bus::Engine { bus, ephemeral } = bus.context("bus")?;
        Ok(Self {
            store: store.context("store")?,
            queue: queue.context("queue")?,
            bus,
            ephemeral,
            sandbox,
            languages: Arc::new(languages),
            idle: IdleSlots::default(),
        })
    }
}

/// The sandbox, and the languages that it can run.
async fn sandbox(settings: &Settings) -> anyhow::Result<(Arc<dyn Sandbox>, Languages)> {
    let sandbox = codecrafter_sandbox::open(&settings.sandbox).await;
    let sandbox = sandbox.context("sandbox (codecrafter doctor says more)")?;
    let languages = languages(settings, &sandbox, definitions(settings)?).await?;
    Ok((sandbox, languages))
}

/// Those built in, and those of `<data_dir>/languages`.
pub(crate) fn definitions(settings: &Settings) -> anyhow::Result<Vec<Definition>> {
    Definition::built_in_and(&settings.data_dir.join("languages")).context("languages")
}

/// Which of `definitions` the sandbox's programs find toolchains for.
pub(crate) async fn languages(
    settings: &Settings,
    sandbox: &Arc<dyn Sandbox>,
    definitions: Vec<Definition>,
) -> anyhow::Result<Languages> {
    let cache = toolchain_cache::folder(settings)?;
    let found = Languages::detect_for(sandbox, definitions, &SearchPath::from_env(), Some(&cache)).await;
    found.context("languages")
}
