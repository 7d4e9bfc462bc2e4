use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::lib0::{Reader, write_bytes, write_uint};

const A: ConnectionId = ConnectionId(1);
const B: ConnectionId = ConnectionId(2);
const MAX: usize = 1_000;

fn person(name: &str) -> Person {
    Person {
        id: UserId::new(),
        username: name.into(),
        display_name: name.to_uppercase(),
        color: "#0f766e".into(),
        guest: false,
    }
}

fn message(states: &[(u64, u32, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    write_uint(&mut out, states.len() as u64);
    for (client, clock, state) in states {
        write_uint(&mut out, *client);
        write_uint(&mut out, u64::from(*clock));
        write_bytes(&mut out, state.as_bytes());
    }
    out
}

fn read(frame: &Bytes) -> Vec<(u64, u64, Value)> {
    let mut frame = Reader::new(frame);
    assert_eq!(frame.uint(), Ok(1));
    let mut states = Reader::new(frame.bytes().unwrap());
    let count = states.uint().unwrap();
    let read = (0..count).map(|_| {
        let (client, clock) = (states.uint().unwrap(), states.uint().unwrap());
        (client, clock, serde_json::from_str(states.string().unwrap()).unwrap())
    });
    read.collect()
}

struct Room {
    awareness: Awareness,
    ada: Person,
    bob: Person,
    now: Instant,
}

impl Room {
    fn new() -> Self {
        Self {
            awareness: Awareness::new(MAX, 1_000_000),
            ada: person("ada"),
            bob: person("bob"),
            now: Instant::now(),
        }
    }

    fn ada(&mut self, connection: ConnectionId, client: u64, clock: u32, state: &str) -> Spoken {
        let ada = self.ada.clone();
        self.awareness
            .speak(connection, &ada, &message(&[(client, clock, state)]), self.now)
            .unwrap()
    }

    fn bob(&mut self, connection: ConnectionId, client: u64, clock: u32, state: &str) -> Spoken {
        let bob = self.bob.clone();
        self.awareness
            .speak(connection, &bob, &message(&[(client, clock, state)]), self.now)
            .unwrap()
    }

    fn seen(&self, client: u64, reader: Option<ConnectionId>) -> (u64, Value) {
        let mut states = read(&self.awareness.encode(&[client], reader));
        let (_, clock, state) = states.pop().expect("known");
        (clock, state)
    }
}

#[test]
fn who_it_is_is_the_servers_word() {
    let mut room = Room::new();
    let spoken = room.ada(A, 5, 1, r#"{"user":{"name":"root","id":"0"},"cursor":{"a":1}}"#);
    assert_eq!(
        spoken,
        Spoken {
            changed: Some(5),
            is_first: true
        }
    );
    let (_, state) = room.seen(5, None);
    let user = json!({
        "id": room.ada.id, "name": "ADA", "username": "ada", "color": "#0f766e", "colorLight": "#0f766e33",
    });
    assert_eq!(state, json!({ "user": user, "cursor": { "a": 1 } }));
}

#[test]
fn a_connection_speaks_for_one_client() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    room.bob(B, 6, 1, "{}");
    // As stock clients repeat what they hear: another's state, its end, somebody unknown.
    for (client, state) in [(5, r#"{"x":1}"#), (5, "null"), (7, "{}"), (7, "null")] {
        assert_eq!(room.bob(B, client, 900, state), Spoken::default(), "{client} {state}");
    }
    assert_eq!(room.seen(5, None).1.get("x"), None);
    assert!(room.awareness.encode(&[7], None).len() <= 3);
}

#[test]
fn a_client_that_left_is_not_revived_by_an_echo() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    let (clock, _) = room.seen(5, None);
    assert_eq!(room.awareness.end(A), Some(5));
    let clock = u32::try_from(clock).unwrap();
    assert_eq!(room.bob(B, 5, clock, "{}"), Spoken::default());
    assert_eq!(room.seen(5, None).1, Value::Null);
}

#[test]
fn null_is_honoured_once() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    let (before, _) = room.seen(5, None);
    assert_eq!(room.ada(A, 5, 2, "null").changed, Some(5));
    let (after, state) = room.seen(5, None);
    assert_eq!(state, Value::Null);
    assert!(after > before);
    assert_eq!(room.ada(A, 5, 3, "null").changed, None);
    assert_eq!(room.awareness.end(A), None);
}

#[test]
fn the_owner_gets_its_own_clock_back() {
    let mut room = Room::new();
    room.bob(B, 6, 1, "{}");
    room.ada(A, 5, 3, "{}");
    // Somebody joins: others' clocks move on, the owner's does not.
    room.awareness.everyone(ConnectionId(3), None, room.now);
    assert_eq!(room.awareness.private(A), Some(5));
    room.ada(A, 5, 4, r#"{"x":1}"#);
    assert_eq!(room.seen(5, Some(A)).0, 4);
    assert!(room.seen(5, Some(B)).0 > 4);
}

#[test]
fn clocks_are_shared_until_they_must_differ() {
    let mut room = Room::new();
    for clock in 0..10 {
        room.ada(A, 5, clock, "{}");
    }
    room.ada(A, 5, 10, "{}");
    // Beginning at 0, which becomes 1, it catches up with the first that is larger.
    let (clock, _) = room.seen(5, None);
    assert!(clock >= 10);
}

#[test]
fn whoever_comes_back_sees_everyone_at_once() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    let first = read(&room.awareness.everyone(B, Some(room.bob.id), room.now).unwrap());
    let again = read(
        &room
            .awareness
            .everyone(ConnectionId(3), Some(room.bob.id), room.now)
            .unwrap(),
    );
    assert!(again[0].1 > first[0].1);
}

#[test]
fn whoever_comes_back_is_seen_at_once() {
    let mut room = Room::new();
    room.ada(A, 5, 4, "{}");
    let (before, _) = room.seen(5, None);
    assert_eq!(room.awareness.end(A), Some(5));
    let (gone, _) = room.seen(5, None);
    // The clock of before, as `onopen` sends it.
    assert_eq!(
        room.ada(B, 5, 4, "{}"),
        Spoken {
            changed: Some(5),
            is_first: true
        }
    );
    let (back, state) = room.seen(5, None);
    assert!(before < gone && gone < back);
    assert!(state.is_object());
}

#[test]
fn a_lost_connection_has_a_grace_period() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    let until = room.now + Duration::from_secs(3);
    assert_eq!(room.awareness.lose(A, until), None);
    assert_eq!(room.awareness.next_expiry(), Some(until));
    assert_eq!(room.awareness.expire(room.now), Vec::<u64>::new());
    // Nobody else takes its place meanwhile.
    assert_eq!(room.bob(B, 5, 99, "{}"), Spoken::default());
    assert_eq!(room.awareness.expire(until), [5]);
    assert_eq!(room.awareness.next_expiry(), None);
    assert_eq!(room.seen(5, None).1, Value::Null);
}

