//! Languages: what a TOML file says (`definition`), where its toolchain is (`toolchain`), and both
//! together as something that programs can be made with.

pub mod definition;
mod options;
mod place;
mod prepare;
mod template;
mod toolchain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::Mount;

use crate::catalogue::LanguageInfo;
use definition::Definition;
pub use place::SearchPath;
pub(crate) use place::{Inside, Place};
pub(crate) use template::Values;
pub(crate) use toolchain::detect;

/// Where jails see [`Language::prepared`]. Not at its own path: below `/tmp` the jail's own folder would cover it.
const PREPARED: &str = "/warm";

/// Stands for it while there is none yet: writable, empty, gone after the run.
const NOT_PREPARED: &str = "/tmp/warm";

/// A language whose toolchain is present.
#[derive(Debug, Clone)]
pub struct Language {
    /// What its file says.
    pub definition: Definition,
    /// Version of the toolchain.
    pub version: String,
    /// Tells the toolchain from another one of the same version.
    pub(crate) identity: String,
    /// Limits of a run that asks for none.
    pub run_limits: Limits,
    /// Limits of the compile stage.
    pub compile_limits: Limits,
    values: Values,
    compile_mounts: Vec<Mount>,
    run_mounts: Vec<Mount>,
    /// Arguments of the compile stage that the toolchain's place has a use for.
    pub(crate) optional: BTreeMap<String, Vec<String>>,
    prepared: Option<PathBuf>,
}

/// A language that this machine cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What was not found.
    pub reason: String,
    /// What to do about it.
    pub install: String,
}

impl Language {
    /// How clients see it.
    pub fn info(&self) -> LanguageInfo {
        self.definition
            .info(&self.version, self.run_limits, self.compile_limits)
    }

    /// The folder that `[warm]` prepares and jails then read; `None` if the language has no such step.
    pub fn prepared(&self) -> Option<&Path> {
        self.prepared.as_deref()
    }

    /// Whether nothing is left to be prepared.
    pub fn is_prepared(&self) -> bool {
        self.prepared.as_ref().is_none_or(|folder| folder.exists())
    }

    /// For the compile stage: values of placeholders, and what of the host it sees besides the base system.
    pub(crate) fn compile_setting(&self) -> (Values, Vec<Mount>) {
        self.setting(&self.compile_mounts)
    }

    /// The same for the run stage.
    pub(crate) fn run_setting(&self) -> (Values, Vec<Mount>) {
        if self.definition.run_uses_prepared() {
            return self.setting(&self.run_mounts);
        }
        (self.values.clone(), self.run_mounts.clone())
    }

    fn setting(&self, mounts: &[Mount]) -> (Values, Vec<Mount>) {
        let mut mounts = mounts.to_vec();
        let prepared = self.prepared.as_ref().filter(|folder| folder.exists());
        let warm = prepared.map_or(NOT_PREPARED, |_| PREPARED);
        mounts.extend(prepared.map(|folder| Mount {
            source: folder.clone(),
            target: PREPARED.into(),
        }));
        (self.values.clone().with("warm", warm), mounts)
    }
}
