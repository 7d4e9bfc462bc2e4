//! Hocuspocus' framing: several documents on one connection, each frame addressed to one of them.
//!
//! A frame holds the document's name (with `\0` and a session of the client's own, where two providers share a
//! document), a message type, and the message. Sync and awareness messages are those of y-websocket; a document's
//! actor takes and gives them without the name. What concerns the connection, tokens above all, stays here.
//!
//! Wire format as of `@hocuspocus/provider` 4.8 and `@hocuspocus/server` 4.7.

use bytes::Bytes;

use crate::lib0::{Malformed, Reader, write_bytes, write_uint};
use crate::message::{self, Protocol};

const AUTH: u64 = 2;
const STATELESS: u64 = 5;
const CLOSE: u64 = 7;
const SYNC_STATUS: u64 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

const TOKEN: u64 = 0;
const PERMISSION_DENIED: u64 = 1;
const AUTHENTICATED: u64 = 2;

/// Longest name of a document in a frame, in bytes: a session's id, and a session of the client's own.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest stateless message, in bytes.
pub const MAX_STATELESS_BYTES: usize = 4 * 1024;
/// Key of the object in a stateless message that is the server's own. Clients may not use it.
pub const NOTICE_KEY: &str = "codecrafter";

/// A frame that is none; says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FrameError(Malformed);

impl From<Malformed> for FrameError {
    fn from(why: Malformed) -> Self {
        Self(why)
    }
}

/// A frame from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// "Are you there?", of the whole connection.
    Ping,
    /// The answer to ours.
    Pong,
    /// For one document.
    Addressed {
        /// The document, as the client calls it: all answers bear this name.
        name: &'a str,
        /// What it says.
        body: Body<'a>,
    },
}

/// What a frame says to its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// Who it is: opens the document, or renews the token of an open one.
    Token {
        /// An access token.
        token: &'a str,
        /// The provider's version, which it has told since 4.0.
        version: Option<&'a str>,
    },
    /// The client leaves the document.
    Close,
    /// One message for the document's actor.
    Message(&'a [u8]),
}

/// Reads a frame. What follows its message is passed over, as Hocuspocus' own server does: a frame holds one.
///
/// # Errors
/// When it cannot be read, or holds what only servers send.
pub fn decode(frame: &[u8]) -> Result<Frame<'_>, FrameError> {
    match frame {
        [PING] => return Ok(Frame::Ping),
        [PONG] => return Ok(Frame::Pong),
        _ => {}
    }
    let mut reader = Reader::new(frame);
    let name = reader.string()?;
    if name.len() > MAX_NAME_BYTES {
        return Err(FrameError("a document's name is too long"));
    }
    let message = reader;
    let body = match reader.uint()? {
        AUTH => decode_token(&mut reader)?,
        CLOSE => Body::Close,
        _ => Body::Message(one_message(message)?),
    };
    Ok(Frame::Addressed { name, body })
}

fn decode_token<'a>(reader: &mut Reader<'a>) -> Result<Body<'a>, Malformed> {
    if reader.uint()? != TOKEN {
        return Err("this kind of auth message is only for clients");
    }
    let token = reader.string()?;
    let version = if reader.is_empty() {
        None
    } else {
        Some(reader.string()?)
    };
    Ok(Body::Token { token, version })
}

/// The bytes of the first message.
fn one_message(mut reader: Reader<'_>) -> Result<&[u8], Malformed> {
    let mut whole = reader;
    message::next(&mut reader, Protocol::Hocuspocus)?;
    whole.take(whole.left() - reader.left())
}

/// The session's id in a document's name.
pub fn document_of(name: &str) -> &str {
    name.split_once('\0').map_or(name, |(document, _)| document)
}

/// A frame for the document that a client calls `name`.
pub fn addressed(name: &str, message: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(name.len() + message.len() + 2);
    write_bytes(&mut out, name.as_bytes());
    out.extend_from_slice(message);
    out.into()
}

/// "Are you there?", a whole frame. Providers before 4.0 cannot read it.
pub fn ping() -> Bytes {
    Bytes::from_static(&[PING])
}

/// The answer to a client's ping, a whole frame.
pub fn pong() -> Bytes {
    Bytes::from_static(&[PONG])
}

/// The document is open. To be addressed.
pub fn authenticated(is_read_only: bool) -> Vec<u8> {
    let scope = if is_read_only { "readonly" } else { "read-write" };
    text(&[AUTH, AUTHENTICATED], scope)
}

/// The document is not open, or not any more. To be addressed.
pub fn permission_denied(reason: &str) -> Vec<u8> {
    text(&[AUTH, PERMISSION_DENIED], reason)
}

/// Asks for a new token. To be addressed.
pub fn token_request() -> Vec<u8> {
    let mut out = Vec::new();
    write_uint(&mut out, AUTH);
    write_uint(&mut out, TOKEN);
    out
}

/// The server has closed the document. To be addressed.
pub fn closed(reason: &str) -> Vec<u8> {
    text(&[CLOSE], reason)
}

/// What has become of an edit. To be addressed.
pub fn sync_status(is_applied: bool) -> Vec<u8> {
    let mut out = Vec::new();
    write_uint(&mut out, SYNC_STATUS);
    write_uint(&mut out, u64::from(is_applied));
    out
}

/// A message that is passed on and not kept. To be addressed.
pub(crate) fn stateless(payload: &str) -> Bytes {
    text(&[STATELESS], payload).into()
}

/// Why an edit was refused, as a stateless message. To be addressed.
pub(crate) fn refusal(reason: &str) -> Bytes {
    stateless(&serde_json::json!({ NOTICE_KEY: "refused", "reason": reason }).to_string())
}

/// Whether a stateless message pretends to be the server's.
pub(crate) fn is_notice(payload: &str) -> bool {
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(payload);
    object.is_ok_and(|object| object.contains_key(NOTICE_KEY))
}

fn text(numbers: &[u64], text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 4);
    for number in numbers {
        write_uint(&mut out, *number);
    }
    write_bytes(&mut out, text.as_bytes());
    out
}

#[cfg(test)]
mod tests;
