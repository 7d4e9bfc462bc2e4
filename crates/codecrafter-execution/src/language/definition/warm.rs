//! What can be prepared once for all programs.

use std::collections::BTreeMap;

use codecrafter_domain::path;
use serde::Deserialize;

/// A command that adds to the folder `{warm}`, which is also where it is started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warm {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Environment besides PATH and HOME.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files that are put into the folder before, and what is in them.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Warm {
    /// That its files stay within the folder.
    pub(super) fn check(&self) -> Result<(), String> {
        for path in self.files.keys() {
            path::check(path).map_err(|error| format!("warm.files: {error}"))?;
        }
        Ok(())
    }
}
