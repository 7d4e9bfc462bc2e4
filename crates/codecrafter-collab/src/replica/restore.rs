//! The smallest edit that makes a document's files those of another moment.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};
use yrs::{Doc, Map, MapPrelim, MapRef, Out, Text, TextPrelim, TextRef, TransactionMut};

use super::files::{CONTENT, PATH, read_path};
use super::{Broken, FILES, Replica, apply, decode, options, transact};
use crate::FileText;

/// How long finding the smallest edit may take; after that a larger one does.
const SEARCH: Duration = Duration::from_millis(200);
/// Changed lines are compared character by character up to this many characters.
const FINE_CHARS: usize = 4_000;

/// A piece of text to be replaced. Positions are of the old text, in UTF-16 code units.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    at: u32,
    delete: u32,
    insert: String,
}

impl Replica {
    /// The update that makes the files exactly these, each path once; `None` if they are already. The replica stays as
    /// it is. A file that is there already is edited, not replaced: cursors in it stay.
    pub(crate) fn update_to(&self, files: &[FileText]) -> Result<Option<Vec<u8>>, Broken> {
        let doc = Doc::with_options(options());
        let root = doc.get_or_insert_map(FILES);
        let whole = self.encode()?;
        transact(&doc, |txn| apply(txn, decode(&whole)?))?;
        transact(&doc, |txn| {
            let changed = change(txn, &root, files);
            Ok(changed.then(|| txn.encode_update_v1()))
        })
    }
}

/// Whether anything was to be done.
fn change(txn: &mut TransactionMut<'_>, root: &MapRef, files: &[FileText]) -> bool {
    let mut present = entries(txn, root);
    let mut changed = false;
    for file in files {
        if let Some((_, text)) = present.by_path.remove(&file.path) {
            changed |= rewrite(txn, &text, &file.content);
        } else {
            let entry = root.insert(txn, yrs::uuid_v4(), MapPrelim::default());
            entry.insert(txn, PATH, file.path.as_str());
            entry.insert(txn, CONTENT, TextPrelim::new(file.content.as_str()));
            changed = true;
        }
    }
    present.others.extend(present.by_path.into_values().map(|(id, _)| id));
    for id in &present.others {
        root.remove(txn, id);
    }
    changed || !present.others.is_empty()
}

/// What is in the map of files.
#[derive(Default)]
struct Entries {
    /// The first file of each path, with its key.
    by_path: BTreeMap<String, (String, TextRef)>,
    /// Keys of all else.
    others: Vec<String>,
}

fn entries(txn: &TransactionMut<'_>, root: &MapRef) -> Entries {
    let mut sorted: Vec<(String, Out)> = root.iter(txn).map(|(id, entry)| (id.to_owned(), entry)).collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut entries = Entries::default();
    for (id, entry) in sorted {
        match as_file(txn, &entry) {
            Some((path, text)) if !entries.by_path.contains_key(&path) => {
                entries.by_path.insert(path, (id, text));
            }
            _ => entries.others.push(id),
        }
    }
    entries
}

fn as_file(txn: &TransactionMut<'_>, entry: &Out) -> Option<(String, TextRef)> {
    let Out::YMap(file) = entry else { return None };
    match file.get(txn, CONTENT)? {
        Out::YText(text) => Some((read_path(txn, file)?, text)),
        _ => None,
    }
}

fn rewrite(txn: &mut TransactionMut<'_>, text: &TextRef, new: &str) -> bool {
    use yrs::GetString as _;
    let edits = edits(&text.get_string(txn), new);
    // From the end, so that positions before stay what they are.
    for edit in edits.iter().rev() {
        if edit.delete > 0 {
            text.remove_range(txn, edit.at, edit.delete);
        }
        if !edit.insert.is_empty() {
            text.insert(txn, edit.at, &edit.insert);
        }
    }
    !edits.is_empty()
}

/// What makes `old` into `new`, in order and apart from each other.
fn edits(old: &str, new: &str) -> Vec<Edit> {
    let deadline = Instant::now() + SEARCH;
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let mut edits = Vec::new();
    for (before, old, new) in changes(&old_lines, &new_lines, deadline) {
        let at = units(&old_lines[before]);
        let (old, new) = (old_lines[old].concat(), new_lines[new].concat());
        edits.extend(fine_edits(at, &old, new, deadline));
    }
    edits
}

