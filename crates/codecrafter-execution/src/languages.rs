//! All languages of this machine: found at start, in parallel.

use std::path::Path;

use futures::future::join_all;

use crate::catalogue::Catalogue;
use crate::language::definition::Definition;
use crate::language::{Language, Missing, SearchPath};

/// The languages of this machine.
#[derive(Debug, Clone, Default)]
pub struct Languages {
    installed: Vec<Language>,
    missing: Vec<Missing>,
}

impl Languages {
    /// Looks for every language's toolchain. What some prepare once goes below `cache`; without it they do not.
    pub async fn detect(definitions: Vec<Definition>, search: &SearchPath, cache: Option<&Path>) -> Self {
        let looking = definitions
            .into_iter()
            .map(|definition| crate::language::detect(definition, search, cache));
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
