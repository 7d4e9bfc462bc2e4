//! The files in a document: `files: Y.Map<file id, Y.Map{path: string, content: Y.Text}>`.

use std::collections::HashSet;

use codecrafter_domain::path;
use yrs::{Any, Doc, GetString, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, TextPrelim, Transact};

use super::{Broken, Replica, options};
use crate::FileText;

/// Name of the root map.
pub(crate) const FILES: &str = "files";
pub(super) const PATH: &str = "path";
pub(super) const CONTENT: &str = "content";

/// The update with which a document of these files begins.
pub(crate) fn first_update(files: &[(String, String)]) -> Vec<u8> {
    let doc = Doc::with_options(options());
    let root = doc.get_or_insert_map(FILES);
    let mut txn = doc.transact_mut();
    for (path, content) in files {
        let file = root.insert(&mut txn, yrs::uuid_v4(), MapPrelim::default());
        file.insert(&mut txn, PATH, path.as_str());
        file.insert(&mut txn, CONTENT, TextPrelim::new(content.as_str()));
    }
    drop(txn);
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

impl Replica {
    /// The files that have a usable path, by path; of several with one path the first by id.
    pub(crate) fn files(&self) -> Result<Vec<FileText>, Broken> {
        let mut files = self.read(|txn| {
            let root = txn.get_map(FILES);
            let entries = root.iter().flat_map(|root| root.iter(txn));
            let read = entries.filter_map(|(id, entry)| Some((read_file(txn, &entry)?, id.to_owned())));
            read.collect::<Vec<_>>()
        })?;
        files.sort_by(|(a, a_id), (b, b_id)| (&a.path, a_id).cmp(&(&b.path, b_id)));
        files.dedup_by(|(later, _), (first, _)| later.path == first.path);
        Ok(files.into_iter().map(|(file, _)| file).collect())
    }

    /// How many files there would be with these keys set.
    pub(super) fn count_files_with(&self, keys: &[&str]) -> Result<usize, Broken> {
        let wanted: HashSet<&str> = keys.iter().copied().collect();
        self.read(|txn| match txn.get_map(FILES) {
            Some(root) => {
                let new = wanted.iter().filter(|key| !root.contains_key(txn, key)).count();
                new + root.len(txn) as usize
            }
            None => wanted.len(),
        })
    }
}

fn read_file(txn: &impl ReadTxn, entry: &Out) -> Option<FileText> {
    let Out::YMap(file) = entry else { return None };
    let path = read_path(txn, file)?;
    let content = match file.get(txn, CONTENT) {
        Some(Out::YText(text)) => text.get_string(txn),
        _ => return None,
    };
    path::check(&path).ok()?;
    Some(FileText { path, content })
}

pub(super) fn read_path(txn: &impl ReadTxn, file: &MapRef) -> Option<String> {
    match file.get(txn, PATH)? {
        Out::Any(Any::String(path)) => Some(path.to_string()),
        _ => None,
    }
}
