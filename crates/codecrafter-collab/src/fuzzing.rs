//! What strangers' bytes reach, for the fuzz targets: compiled with `--cfg fuzzing` only.

use std::sync::Once;

use codecrafter_domain::user::Person;
use tokio::time::Instant;

use crate::actor::ConnectionId;
use crate::awareness::Awareness;
use crate::lib0::Reader;
use crate::message::{self, Inbound};
use crate::replica::{Fault, Replica};
use crate::update;

/// Longest presence, in bytes.
const PRESENCE_BYTES: usize = 4096;

/// Reads a frame as far as it can be read, with everything in it.
pub fn frame(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        match message::next(&mut reader) {
            Ok(Inbound::Step1(state_vector)) => drop(update::scan_state_vector(state_vector)),
            Ok(Inbound::Step2(bytes) | Inbound::Update(bytes)) => drop(update::scan(bytes)),
            Ok(Inbound::Awareness(bytes)) => awareness(bytes),
            Ok(Inbound::QueryAwareness) => {}
            Err(_) => return,
        }
    }
}

/// Takes two updates, one after the other, as an actor does, and reads the document then. A replica that breaks is built
/// again from what is stored, so that a panic within it is no finding.
///
/// # Panics
/// Where what was taken makes a document that cannot be stored and loaded again.
pub fn updates(first: &[u8], second: &[u8]) {
    // libFuzzer's own would end the process before it is caught. It still does for panics that nobody catches.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut replica = Replica::load([]).expect("an empty document");
    for bytes in [first, second] {
        let Ok(summary) = update::scan(bytes) else { return };
        let taken = if summary.is_applicable(|client| replica.known(client)) {
            replica.apply_update(bytes, &summary)
        } else {
            replica.apply_step_2(bytes, &summary)
        };
        match taken {
            Ok(_) => {}
            Err(Fault::Malformed(_) | Fault::Broken(_)) => return,
        }
    }
    replica.files().expect("readable");
    let all = replica.encode().expect("can be written");
    Replica::load([&all[..]]).expect("can be loaded again");
}

/// Takes presence from two people, and tells it.
///
/// # Panics
/// Where what is told cannot be read.
pub fn awareness(bytes: &[u8]) {
    let mut awareness = Awareness::new(PRESENCE_BYTES, 1);
    let now = Instant::now();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for (connection, message) in [(1, bytes), (2, bytes), (1, first), (2, second)] {
        drop(awareness.speak(ConnectionId(connection), &person(connection), message, now));
    }
    if let Some(told) = awareness.everyone(ConnectionId(3), None, now) {
        let Ok(Inbound::Awareness(told)) = message::next(&mut Reader::new(&told)) else {
            unreachable!("a frame of presence is told")
        };
        let mut heard = Awareness::new(2 * PRESENCE_BYTES, 1);
        let taken = heard.speak(ConnectionId(4), &person(4), told, now);
        assert!(taken.is_ok(), "what is told can be read");
    }
}

fn person(index: u64) -> Person {
    Person {
        id: format!("{index:032x}").parse().expect("32 digits are a UUID"),
        username: "ada".into(),
        display_name: "Ada".into(),
        color: "#1f6feb".into(),
    }
}