fn fine_edits(at: u32, old: &str, new: String, deadline: Instant) -> Vec<Edit> {
    let delete = units(&[old]);
    if old.len() + new.len() > FINE_CHARS {
        let insert = new;
        return vec![Edit { at, delete, insert }];
    }
    let old: Vec<char> = old.chars().collect();
    let new: Vec<char> = new.chars().collect();
    let edit = |(before, removed, added): (Range<usize>, Range<usize>, Range<usize>)| Edit {
        at: at + char_units(&old[before]),
        delete: char_units(&old[removed]),
        insert: new[added].iter().collect(),
    };
    changes(&old, &new, deadline).into_iter().map(edit).collect()
}

/// Ranges that differ: what is before (in the old), the old, the new.
fn changes<T: Eq + std::hash::Hash + Ord>(
    old: &[T],
    new: &[T],
    deadline: Instant,
) -> Vec<(Range<usize>, Range<usize>, Range<usize>)> {
    let ops = capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(deadline));
    let differing = ops.iter().filter(|op| op.tag() != DiffTag::Equal);
    differing
        .map(|op| (0..op.old_range().start, op.old_range(), op.new_range()))
        .collect()
}

fn units(pieces: &[&str]) -> u32 {
    let units = pieces.iter().map(|piece| piece.encode_utf16().count()).sum::<usize>();
    // A document is far below that.
    u32::try_from(units).unwrap_or(u32::MAX)
}

fn char_units(chars: &[char]) -> u32 {
    let units = chars.iter().map(|c| c.len_utf16()).sum::<usize>();
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::replica::first_update;

    fn file(path: &str, content: &str) -> FileText {
        FileText {
            path: path.into(),
            content: content.into(),
        }
    }

    fn replica(files: &[(&str, &str)]) -> Replica {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| ((*path).into(), (*text).into()))
            .collect();
        Replica::load([first_update(&files).as_slice()]).expect("ours")
    }

    fn restored(replica: &Replica, files: &[FileText]) -> Vec<FileText> {
        let update = replica.update_to(files).expect("readable").expect("a difference");
        let whole = replica.encode().expect("readable");
        Replica::load([whole.as_slice(), &update])
            .expect("applies")
            .files()
            .expect("readable")
    }

    #[test]
    fn one_changed_character_is_one_edit() {
        let edits = edits("a\nb🦀c\nd\n", "a\nb🦀x\nd\n");
        let expected = Edit {
            at: 5,
            delete: 1,
            insert: "x".into(),
        };
        assert_eq!(edits, [expected]);
    }

    #[test]
    fn the_same_files_are_no_edit() {
        let replica = replica(&[("a.py", "x"), ("b.py", "")]);
        let files = [file("b.py", ""), file("a.py", "x")];
        assert_eq!(replica.update_to(&files).expect("readable"), None);
    }

    #[test]
    fn files_come_go_and_change() {
        let replica = replica(&[("gone.py", "x"), ("kept.py", "one\ntwo\n")]);
        let files = [file("kept.py", "one\n2\n"), file("new.py", "n")];
        assert_eq!(restored(&replica, &files), files);
        assert_eq!(restored(&replica, &[]), []);
    }

    #[test]
    fn an_edit_is_small_where_the_change_is() {
        let long = "a line of some length\n".repeat(2_000);
        let changed = long.replacen("length", "lengths", 1);
        let replica = replica(&[("a.py", &long)]);
        let update = replica.update_to(&[file("a.py", &changed)]).expect("readable");
        assert!(update.expect("a difference").len() < 60);
    }

    proptest! {
        #[test]
        fn any_text_becomes_any_other(old in "[ab\n🦀é]{0,40}", new in "[ab\n🦀é]{0,40}") {
            let replica = replica(&[("a.py", &old)]);
            let wanted = [file("a.py", &new)];
            if old == new {
                prop_assert_eq!(replica.update_to(&wanted).expect("readable"), None);
            } else {
                prop_assert_eq!(restored(&replica, &wanted), wanted);
            }
        }
    }
}
