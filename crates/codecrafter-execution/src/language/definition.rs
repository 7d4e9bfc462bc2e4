//! What a language's TOML file says. Every key is documented here and in `docs/how-to/add-a-language.md`.

mod early;
mod optional;
mod templates;
#[cfg(test)]
mod tests;
mod warm;

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use codecrafter_domain::execution::{Encoding, SourceFile};
use codecrafter_domain::limits::{Limits, LimitsRequest};
use codecrafter_domain::path;
use serde::Deserialize;

use super::template::Values;
use crate::catalogue::{LanguageInfo, Template as OfferedTemplate};
pub use early::Early;
pub use optional::Optional;
pub use templates::Template;
pub use warm::Warm;

/// The files in `languages/`, as name and text.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// A language as data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Identifier: lower case, as clients send it.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Other identifiers that are understood.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name of the file that a request's `code` becomes.
    pub source_name: String,
    /// Extensions of source files, without the dot; the usual one first.
    pub extensions: Vec<String>,
    /// Words at the start of a line of `code` after which the source file is named instead: `public class`.
    #[serde(default)]
    pub name_after: Vec<String>,
    /// A small program that reads a name and greets.
    pub sample: String,
    /// What a session can begin with, besides the sample and an empty file.
    #[serde(default)]
    pub templates: Vec<Template>,
    /// Where the toolchain is found.
    pub toolchain: Toolchain,
    /// What prepares the folder `{warm}` once, outside of any jail and before any user's code. Jails read it.
    #[serde(default)]
    pub warm: Vec<Warm>,
    /// The compile stage; interpreted languages have none.
    pub compile: Option<Compile>,
    /// The run stage.
    pub run: Run,
}

/// Where a toolchain is found. Gives the placeholders `{command}`, `{home}`, `{version}`, `{major}` and those of
/// `needs` and `ask`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toolchain {
    /// What to do where it is missing.
    pub install: String,
    /// Names looked up in PATH, or absolute paths; the first that exists is `{command}`.
    pub commands: Vec<String>,
    /// Further commands that must be there, each a placeholder of its name.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Asks for the toolchain's folder, `{home}`.
    pub home: Option<Probe>,
    /// Asks for the version.
    pub version: Probe,
    /// Further questions, each a placeholder of its name; they may use `{home}`, but not each other's answers.
    #[serde(default)]
    pub ask: BTreeMap<String, Probe>,
    /// Files that must be there.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Arguments that this machine may not have a use for, each a placeholder of its name in the compile stage.
    #[serde(default)]
    pub optional: BTreeMap<String, Optional>,
}

/// A command whose output answers a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The command.
    pub argv: Vec<String>,
    /// The answer is what follows this text, up to the end of the line; without it, the first line.
    pub after: Option<String>,
}

/// The compile stage.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compile {
    /// Compiler and arguments; the working directory holds the user's files.
    pub argv: Vec<String>,
    /// Environment besides the usual.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Folders and files of the host that it sees, besides the base system; absent ones are left out.
    #[serde(default)]
    pub mounts: Vec<String>,
    /// Options that a request may ask for; `{options}` in `argv` stands for those it does.
    #[serde(default)]
    pub options: Vec<String>,
    /// Files and folders that it makes and the run needs.
    pub collect: Vec<String>,
    /// Limits in place of the usual ones.
    #[serde(default)]
    pub limits: LimitsRequest,
}

/// The run stage.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Program and arguments; the working directory holds the user's files and what was compiled.
    pub argv: Vec<String>,
    /// Environment besides the usual; a request may override it.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Limits in place of the usual ones.
    #[serde(default)]
    pub limits: LimitsRequest,
    /// Folders and files of the host that it sees, besides the base system; absent ones are left out.
    #[serde(default)]
    pub mounts: Vec<String>,
    /// How `{start}` is found among what was compiled.
    pub start: Option<Start>,
    /// That the program may be started before its source is known.
    pub early: Option<Early>,
}

