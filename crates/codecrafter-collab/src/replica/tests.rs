use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact, Update};

use super::*;
use crate::update::scan;

/// The second one fills a gap that the first one announced, and says more than there is room for.
#[test]
fn an_update_that_overruns_a_gap_breaks_the_replica_and_not_the_document() {
    let first = [1, 1, 9, 41, 0, 5, 4, 58, 1, 5, 0, 4, 0, 1, 0, 9, 1, 37, 57];
    let second = [
        2, 1, 9, 1, 0, 252, 252, 163, 19, 1, 220, 220, 255, 255, 43, 49, 161, 5, 0, 4, 1, 0, 0,
    ];
    let mut replica = Replica::load([]).expect("an empty document");
    let summary = scan(&first).expect("well-formed");
    replica.apply_step_2(&first, &summary).expect("applied");
    let summary = scan(&second).expect("well-formed");
    let applied = replica.apply_step_2(&second, &summary);
    assert!(matches!(applied, Err(Fault::Broken(_))), "{applied:?}");
}

/// A struct of one character, of `client` at `clock`, to the right of another client's.
fn character(client: u8, clock: u8, text: u8, left: (u8, u8)) -> Vec<u8> {
    vec![1, 1, client, clock, 0x84, left.0, left.1, 1, text, 0]
}

/// Two things are said of the same element while it has to wait: what others are told is what the server has.
#[test]
fn what_waits_is_told_to_nobody_until_it_is_in_the_document() {
    let mut replica = Replica::load([]).unwrap();
    let mut apply = |update: &[u8]| replica.apply_step_2(update, &scan(update).unwrap()).unwrap();
    assert_eq!(apply(&character(8, 0, b'x', (9, 0))), Applied::Held(None));
    assert_eq!(apply(&character(8, 0, b'y', (9, 0))), Applied::Held(None));
    let root = [1, 1, 9, 0, 4, 1, 1, b't', 1, b'a', 0];
    let Applied::Held(Some(told)) = apply(&root) else {
        panic!("what waited is there")
    };
    assert!(!replica.is_incomplete().unwrap());
    let (other, joined) = (Doc::new(), Doc::new());
    for (doc, update) in [(&other, told), (&joined, replica.whole().unwrap())] {
        doc.transact_mut()
            .apply_update(Update::decode_v1(&update).unwrap())
            .unwrap();
    }
    let text = |doc: &Doc| doc.get_or_insert_text("t").get_string(&doc.transact());
    assert!(["ax", "ay"].contains(&text(&other).as_str()), "{}", text(&other));
    assert_eq!(text(&other), text(&joined));
    assert_eq!(replica.known(8), 1);
}

/// An edit that begins with what is known may say something else of it.
#[test]
fn of_an_edit_only_the_new_is_passed_on() {
    let mut replica = Replica::load([]).unwrap();
    let mut apply = |update: &[u8]| replica.apply_update(update, &scan(update).unwrap()).unwrap();
    assert_eq!(apply(&[1, 1, 9, 0, 4, 1, 1, b't', 1, b'a', 0]), Applied::Whole);
    let Applied::Part(part) = apply(&[1, 1, 9, 0, 4, 1, 1, b't', 2, b'x', b'b', 0]) else {
        panic!("some of it is known")
    };
    let summary = scan(&part).unwrap();
    assert_eq!((summary.sections[0].start, summary.sections[0].end), (1, 2));
}

#[test]
fn a_joiner_gets_nothing_of_what_waits_and_the_store_does() {
    let mut replica = Replica::load([]).unwrap();
    let update = character(8, 0, b'x', (9, 0));
    replica.apply_step_2(&update, &scan(&update).unwrap()).unwrap();
    assert_eq!(replica.whole().unwrap(), [0, 0]);
    assert_eq!(replica.diff(&[0]).unwrap(), [0, 0]);
    let mut again = Replica::load([&replica.encode().unwrap()[..]]).unwrap();
    assert!(again.waiting() > 0);
    let root = [1, 1, 9, 0, 4, 1, 1, b't', 1, b'a', 0];
    let applied = again.apply_update(&root, &scan(&root).unwrap()).unwrap();
    assert!(matches!(applied, Applied::Held(Some(_))), "{applied:?}");
    assert_eq!((again.known(8), again.waiting()), (1, 0));
}
