//! What processes tell each other of a document. They trust each other: the bus is as good as the store.

use bytes::Bytes;
use codecrafter_domain::id::UserId;
use uuid::Uuid;

use crate::lib0::{Malformed, Reader, write_bytes, write_uint};

const UPDATES: u8 = 1;
const PRESENCE: u8 = 2;
const WHO_IS_THERE: u8 = 3;
const STATELESS: u8 = 4;

/// Somebody's presence, as the process says that holds their connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) client: u64,
    pub(crate) user: UserId,
    /// As that process's clients know it.
    pub(crate) clock: u32,
    /// As its owner knows it.
    pub(crate) own_clock: u32,
    /// JSON with the identity; `None` for somebody who left.
    pub(crate) json: Option<Bytes>,
}

/// A message between processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// These have been stored.
    Updates(Vec<Bytes>),
    /// The sender's, and what there is to know of them.
    Presence(Uuid, Vec<State>),
    /// Tell me.
    WhoIsThere,
    /// A stateless message, ready to be sent to Hocuspocus clients.
    Stateless(Bytes),
}

impl Note {
    /// As `node` sends it.
    pub(crate) fn encode(&self, node: Uuid) -> Bytes {
        let mut out = node.into_bytes().to_vec();
        match self {
            Self::Updates(updates) => {
                out.push(UPDATES);
                write_uint(&mut out, updates.len() as u64);
                for update in updates {
                    write_bytes(&mut out, update);
                }
            }
            Self::Presence(_, states) => {
                out.push(PRESENCE);
                write_uint(&mut out, states.len() as u64);
                for state in states {
                    state.encode(&mut out);
                }
            }
            Self::WhoIsThere => out.push(WHO_IS_THERE),
            Self::Stateless(message) => {
                out.push(STATELESS);
                write_bytes(&mut out, message);
            }
        }
        out.into()
    }

    /// `None` for one's own, and for what another version may say.
    pub(crate) fn decode(payload: &[u8], own: Uuid) -> Option<Self> {
        match decode(payload, own) {
            Ok(note) => note,
            Err(why) => {
                tracing::warn!(why, "a note of another node cannot be read");
                None
            }
        }
    }
}

fn decode(payload: &[u8], own: Uuid) -> Result<Option<Note>, Malformed> {
    let mut reader = Reader::new(payload);
    let node = uuid(&mut reader)?;
    if node == own {
        return Ok(None);
    }
    Ok(Some(match reader.byte()? {
        UPDATES => {
            let count = reader.count(1)?;
            let updates = (0..count).map(|_| reader.bytes().map(Bytes::copy_from_slice));
            Note::Updates(updates.collect::<Result<_, _>>()?)
        }
        PRESENCE => {
            let count = reader.count(State::LEAST)?;
            let states = (0..count).map(|_| State::decode(&mut reader));
            Note::Presence(node, states.collect::<Result<_, _>>()?)
        }
        WHO_IS_THERE => Note::WhoIsThere,
        STATELESS => Note::Stateless(Bytes::copy_from_slice(reader.bytes()?)),
        _ => return Ok(None),
    }))
}

impl State {
    /// Bytes that it takes at least.
    const LEAST: usize = 20;

    fn encode(&self, out: &mut Vec<u8>) {
        write_uint(out, self.client);
        out.extend_from_slice(self.user.0.as_bytes());
        write_uint(out, u64::from(self.clock));
        write_uint(out, u64::from(self.own_clock));
        write_bytes(out, self.json.as_deref().unwrap_or_default());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let client = reader.uint()?;
        let user = UserId(uuid(reader)?);
        let (clock, own_clock) = (reader.uint_to(u32::MAX)?, reader.uint_to(u32::MAX)?);
        let json = Bytes::copy_from_slice(reader.bytes()?);
        Ok(Self {
            client,
            user,
            clock,
            own_clock,
            json: Some(json).filter(|json| !json.is_empty()),
        })
    }
}

fn uuid(reader: &mut Reader<'_>) -> Result<Uuid, Malformed> {
    Uuid::from_slice(reader.take(16)?).map_err(|_| "an id is too short")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(node: Uuid) -> [Note; 5] {
        let state = |json: Option<&'static str>| State {
            client: 7,
            user: UserId::new(),
            clock: 3,
            own_clock: u32::MAX,
            json: json.map(Bytes::from),
        };
        [
            Note::Updates(vec![Bytes::from_static(b"one"), Bytes::new()]),
            Note::Presence(node, vec![state(Some("{}")), state(None)]),
            Note::Presence(node, Vec::new()),
            Note::WhoIsThere,
            Note::Stateless(Bytes::from_static(b"hello")),
        ]
    }

    #[test]
    fn notes_are_read_as_they_were_written_and_not_by_their_writer() {
        let (node, other) = (Uuid::new_v4(), Uuid::new_v4());
        for note in notes(node) {
            let encoded = note.encode(node);
            assert_eq!(Note::decode(&encoded, other), Some(note));
            assert_eq!(Note::decode(&encoded, node), None);
        }
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let (node, other) = (Uuid::new_v4(), Uuid::new_v4());
        for note in notes(node) {
            let encoded = note.encode(node);
            for end in 0..encoded.len() {
                assert_eq!(Note::decode(&encoded[..end], other), None, "{note:?} {end}");
            }
        }
        let unknown = [node.as_bytes().as_slice(), &[99, 1, 2]].concat();
        assert_eq!(Note::decode(&unknown, other), None);
    }
}
