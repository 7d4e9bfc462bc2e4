//! Where people look, and where they are brought.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::validate::Invalid;

/// The part of a file that somebody sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Viewport {
    /// The file's key in the document, 1 to 64 bytes.
    pub file_id: String,
    /// The first line in view, from 1.
    pub top_line: u32,
    /// The last line in view.
    pub bottom_line: u32,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file's key in the document, 1 to 64 bytes.
    pub file_id: String,
    /// Which line, from 1.
    pub line: u32,
}

/// Longest key of a file in a document, in bytes.
const FILE_ID_BYTES: usize = 64;
/// Lines beyond this number are in no document that the limits allow.
const LINES: std::ops::RangeInclusive<u32> = 1..=10_000_000;

impl Viewport {
    /// Names each field that is out of bounds.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::none();
        invalid.check("file_id", file_id_rule(&self.file_id));
        invalid.check("top_line", line_rule(self.top_line));
        let bottom = line_rule(self.bottom_line).and_then(|()| {
            let is_below = self.bottom_line >= self.top_line;
            is_below
                .then_some(())
                .ok_or_else(|| "must not be above top_line".to_owned())
        });
        invalid.check("bottom_line", bottom);
        invalid.into_result()
    }
}

impl Place {
    /// Names each field that is out of bounds.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::none();
        invalid.check("file_id", file_id_rule(&self.file_id));
        invalid.check("line", line_rule(self.line));
        invalid.into_result()
    }
}

fn file_id_rule(id: &str) -> Result<(), String> {
    if (1..=FILE_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(format!(
            "must have 1 to {FILE_ID_BYTES} bytes, without control characters"
        ))
    }
}

fn line_rule(line: u32) -> Result<(), String> {
    if LINES.contains(&line) {
        Ok(())
    } else {
        Err(format!("must be from {} to {}, not {line}", LINES.start(), LINES.end()))
    }
}