#[test]
fn a_goodbye_after_the_loss_counts() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    room.awareness.lose(A, room.now + Duration::from_secs(3));
    assert_eq!(room.awareness.end(A), Some(5));
    assert_eq!(room.awareness.next_expiry(), None);
}

#[test]
fn coming_back_in_time_ends_the_grace_period() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    let until = room.now + Duration::from_secs(3);
    room.awareness.lose(A, until);
    room.ada(B, 5, 1, "{}");
    assert_eq!(room.awareness.expire(until), Vec::<u64>::new());
    assert!(room.seen(5, None).1.is_object());
}

#[test]
fn the_newest_connection_of_a_user_takes_over() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    assert!(room.ada(B, 5, 1, "{}").is_first);
    // The end of the dead one is no news.
    assert_eq!(room.awareness.end(A), None);
    assert!(room.seen(5, None).1.is_object());
}

#[test]
fn before_it_has_spoken_a_client_is_not_overruled() {
    let mut room = Room::new();
    room.ada(A, 5, 7, "{}");
    room.awareness.everyone(ConnectionId(9), None, room.now);
    // The same client, back before its dead connection was noticed.
    let states = read(&room.awareness.everyone(B, Some(room.ada.id), room.now).unwrap());
    assert_eq!((states[0].0, states[0].1), (5, 7));
}

