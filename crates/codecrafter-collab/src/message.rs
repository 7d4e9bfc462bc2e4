//! Messages of the y-websocket protocol: y-protocols' sync, awareness and auth, each in a frame of its own. Within
//! Hocuspocus' frames they are the same, but for auth, which never comes here, and stateless messages.

use bytes::Bytes;

use crate::lib0::{Malformed, Reader, write_bytes, write_uint};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STATELESS: u64 = 5;

const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;

const PERMISSION_DENIED: u64 = 0;

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Plain y-websocket.
    YWebsocket,
    /// Hocuspocus: the document asks for the client's state when asked for its own, and acknowledges edits.
    Hocuspocus,
}

/// A message from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inbound<'a> {
    /// A state vector: "send me what I lack".
    Step1(&'a [u8]),
    /// The answer to our step 1, an update.
    Step2(&'a [u8]),
    /// An update.
    Update(&'a [u8]),
    /// Awareness states.
    Awareness(&'a [u8]),
    /// "Send me all awareness states".
    QueryAwareness,
    /// Text for the document's other Hocuspocus clients.
    Stateless(&'a str),
}

/// Reads the next message of a frame. Frames of y-websocket may hold several.
pub(crate) fn next<'a>(frame: &mut Reader<'a>, protocol: Protocol) -> Result<Inbound<'a>, Malformed> {
    match frame.uint()? {
        SYNC => match frame.uint()? {
            STEP_1 => Ok(Inbound::Step1(frame.bytes()?)),
            STEP_2 => Ok(Inbound::Step2(frame.bytes()?)),
            UPDATE => Ok(Inbound::Update(frame.bytes()?)),
            _ => Err("unknown sync message"),
        },
        AWARENESS => Ok(Inbound::Awareness(frame.bytes()?)),
        QUERY_AWARENESS => Ok(Inbound::QueryAwareness),
        STATELESS if protocol == Protocol::Hocuspocus => Ok(Inbound::Stateless(frame.string()?)),
        AUTH => Err("auth messages are only for clients"),
        _ => Err("unknown message type"),
    }
}

/// Our state vector.
pub(crate) fn step_1(state_vector: &[u8]) -> Bytes {
    sync(STEP_1, state_vector)
}

/// What a client lacks.
pub(crate) fn step_2(update: &[u8]) -> Bytes {
    sync(STEP_2, update)
}

/// An update for everyone.
pub(crate) fn update(update: &[u8]) -> Bytes {
    sync(UPDATE, update)
}

fn sync(kind: u64, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 12);
    write_uint(&mut out, SYNC);
    write_uint(&mut out, kind);
    write_bytes(&mut out, payload);
    out.into()
}

/// Awareness states.
pub(crate) fn awareness(payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 11);
    write_uint(&mut out, AWARENESS);
    write_bytes(&mut out, payload);
    out.into()
}

/// An edit was refused.
pub(crate) fn permission_denied(reason: &str) -> Bytes {
    let mut out = Vec::with_capacity(reason.len() + 4);
    write_uint(&mut out, AUTH);
    write_uint(&mut out, PERMISSION_DENIED);
    write_bytes(&mut out, reason.as_bytes());
    out.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Protocol = Protocol::YWebsocket;

    #[test]
    fn several_messages_in_one_frame() {
        let mut frame = step_1(&[0]).to_vec();
        frame.extend_from_slice(&update(&[0, 0]));
        frame.extend_from_slice(&awareness(&[0]));
        frame.push(3);
        let mut reader = Reader::new(&frame);
        assert_eq!(next(&mut reader, PLAIN), Ok(Inbound::Step1(&[0])));
        assert_eq!(next(&mut reader, PLAIN), Ok(Inbound::Update(&[0, 0])));
        assert_eq!(next(&mut reader, PLAIN), Ok(Inbound::Awareness(&[0])));
        assert_eq!(next(&mut reader, PLAIN), Ok(Inbound::QueryAwareness));
        assert!(reader.is_empty());
    }

    #[test]
    fn what_is_not_a_message_is_refused() {
        for frame in [
            &[4][..],
            &[5, 1, 97],
            &[2, 0, 0],
            &[0, 3, 0],
            &[0],
            &[0, 2],
            &[0, 2, 255, 255, 255, 15, 1],
            &[1, 9, 1],
        ] {
            assert!(next(&mut Reader::new(frame), PLAIN).is_err(), "{frame:?}");
        }
    }

    #[test]
    fn denial_as_y_protocols_writes_it() {
        // Bytes from y-protocols 1.0.6's auth.writePermissionDenied, after the message type.
        assert_eq!(permission_denied("no")[..], [2, 0, 2, b'n', b'o']);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(frame in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&frame);
            while !reader.is_empty() && next(&mut reader, PLAIN).is_ok() {}
        }
    }
}
