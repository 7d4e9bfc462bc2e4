//! Differences between two states of a session's files, as `diff -u` and `patch` write and read them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use similar::TextDiff;
use utoipa::ToSchema;

use crate::FileText;

/// How long finding the smallest difference of one file may take; after that a larger one does.
const SEARCH: Duration = Duration::from_millis(200);
/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// It is in the new state only.
    Added,
    /// It is in the old state only.
    Removed,
    /// Its text differs.
    Modified,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileDiff {
    /// Relative path.
    pub path: String,
    /// What became of it.
    pub change: FileChange,
    /// Lines that the new state has and the old has not.
    pub added: u32,
    /// Lines that the old state has and the new has not.
    pub removed: u32,
    /// The unified diff, with headers `a/{path}` and `b/{path}`; empty for an empty file that came or went.
    pub diff: String,
}

/// The files that differ, by path.
pub fn diff(old: &[FileText], new: &[FileText]) -> Vec<FileDiff> {
    let (old, new) = (by_path(old), by_path(new));
    let paths: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let diffs = paths.into_iter().filter_map(|path| {
        let (change, old, new) = match (old.get(path), new.get(path)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => (FileChange::Modified, *old, *new),
            (None, new) => (FileChange::Added, "", new.copied().unwrap_or_default()),
            (Some(old), None) => (FileChange::Removed, *old, ""),
        };
        Some(of_file(path, change, old, new))
    });
    diffs.collect()
}

fn by_path(files: &[FileText]) -> BTreeMap<&str, &str> {
    files
        .iter()
        .map(|file| (file.path.as_str(), file.content.as_str()))
        .collect()
}

fn of_file(path: &str, change: FileChange, old: &str, new: &str) -> FileDiff {
    let lines = TextDiff::configure().timeout(SEARCH).diff_lines(old, new);
    let count = |tag| lines.iter_all_changes().filter(|line| line.tag() == tag).count();
    let (from, to) = (format!("a/{path}"), format!("b/{path}"));
    let (from, to) = match change {
        FileChange::Added => ("/dev/null", to.as_str()),
        FileChange::Removed => (from.as_str(), "/dev/null"),
        FileChange::Modified => (from.as_str(), to.as_str()),
    };
    FileDiff {
        path: path.to_owned(),
        change,
        added: u32::try_from(count(similar::ChangeTag::Insert)).unwrap_or(u32::MAX),
        removed: u32::try_from(count(similar::ChangeTag::Delete)).unwrap_or(u32::MAX),
        diff: lines
            .unified_diff()
            .context_radius(CONTEXT)
            .header(from, to)
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::FileChange::{Added, Modified, Removed};
    use super::*;

    fn file(path: &str, content: &str) -> FileText {
        FileText {
            path: path.to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn files_are_added_removed_and_modified() {
        let old = [file("a", "1\n2\n"), file("b", "x"), file("same", "s")];
        let new = [file("same", "s"), file("c", "y\n"), file("a", "1\n3\n")];
        let found = diff(&old, &new);
        let changes: Vec<_> = found.iter().map(|file| (file.path.as_str(), file.change)).collect();
        assert_eq!(changes, [("a", Modified), ("b", Removed), ("c", Added)]);
        assert_eq!(found[0].diff, "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n");
        assert_eq!((found[0].added, found[0].removed), (1, 1));
        assert_eq!(
            found[1].diff,
            "--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn the_same_is_no_difference() {
        assert_eq!(diff(&[file("a", "x")], &[file("a", "x")]), []);
    }
}