#[test]
fn our_clock_from_the_owner_is_not_numbered_again() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    room.awareness.everyone(B, Some(room.bob.id), room.now);
    let (clock, state) = room.seen(5, None);
    let spoken = room.ada(A, 5, u32::try_from(clock).unwrap(), &state.to_string());
    assert_eq!(spoken.changed, None);
    assert_eq!(room.seen(5, None).0, clock);
    // From here on both count alike.
    room.ada(A, 5, u32::try_from(clock).unwrap() + 1, &state.to_string());
    assert_eq!(room.seen(5, None).0, clock + 1);
    assert_eq!(room.awareness.private(A), None);
}

#[test]
fn a_renewal_is_passed_on() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    assert_eq!(room.ada(A, 5, 2, "{}").changed, Some(5));
}

#[test]
fn after_a_restart_clocks_are_beyond_those_before() {
    let mut room = Room::new();
    // It has been running for a while.
    room.ada(A, 5, 500, "{}");
    assert!(room.seen(5, None).0 > 1_000_000);
    assert_eq!(room.seen(5, Some(A)).0, 500);
}

#[test]
fn bounds_are_kept() {
    let mut room = Room::new();
    let ada = room.ada.clone();
    let fits = json!({ "x": "x".repeat(MAX - 20) }).to_string();
    room.ada(A, 5, 1, &fits);
    // What comes back with the identity still fits.
    let (clock, with_identity) = room.seen(5, None);
    room.ada(A, 5, u32::try_from(clock).unwrap(), &with_identity.to_string());
    for len in [MAX, 10 * MAX] {
        let large = json!({ "x": "x".repeat(len) }).to_string();
        let result = room.awareness.speak(A, &ada, &message(&[(5, 2, &large)]), room.now);
        assert_eq!(result, Err(Rejected::TooLarge));
    }
    for state in ["[]", "1", "{", "", "\"x\""] {
        let result = room.awareness.speak(A, &ada, &message(&[(5, 2, state)]), room.now);
        assert!(matches!(result, Err(Rejected::Malformed(_))), "{state}");
    }
    let beyond = message(&[(5, u32::MAX, "{}")]);
    assert!(matches!(
        room.awareness.speak(A, &ada, &beyond, room.now),
        Err(Rejected::Malformed(_))
    ));
}

#[test]
fn the_departed_are_forgotten_in_the_end() {
    let mut room = Room::new();
    for client in 0..2_000 {
        room.ada(ConnectionId(client), client, 1, "{}");
        room.awareness.end(ConnectionId(client));
        room.ada(ConnectionId(client), client + 10_000, 1, "{}");
        room.awareness
            .lose(ConnectionId(client), room.now + Duration::from_secs(3));
    }
    assert!(
        room.awareness.entries.len() <= MAX_GONE + MAX_LOST + 1,
        "{}",
        room.awareness.entries.len()
    );
    assert!(room.awareness.owned.len() <= MAX_LOST);
}

#[test]
fn what_clients_have_dropped_is_not_sent() {
    let mut room = Room::new();
    room.ada(A, 5, 1, "{}");
    assert!(room.awareness.everyone(B, None, room.now + OUTDATED).is_none());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut room = Room::new();
        let ada = room.ada.clone();
        let _ = room.awareness.speak(A, &ada, &bytes, room.now);
    }
}
