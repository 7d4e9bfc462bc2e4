//! Edits by several clients, some of whom know of the others'.

use bytes::Bytes;
use proptest::prelude::*;
use yrs::updates::decoder::Decode;
use yrs::{GetString, Map, Text, Transact, Update, WriteTxn};

use super::doc;

/// An edit by one of three clients.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    client: usize,
    at: u32,
    kind: EditKind,
    syncs: bool,
}

#[derive(Debug, Clone)]
enum EditKind {
    Insert(String),
    Delete(u32),
    Set(String),
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let kind = prop_oneof![
        3 => "[a-zé🌍]{1,6}".prop_map(EditKind::Insert),
        2 => (1..5_u32).prop_map(EditKind::Delete),
        1 => "[a-c]".prop_map(EditKind::Set),
    ];
    (0..3_usize, any::<u32>(), kind, any::<bool>()).prop_map(|(client, at, kind, syncs)| Edit {
        client,
        at,
        kind,
        syncs,
    })
}

/// The updates that the edits make, in the order in which a server gets them.
pub(super) fn updates(edits: &[Edit]) -> Vec<Bytes> {
    let docs = [doc(1), doc(2), doc(3)];
    let mut all: Vec<Bytes> = Vec::new();
    for edit in edits {
        let doc = &docs[edit.client];
        if edit.syncs {
            for update in &all {
                doc.transact_mut()
                    .apply_update(Update::decode_v1(update).unwrap())
                    .unwrap();
            }
        }
        let mut txn = doc.transact_mut();
        let text = txn.get_or_insert_text("text");
        let len = text.len(&txn);
        match &edit.kind {
            EditKind::Insert(chunk) => {
                let at = at_boundary(&text.get_string(&txn), edit.at);
                text.insert(&mut txn, at, chunk);
            }
            EditKind::Delete(count) if len > 0 => {
                let whole = text.get_string(&txn);
                let start = at_boundary(&whole, edit.at);
                let end = at_boundary_after(&whole, start, *count);
                text.remove_range(&mut txn, start, end - start);
            }
            EditKind::Delete(_) => {}
            EditKind::Set(key) => drop(txn.get_or_insert_map("files").insert(&mut txn, key.as_str(), edit.at)),
        }
        all.push(txn.encode_update_v1().into());
    }
    all
}

/// A position between characters, in UTF-16 units.
fn at_boundary(text: &str, seed: u32) -> u32 {
    let chars = text.chars().count();
    let wanted = seed as usize % (chars + 1);
    text.chars()
        .take(wanted)
        .map(|c| u32::try_from(c.len_utf16()).unwrap())
        .sum()
}

fn at_boundary_after(text: &str, start: u32, count: u32) -> u32 {
    let mut units = 0;
    let mut left = count;
    for c in text.chars() {
        if units >= start {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        units += u32::try_from(c.len_utf16()).unwrap();
    }
    units.max(start)
}
