//! Messages as they are on channels and in logs: `<position>:<origin>:<payload>`.

use std::fmt;
use std::str::FromStr;

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::Message;

/// Which message of which process it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) node: String,
    pub(super) number: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.node, self.number)
    }
}

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (node, number) = text.split_once('-').ok_or(())?;
        Ok(Self {
            node: node.to_owned(),
            number: number.parse().map_err(|_| ())?,
        })
    }
}

/// A message of a plain topic.
pub(super) fn encode(origin: &Origin, payload: &[u8]) -> Bytes {
    let head = format!("0:{origin}:");
    let mut bytes = BytesMut::with_capacity(head.len() + payload.len());
    bytes.put_slice(head.as_bytes());
    bytes.put_slice(payload);
    bytes.freeze()
}

/// `None` for what nobody of us has sent.
pub(super) fn decode(bytes: &Bytes) -> Option<(Origin, Message)> {
    let mut parts = bytes.splitn(3, |byte| *byte == b':');
    let seq = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let origin = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let length = parts.next()?.len();
    let payload = bytes.slice(bytes.len() - length..);
    Some((origin, Message { seq, payload }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let origin = Origin {
            node: "ab".into(),
            number: 7,
        };
        let message = Message {
            seq: 0,
            payload: Bytes::from_static(b"a:b:\xff"),
        };
        assert_eq!(decode(&encode(&origin, &message.payload)), Some((origin, message)));
    }

    #[test]
    fn others_are_refused() {
        for wrong in ["", "1", "1:a-1", "x:a-1:", "1:a:", "1:a-x:"] {
            assert_eq!(decode(&Bytes::from_static(wrong.as_bytes())), None, "{wrong:?}");
        }
    }
}
