//! All languages of this machine or of its sandbox: found at start.

use std::path::Path;
use std::sync::Arc;

use codecrafter_sandbox::{Sandbox, SandboxError, Toolchains};
use futures::future::join_all;

use crate::catalogue::Catalogue;
use crate::language::definition::Definition;
use crate::language::{Inside, Language, Missing, Place, SearchPath};

/// The languages that can be run.
#[derive(Debug, Clone, Default)]
pub struct Languages {
    installed: Vec<Language>,
    missing: Vec<Missing>,
}

impl Languages {
    /// Looks for every language's toolchain. What some prepare once goes below `cache`; without it they do not.
    pub async fn detect(definitions: Vec<Definition>, search: &SearchPath, cache: Option<&Path>) -> Self {
        Self::look(definitions, &Place::Here(search), cache).await
    }

    /// Looks where the sandbox's programs find toolchains: on this machine, as [`Self::detect`], or in what the sandbox
    /// brings along, where what some prepare once has been prepared, or is not.
    ///
    /// # Errors
    /// The sandbox cannot be asked.
    pub async fn detect_for(
        sandbox: &Arc<dyn Sandbox>,
        definitions: Vec<Definition>,
        search: &SearchPath,
        cache: Option<&Path>,
    ) -> Result<Self, SandboxError> {
        match sandbox.toolchains() {
            Toolchains::OfThisMachine => Ok(Self::detect(definitions, search, cache).await),
            Toolchains::OfItsOwn(identity) => {
                let inside = Inside::open(sandbox, identity).await?;
                Ok(Self::look(definitions, &Place::Inside(&inside), None).await)
            }
        }
    }

    async fn look(definitions: Vec<Definition>, place: &Place<'_>, cache: Option<&Path>) -> Self {
        let looking = definitions
            .into_iter()
            .map(|definition| crate::language::detect(definition, place, cache));
        let mut languages = Self::default();
        for found in join_all(looking).await {
            match found {
                Ok(language) => languages.installed.push(language),
                Err(missing) => languages.missing.push(missing),
            }
        }
        languages
    }

    /// Those whose toolchain is present.
    pub fn installed(&self) -> &[Language] {
        &self.installed
    }

    /// Those whose toolchain is missing, and what to do about it.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The installed language with this id or alias.
    pub fn find(&self, id_or_alias: &str) -> Option<&Language> {
        let named = |language: &&Language| language.definition.is_named(id_or_alias);
        self.installed.iter().find(named)
    }

    /// How clients see them.
    pub fn catalogue(&self) -> Catalogue {
        Catalogue::new(self.installed.iter().map(Language::info).collect())
    }

    /// Prepares what some need once, one after the other so that runs keep a core. Failing costs speed, not function.
    pub async fn prepare(&self) {
        for language in &self.installed {
            let id = &language.definition.id;
            if language.is_prepared() {
                continue;
            }
            tracing::info!(language = %id, "preparing once; first programs compile slowly until then");
            match language.prepare().await {
                Ok(()) => tracing::info!(language = %id, "prepared"),
                Err(error) => tracing::warn!(language = %id, error = %format!("{error:#}"), "not prepared"),
            }
        }
    }
}
