//! The protocol's frames, written and read apart from the crate's own code.

use yrs::encoding::read::{Cursor, Read};
use yrs::encoding::write::Write;

#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Step1(Vec<u8>),
    Step2(Vec<u8>),
    Update(Vec<u8>),
    Awareness(Vec<(u64, u32, String)>),
    Denied(String),
    Stateless(String),
    /// Not a frame: what has become of edits.
    Status,
}

fn sync(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0, kind];
    out.write_buf(payload);
    out
}

pub fn step_1(state_vector: &[u8]) -> Vec<u8> {
    sync(0, state_vector)
}

pub fn step_2(update: &[u8]) -> Vec<u8> {
    sync(1, update)
}

pub fn update(update: &[u8]) -> Vec<u8> {
    sync(2, update)
}

pub fn stateless(payload: &str) -> Vec<u8> {
    let mut out = vec![5];
    out.write_string(payload);
    out
}

pub fn query_awareness() -> Vec<u8> {
    vec![3]
}

pub fn awareness(states: &[(u64, u32, String)]) -> Vec<u8> {
    let mut payload = Vec::new();
    payload.write_var(states.len());
    for (client, clock, state) in states {
        payload.write_var(*client);
        payload.write_var(*clock);
        payload.write_string(state);
    }
    let mut out = vec![1];
    out.write_buf(&payload);
    out
}

/// Reads a frame, which must hold one message and nothing else.
pub fn read(frame: &[u8]) -> Message {
    let mut cursor = Cursor::new(frame);
    let kind: u8 = cursor.read_u8().unwrap();
    let message = match kind {
        0 => {
            let kind = cursor.read_u8().unwrap();
            let payload = cursor.read_buf().unwrap().to_vec();
            match kind {
                0 => Message::Step1(payload),
                1 => Message::Step2(payload),
                2 => Message::Update(payload),
                other => panic!("sync message {other}"),
            }
        }
        1 => Message::Awareness(states(cursor.read_buf().unwrap())),
        2 => {
            assert_eq!(cursor.read_u8().unwrap(), 0);
            Message::Denied(cursor.read_string().unwrap().to_owned())
        }
        5 => Message::Stateless(cursor.read_string().unwrap().to_owned()),
        other => panic!("message {other}"),
    };
    assert!(cursor.next == frame.len(), "a frame holds one message");
    message
}

fn states(payload: &[u8]) -> Vec<(u64, u32, String)> {
    let mut cursor = Cursor::new(payload);
    let count: usize = cursor.read_var().unwrap();
    let states = (0..count).map(|_| {
        let client = cursor.read_var().unwrap();
        let clock = cursor.read_var().unwrap();
        (client, clock, cursor.read_string().unwrap().to_owned())
    });
    states.collect()
}
