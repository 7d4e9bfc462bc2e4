mod edits;

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use yrs::types::xml::XmlIn;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, Doc, GetString, Map, MapPrelim, OffsetKind, Options, ReadTxn, StateVector, Text,
    TextPrelim, Transact, Update, WriteTxn, XmlElementPrelim, XmlFragment, XmlTextPrelim,
};

use self::edits::{edit, updates};
use super::merge::{join, merge};
use super::*;
use crate::replica::{Applied, Fault, Replica};

fn doc(client: u64) -> Doc {
    let options = Options {
        offset_kind: OffsetKind::Utf16,
        ..Options::with_client_id(yrs::block::ClientID::new(client))
    };
    Doc::with_options(options)
}

fn encoded(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

/// A document with every kind of content.
fn everything() -> Doc {
    let doc = doc(7);
    let mut txn = doc.transact_mut();
    let text = txn.get_or_insert_text("text");
    text.push(&mut txn, "héllo 🌍 wörld");
    text.remove_range(&mut txn, 2, 4);
    text.format(&mut txn, 0, 2, [(Arc::from("bold"), Any::Bool(true))].into());
    text.insert_embed(&mut txn, 1, Any::from_json(r#"{"image":"x.png"}"#).unwrap());
    let nested = Any::from_json(r#"{"a":[1,-2.5,null,true,{"b":"c"}],"big":12345678901}"#).unwrap();
    let map = txn.get_or_insert_map("map");
    map.insert(&mut txn, "any", nested);
    map.insert(&mut txn, "bytes", Any::Buffer(vec![0, 255, 7].into()));
    map.insert(&mut txn, "any", 1_i64 << 40);
    let array = txn.get_or_insert_array("array");
    array.insert_range(&mut txn, 0, [1, 2, 3]);
    array.push_back(&mut txn, MapPrelim::from([("k", 0.5)]));
    array.push_back(&mut txn, ArrayPrelim::from([true, false]));
    array.push_back(&mut txn, TextPrelim::new("inner"));
    array.remove(&mut txn, 1);
    let xml = txn.get_or_insert_xml_fragment("xml");
    let element = xml.push_back(&mut txn, XmlElementPrelim::empty("div"));
    element.push_back(&mut txn, XmlTextPrelim::new("text"));
    xml.push_back(&mut txn, XmlIn::Fragment(yrs::types::xml::XmlFragmentPrelim::default()));
    map.insert(&mut txn, "doc", Doc::new());
    drop(txn);
    doc
}

/// Whether yrs takes it without breaking out of [`Replica`]; `None` where [`scan`] refuses it.
fn applied(update: &[u8]) -> Option<bool> {
    let summary = scan(update).ok()?;
    let mut replica = Replica::load([encoded(&everything()).as_slice()]).unwrap();
    let result = replica.apply_step_2(update, &summary);
    if matches!(result, Ok(_) | Err(Fault::Malformed(_))) {
        // Whatever was taken can be told to others, and can be read.
        let all = replica.encode().unwrap();
        scan(&all).expect("what yrs writes is well-formed");
        replica.files().unwrap();
    }
    Some(result.is_ok())
}

#[test]
fn every_kind_of_content_passes() {
    let doc = everything();
    let update = encoded(&doc);
    let summary = scan(&update).unwrap();
    assert_eq!(summary.sections.len(), 1);
    assert_eq!(summary.sections[0].client, 7);
    assert_eq!(
        summary.sections[0].end,
        doc.transact().state_vector().get(&doc.client_id())
    );
    assert!(!summary.deletes.is_empty());
    assert!(summary.is_applicable(|_| 0));
    assert_eq!(applied(&update), Some(true));
}

#[test]
fn what_an_update_adds_and_deletes_is_counted() {
    let doc = doc(1);
    let text = doc.get_or_insert_text("text");
    text.push(&mut doc.transact_mut(), "añ🌍");
    let first = encoded(&doc);
    assert_eq!(scan(&first).unwrap().growth(|_| 0), (4, 0));
    let mut txn = doc.transact_mut();
    text.remove_range(&mut txn, 0, 2);
    let second = txn.encode_update_v1();
    drop(txn);
    let summary = scan(&second).unwrap();
    assert_eq!(summary.growth(|_| 4), (0, 2));
    assert!(!summary.has_news(|_| 4));
    assert!(summary.is_applicable(|_| 4));
    assert!(!summary.is_applicable(|_| 1));
}

#[test]
fn what_is_referred_to_must_be_there() {
    let (a, b) = (doc(1), doc(2));
    let text = a.get_or_insert_text("text");
    text.push(&mut a.transact_mut(), "base");
    b.transact_mut()
        .apply_update(Update::decode_v1(&encoded(&a)).unwrap())
        .unwrap();
    let mut txn = b.transact_mut();
    let text = txn.get_or_insert_text("text");
    text.insert(&mut txn, 2, "x");
    let update = txn.encode_update_v1();
    let summary = scan(&update).unwrap();
    assert!(!summary.is_applicable(|_| 0));
    assert!(!summary.is_applicable(|client| if client == 1 { 2 } else { 0 }));
    assert!(summary.is_applicable(|client| if client == 1 { 4 } else { 0 }));
}

#[test]
fn file_keys_are_found() {
    let update = crate::replica::first_update(&[("a".into(), String::new()), ("b".into(), "text".into())]);
    assert_eq!(scan(&update).unwrap().file_keys.len(), 2);
}

#[test]
fn an_empty_update_passes() {
    let summary = scan(&[0, 0]).unwrap();
    assert!(!summary.has_news(|_| 0));
}

#[test]
fn hostile_updates_are_refused() {
    let deep = {
        let mut value = [117, 1].repeat(100_000);
        value.push(126);
        [&[1, 1, 1, 0, 8, 1, 1, b't', 1][..], &value, &[0]].concat()
    };
    let many = [255, 255, 255, 255, 15];
    for (what, update) in [
        ("nothing", vec![]),
        ("no deletes", vec![0]),
        ("trailing bytes", vec![0, 0, 0]),
        ("a count beyond the input", [&many[..], &[0; 8]].concat()),
        ("structs beyond the input", [&[1][..], &many, &[0; 8]].concat()),
        ("no structs", vec![1, 0, 1, 0, 0]),
        ("an empty gap", vec![1, 1, 1, 0, 10, 0, 0]),
        ("a clock beyond the bound", [&[1, 1, 1][..], &many, &[0, 1, 0]].concat()),
        (
            "a length beyond the bound",
            [&[1, 1, 1, 0, 0][..], &many, &[0]].concat(),
        ),
        ("a client twice", vec![2, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0]),
        ("deletes of a client twice", vec![0, 2, 1, 1, 0, 1, 1, 1, 2, 1]),
        ("deletes out of order", vec![0, 1, 1, 2, 5, 1, 0, 1]),
        ("deep nesting", deep),
        ("content of no kind", vec![1, 1, 1, 0, 15, 1, 1, b't', 0]),
        ("a string that is not UTF-8", vec![1, 1, 1, 0, 4, 1, 1, b't', 1, 255, 0]),
        (
            "a kind of content that yrs takes for text",
            vec![1, 1, 1, 0, 0x14, 1, 1, b't', 1, b'x', 0],
        ),
        // Client 1 at 0, left of it 1 at 0 or at 5.
        ("an item left of itself", vec![1, 1, 1, 0, 0x84, 1, 0, 1, b'x', 0]),
        ("an item left of a later one", vec![1, 1, 1, 0, 0x44, 1, 5, 1, b'x', 0]),
    ] {
        assert!(scan(&update).is_err(), "{what}");
    }
}

#[test]
fn a_child_of_text_breaks_only_its_own_replica() {
    let update = child_of_text();
    for _ in 0..100 {
        let mut replica = Replica::load([encoded(&everything()).as_slice()]).unwrap();
        let summary = scan(&update).unwrap();
        assert!(matches!(replica.apply_update(&update, &summary), Err(Fault::Broken(_))));
    }
}

/// An item whose parent is a piece of text: well-formed, but not applicable.
fn child_of_text() -> Vec<u8> {
    vec![1, 1, 9, 0, 4, 0, 7, 0, 1, b'x', 0]
}

fn state_of<'a>(updates: impl IntoIterator<Item = &'a Bytes>) -> (String, String, Vec<(u64, u32)>) {
    let doc = doc(99);
    let (text, map) = (doc.get_or_insert_text("text"), doc.get_or_insert_map("files"));
    for update in updates {
        doc.transact_mut()
            .apply_update(Update::decode_v1(update).unwrap())
            .unwrap();
    }
    let txn = doc.transact();
    assert!(!txn.has_missing_updates());
    let mut clocks: Vec<_> = txn
        .state_vector()
        .iter()
        .map(|(client, clock)| (client.get(), *clock))
        .collect();
    clocks.sort_unstable();
    let mut entries: Vec<_> = map
        .iter(&txn)
        .map(|(key, value)| format!("{key}={}", value.to_string(&txn)))
        .collect();
    entries.sort();
    (text.get_string(&txn), entries.join(","), clocks)
}

proptest! {
    #[test]
    fn merging_changes_nothing(edits in proptest::collection::vec(edit(), 1..40)) {
        let single = updates(&edits);
        let merged = merge(&single);
        prop_assert!(merged.len() <= single.len());
        for update in &merged {
            prop_assert!(scan(update).is_ok());
        }
        prop_assert_eq!(state_of(&merged), state_of(&single));
        // Merging what is merged, with something in between, as the outbox of a slow reader does.
        prop_assert_eq!(state_of(&merge(&merged)), state_of(&single));
    }

    /// As late joiners are sent it: the whole as it was at some time, and everything after.
    #[test]
    fn joining_changes_nothing(edits in proptest::collection::vec(edit(), 2..40), at in any::<proptest::sample::Index>()) {
        let single = updates(&edits);
        let at = 1 + at.index(single.len() - 1);
        let whole = doc(98);
        for update in &single[..at] {
            whole.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
        }
        let mut parts = vec![Bytes::from(encoded(&whole))];
        parts.extend_from_slice(&single[at..]);
        if let Some(joined) = join(&parts) {
            prop_assert!(scan(&joined).is_ok());
            prop_assert_eq!(state_of([&joined]), state_of(&single));
        }
    }

    #[test]
    fn honest_updates_pass(edits in proptest::collection::vec(edit(), 1..20)) {
        let mut replica = Replica::load([]).unwrap();
        for update in updates(&edits) {
            let summary = scan(&update).map_err(TestCaseError::fail)?;
            if summary.is_applicable(|client| replica.known(client)) {
                prop_assert!(replica.apply_update(&update, &summary).is_ok());
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(summary) = scan(&bytes) {
            summary.growth(|_| 0);
        }
        // Small numbers get further than random bytes.
        let small: Vec<u8> = bytes.iter().map(|byte| byte % 12).collect();
        applied(&small);
        let _ = scan_state_vector(&bytes);
    }

    #[test]
    fn truncation_is_refused(len in 0..1_000_usize) {
        let update = encoded(&everything());
        let cut = &update[..len % update.len()];
        prop_assert!(scan(cut).is_err());
    }

    #[test]
    fn mutation_does_not_panic(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let mut update = encoded(&everything());
        for (at, byte) in changes {
            let at = at % update.len();
            update[at] = byte;
        }
        applied(&update);
    }
}

/// Mutations of what two people write, one after the other on the same document.
#[test]
fn spoilt_edits_leave_what_others_can_read() {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    let first = crate::replica::first_update(&[("main.py".to_owned(), "text".to_owned())]);
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..10 {
        let mut replica = Replica::load([first.as_slice()]).unwrap();
        for _ in 0..300 {
            let other = doc(random.random_range(1..1_000));
            let before = replica.encode().unwrap();
            other
                .transact_mut()
                .apply_update(Update::decode_v1(&before).unwrap())
                .unwrap();
            let files = other.get_or_insert_map("files");
            let edit = {
                let mut txn = other.transact_mut();
                let text: Option<yrs::TextRef> = files.iter(&txn).find_map(|(_, file)| {
                    file.cast::<yrs::MapRef>()
                        .ok()
                        .and_then(|file| file.get(&txn, "content"))
                        .and_then(|text| text.cast().ok())
                });
                match text {
                    Some(text) => text.insert(&mut txn, 0, "x"),
                    None => drop(files.insert(&mut txn, "file", MapPrelim::default())),
                }
                txn.encode_update_v1()
            };
            let is_answer = random.random_bool(0.5);
            let mut update = if is_answer { encoded(&other) } else { edit };
            for _ in 0..random.random_range(1..5) {
                let at = random.random_range(0..update.len());
                update[at] ^= 1 << random.random_range(0..8);
            }
            let Ok(summary) = scan(&update) else { continue };
            if !is_answer && !summary.is_applicable(|client| replica.known(client)) {
                continue;
            }
            let result = if is_answer {
                replica.apply_step_2(&update, &summary)
            } else {
                replica.apply_update(&update, &summary)
            };
            match result {
                Ok(Applied::Part(part) | Applied::Held(Some(part))) => {
                    assert!(scan(&part).is_ok(), "{update:?} became {part:?} on {before:?}");
                }
                Ok(_) | Err(Fault::Malformed(_)) => {}
                Err(Fault::Broken(_)) => break,
            }
            let all = replica.encode().unwrap();
            assert!(scan(&all).is_ok(), "{update:?} made {all:?} of {before:?}");
        }
    }
}
