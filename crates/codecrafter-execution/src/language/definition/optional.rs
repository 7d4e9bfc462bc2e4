//! Arguments that depend on what this machine has.

use serde::Deserialize;

/// Arguments that are used where a file is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optional {
    /// Absolute path of the file.
    pub file: String,
    /// The arguments.
    pub argv: Vec<String>,
}
