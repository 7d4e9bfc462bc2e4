//! Which languages there are, as clients see them.

use codecrafter_domain::execution::{ExecutionRequest, SourceFile};
use codecrafter_domain::limits::{Limits, LimitsRequest};
use codecrafter_domain::path;
use codecrafter_domain::validate::Invalid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language whose toolchain is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguageInfo {
    /// Identifier, for example `cpp`.
    pub id: String,
    /// Name for people, for example `C++`.
    pub name: String,
    /// Other identifiers that are understood.
    pub aliases: Vec<String>,
    /// Version of the toolchain.
    pub version: String,
    /// Name of the source file that `code` gets, for example `main.cpp`.
    pub source_name: String,
    /// The usual extension, without the dot.
    pub extension: String,
    /// All extensions of source files, without the dot.
    pub extensions: Vec<String>,
    /// Whether there is a compile stage.
    pub compiled: bool,
    /// Limits of a run that asks for none.
    pub limits: Limits,
    /// The most that a run may ask for.
    pub max_limits: Limits,
    /// Limits of the compile stage, where there is one; a request may lower them.
    pub compile_limits: Option<Limits>,
    /// Options of the compiler that a request may ask for.
    pub compile_options: Vec<String>,
    /// A small program that reads a name and greets.
    pub sample: String,
    /// The files of a new session in this language.
    pub template: Vec<SourceFile>,
    /// What a new session can begin with; always `empty` and `sample`.
    pub templates: Vec<Template>,
    /// Limits of an interactive run that asks for none.
    pub interactive_limits: Limits,
    /// The most that an interactive run may ask for.
    pub max_interactive_limits: Limits,
}

/// Files that a session can begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Template {
    /// Identifier within the language, for example `sample`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The files; the first is the one to start.
    pub files: Vec<SourceFile>,
}

/// All languages whose toolchain is present, in order of their names.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    languages: Vec<LanguageInfo>,
}

impl Catalogue {
    /// A catalogue of these languages.
    pub fn new(mut languages: Vec<LanguageInfo>) -> Self {
        languages.sort_by(|a, b| a.name.cmp(&b.name));
        Self { languages }
    }

    /// All of them.
    pub fn list(&self) -> &[LanguageInfo] {
        &self.languages
    }

    /// The language with this id or alias, whatever its case.
    pub fn find(&self, id_or_alias: &str) -> Option<&LanguageInfo> {
        let wanted = id_or_alias.trim().to_ascii_lowercase();
        self.languages
            .iter()
            .find(|language| language.id == wanted || language.aliases.contains(&wanted))
    }

    /// The language with this id or alias; otherwise a message that names those there are.
    pub fn require(&self, id_or_alias: &str) -> Result<&LanguageInfo, String> {
        self.find(id_or_alias).ok_or_else(|| self.unknown(id_or_alias))
    }

    /// Checks everything about a request: what the domain checks, the language, and what depends on it.
    /// Returns the language and the limits in force.
    ///
    /// # Errors
    /// Names each wrong field with its limit.
    pub fn check(&self, request: &ExecutionRequest) -> Result<(&LanguageInfo, Limits), Invalid> {
        let mut invalid = request.check().err().unwrap_or_default();
        let Some(language) = self.find(&request.language) else {
            invalid.add("language", self.unknown(&request.language));
            return Err(invalid);
        };
        language.check_entry(request, &mut invalid);
        language.check_compiling(request, &mut invalid);
        if !invalid.0.is_empty() {
            return Err(invalid);
        }
        let limits = request.limits_over(language.limits)?;
        Ok((language, limits))
    }

    fn unknown(&self, language: &str) -> String {
        let ids: Vec<&str> = self.languages.iter().map(|language| language.id.as_str()).collect();
        let language: String = language.chars().take(32).collect();
        format!("{language:?} is not available; must be one of {}", ids.join(", "))
    }
}

impl LanguageInfo {
    /// The files of a template.
    ///
    /// # Errors
    /// Names the templates that there are.
    pub fn template(&self, id: &str) -> Result<&[SourceFile], String> {
        let found = self.templates.iter().find(|template| template.id == id);
        found.map(|template| template.files.as_slice()).ok_or_else(|| {
            let ids: Vec<&str> = self.templates.iter().map(|template| template.id.as_str()).collect();
            format!("must be one of {}", ids.join(", "))
        })
    }

    /// Whether a file of this name is source code of this language.
    pub fn is_source(&self, file: &str) -> bool {
        is_source(&self.extensions, file)
    }

    fn check_compiling(&self, request: &ExecutionRequest, invalid: &mut Invalid) {
        for (index, option) in request.compile_options.iter().enumerate() {
            if self.compile_options.contains(option) {
                continue;
            }
            let rule = match self.compile_options.as_slice() {
                [] => format!("{} takes none", self.name),
                options => format!("must be one of {}", options.join(" ")),
            };
            invalid.add(format!("compile_options[{index}]"), rule);
        }
        let asked = &request.compile_limits;
        match self.compile_limits {
            Some(most) => {
                if let Err(Invalid(errors)) = most.lowered("compile_limits", asked) {
                    invalid.0.extend(errors);
                }
            }
            None if *asked != LimitsRequest::default() => {
                invalid.add("compile_limits", format!("{} is not compiled", self.name));
            }
            None => {}
        }
    }

    fn check_entry(&self, request: &ExecutionRequest, invalid: &mut Invalid) {
        let endings = || format!(".{}", self.extensions.join(", ."));
        match &request.entry {
            _ if !self.compiled || request.code.is_some() => {}
            Some(entry) if !self.is_source(entry) => {
                invalid.add("entry", format!("must be a {} file: {}", self.name, endings()));
            }
            None if !request.files.is_empty() && !request.files.iter().any(|file| self.is_source(&file.path)) => {
                invalid.add("files", format!("must hold a {} file: {}", self.name, endings()));
            }
            _ => {}
        }
    }
}

/// Whether a path ends in one of the extensions.
pub(crate) fn is_source(extensions: &[String], file: &str) -> bool {
    debug_assert!(
        path::check(file).is_ok() || !file.is_empty(),
        "paths are checked before"
    );
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.')
        .is_some_and(|(stem, ending)| !stem.is_empty() && extensions.iter().any(|extension| extension == ending))
}