/// Finds what to start among the compiled files: the one named like the entry, else the first that holds `marker`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The folder in which compiled files are.
    pub below: String,
    /// Their extension, with the dot; left out of `{start}`.
    pub ending: String,
    /// What stands in `{start}` for the `/` between folders.
    pub join: String,
    /// Bytes that a file which can be started holds.
    pub marker: String,
}

const MIB: u64 = 1024 * 1024;

/// Limits of a compile stage whose file says nothing else.
const COMPILE_LIMITS: Limits = Limits {
    cpu_ms: 30_000,
    wall_ms: 60_000,
    memory_bytes: 1024 * MIB,
    stack_bytes: 64 * MIB,
    processes: 256,
    output_bytes: 256 * 1024,
    files_bytes: 256 * MIB,
    idle_ms: None,
};

impl Definition {
    /// Reads one file.
    ///
    /// # Errors
    /// Says which key is wrong, for a person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let definition: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        definition.check_names()?;
        definition.check_options()?;
        templates::check(&definition.templates)?;
        definition.check_placeholders()?;
        definition.run_limits()?;
        definition.compile_limits()?;
        Ok(definition)
    }

    /// The languages that come with CodeCrafter.
    pub fn built_in() -> Vec<Self> {
        let parse = |(file, text): &(&str, &str)| match Self::parse(text) {
            Ok(definition) => definition,
            Err(error) => unreachable!("{file} passes `every_file_can_be_read`: {error}"),
        };
        BUILT_IN.iter().map(parse).collect()
    }

    /// The built-in languages and those in `folder` (which need not exist), where one of the same id takes the
    /// built-in's place.
    ///
    /// # Errors
    /// Names the file and what is wrong in it.
    pub fn built_in_and(folder: &Path) -> io::Result<Vec<Self>> {
        let mut all: BTreeMap<String, Self> = Self::built_in().into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut paths: Vec<_> = match fs::read_dir(folder) {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<_>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io::Error::other(format!("{}: {error}", folder.display()))),
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        for path in paths {
            let wrong = |error: String| io::Error::other(format!("{}: {error}", path.display()));
            let definition = Self::parse(&fs::read_to_string(&path)?).map_err(wrong)?;
            all.insert(definition.id.clone(), definition);
        }
        Ok(all.into_values().collect())
    }

    /// Whether this is its id or one of its aliases, whatever the case.
    pub fn is_named(&self, id_or_alias: &str) -> bool {
        let wanted = id_or_alias.trim().to_ascii_lowercase();
        self.id == wanted || self.aliases.contains(&wanted)
    }

    /// Whether the run stage reads the folder `{warm}`: jails without it are shared with other languages.
    pub(crate) fn run_uses_prepared(&self) -> bool {
        let mut texts = self.run.argv.iter().chain(self.run.env.values());
        texts.any(|text| text.contains("{warm}"))
    }

    /// Limits of a run that asks for none.
    ///
    /// # Errors
    /// Names a limit out of bounds.
    pub fn run_limits(&self) -> Result<Limits, String> {
        let limits = Limits::default().with(&self.run.limits);
        limits.map_err(|error| format!("run.{error}"))
    }

    /// Limits of the compile stage.
    ///
    /// # Errors
    /// Names a limit out of bounds.
    pub fn compile_limits(&self) -> Result<Limits, String> {
        let asked = self.compile.as_ref().map(|compile| compile.limits.clone());
        let limits = COMPILE_LIMITS.with(&asked.unwrap_or_default());
        limits.map_err(|error| format!("compile.{error}"))
    }

    /// How clients see it, with a toolchain of this version and these limits.
    pub fn info(&self, version: &str, run_limits: Limits, compile_limits: Limits) -> LanguageInfo {
        let compile = self.compile.as_ref();
        LanguageInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            aliases: self.aliases.clone(),
            version: version.to_owned(),
            source_name: self.source_name.clone(),
            extension: self.extensions.first().cloned().unwrap_or_default(),
            extensions: self.extensions.clone(),
            compiled: compile.is_some(),
            limits: run_limits,
            max_limits: Limits::MAX,
            compile_limits: compile.map(|_| compile_limits),
            compile_options: compile.map_or_else(Vec::new, |compile| compile.options.clone()),
            sample: self.sample.clone(),
            template: vec![self.source(&self.sample)],
            templates: self.templates(),
            interactive_limits: run_limits.interactive(),
            max_interactive_limits: Limits::MAX_INTERACTIVE,
        }
    }

    fn templates(&self) -> Vec<OfferedTemplate> {
        let own = self.templates.iter().map(|template| OfferedTemplate {
            id: template.id.clone(),
            name: template.name.clone(),
            files: template
                .files
                .iter()
                .map(|file| text_file(&file.path, &file.content))
                .collect(),
        });
        let always = [("sample", "Sample", self.sample.as_str()), ("empty", "Empty file", "")];
        let always = always.map(|(id, name, content)| OfferedTemplate {
            id: id.to_owned(),
            name: name.to_owned(),
            files: vec![self.source(content)],
        });
        always.into_iter().chain(own).collect()
    }

    fn source(&self, content: &str) -> SourceFile {
        text_file(&self.source_name, content)
    }

    fn check_names(&self) -> Result<(), String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-#_.".contains(c);
        for id in self.aliases.iter().chain([&self.id]) {
            if id.is_empty() || id.len() > 32 || !id.chars().all(allowed) {
                return Err(format!("id or alias {id:?}: must be 1 to 32 of a-z, 0-9 and + - # _ ."));
            }
        }
        path::check(&self.source_name).map_err(|error| format!("source_name: {error}"))?;
        if self.extensions.is_empty() {
            return Err("extensions: must not be empty".into());
        }
        for collected in self.compile.iter().flat_map(|compile| &compile.collect) {
            path::check(collected).map_err(|error| format!("compile.collect: {error}"))?;
        }
        Ok(())
    }

    /// Fills in every placeholder once, so that a misspelt one is found when the file is read.
    fn check_placeholders(&self) -> Result<(), String> {
        let toolchain = &self.toolchain;
        let mut values = Values::default().with("command", "");
        for need in &toolchain.needs {
            values = values.with(need, "");
        }
        for probe in toolchain.home.iter().chain([&toolchain.version]) {
            values.fill_all(&probe.argv, &[])?;
        }
        if toolchain.home.is_some() {
            values = values.with("home", "");
        }
        for probe in toolchain.ask.values() {
            values.fill_all(&probe.argv, &[])?;
        }
        for name in toolchain.ask.keys() {
            values = values.with(name, "");
        }
        values = values.with("version", "").with("major", "");
        values.fill_all(&toolchain.requires, &[])?;
        for mounts in self
            .compile
            .iter()
            .map(|compile| &compile.mounts)
            .chain([&self.run.mounts])
        {
            values.fill_all(mounts, &[])?;
        }
        if !self.warm.is_empty() {
            values = values.with("warm", "");
        }
        for warm in &self.warm {
            warm.check()?;
            check_command(&values, &warm.argv, &warm.env, &[])?;
        }
        let mut values = values.with("entry", "").with("memory_mib", "").with("stack_kib", "");
        if let Some(compile) = &self.compile {
            let mut lists = vec!["sources", "siblings", "options"];
            lists.extend(toolchain.optional.keys().map(String::as_str));
            check_command(&values, &compile.argv, &compile.env, &lists)?;
        }
        if self.run.start.is_some() {
            values = values.with("start", "");
        }
        check_command(&values, &self.run.argv, &self.run.env, &["args"])
    }
}

fn check_command(
    values: &Values,
    argv: &[String],
    env: &BTreeMap<String, String>,
    lists: &[&str],
) -> Result<(), String> {
    if argv.is_empty() {
        return Err("argv: must not be empty".into());
    }
    let lists: Vec<(&str, &[String])> = lists.iter().map(|name| (*name, &[][..])).collect();
    values.fill_all(argv, &lists)?;
    env.values().try_for_each(|value| values.fill(value).map(drop))
}

fn text_file(path: &str, content: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        content: content.to_owned(),
        encoding: Encoding::Utf8,
    }
}
