//! Awareness on the wire, and the identity that the server puts into each state.

use bytes::Bytes;
use chrono::Utc;
use codecrafter_domain::user::Person;
use serde_json::{Map, Value, json};

use super::Rejected;
use crate::lib0::{Malformed, Reader, write_bytes, write_uint};
use crate::message;

/// Clocks from clients stay below this, so that ours have room above them.
const MAX_CLOCK: u32 = u32::MAX - (1 << 20);
/// The field that says who it is.
const USER: &str = "user";
/// What an honest state may be longer than its bound for the identity in it.
const IDENTITY_ROOM: usize = 4 * 1024;
/// 2025-01-01, where floors begin.
const EPOCH: i64 = 1_735_689_600;

/// What a message says of one client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) client: u64,
    pub(super) clock: u32,
    /// JSON; `None` for "left".
    pub(super) state: Option<&'a str>,
}

/// A state with the server's idea of who it is.
pub(super) struct Rewritten {
    pub(super) json: Bytes,
}

pub(super) fn decode(message: &[u8]) -> Result<Vec<Claim<'_>>, Malformed> {
    const LEAST: usize = 3;
    let mut reader = Reader::new(message);
    let mut claims = Vec::new();
    for _ in 0..reader.count(LEAST)? {
        let client = reader.uint()?;
        let clock = reader.uint_to(MAX_CLOCK)?;
        let state = Some(reader.string()?).filter(|json| json.trim_ascii() != "null");
        claims.push(Claim { client, clock, state });
    }
    if reader.is_empty() {
        Ok(claims)
    } else {
        Err("bytes follow the awareness states")
    }
}

/// A whole frame.
pub(super) fn encode(parts: &[(u64, u32, Option<&[u8]>)]) -> Bytes {
    let mut out = Vec::new();
    write_uint(&mut out, parts.len() as u64);
    for (client, clock, state) in parts {
        write_uint(&mut out, *client);
        write_uint(&mut out, u64::from(*clock));
        write_bytes(&mut out, state.unwrap_or(b"null"));
    }
    message::awareness(&out)
}

/// Replaces whatever a state claims about its user.
pub(super) fn rewrite(state: &str, person: &Person, max_bytes: usize) -> Result<Rewritten, Rejected> {
    if state.len() > max_bytes + IDENTITY_ROOM {
        return Err(Rejected::TooLarge);
    }
    let parsed: Result<Map<String, Value>, _> = serde_json::from_str(state);
    let mut fields = parsed.map_err(|_| Rejected::Malformed("an awareness state is not an object"))?;
    let identity = json!({
        "id": person.id,
        "name": person.display_name,
        "username": person.username,
        "color": person.color,
        // As editors' own examples have it: the colour, mostly transparent.
        "colorLight": format!("{}33", person.color),
    });
    let identity_bytes = identity.to_string().len();
    fields.insert(USER.to_owned(), identity);
    let json = Value::Object(fields).to_string();
    if json.len() - identity_bytes > max_bytes {
        return Err(Rejected::TooLarge);
    }
    Ok(Rewritten { json: json.into() })
}

/// Rises eight times a second: faster than people move their cursors in the long run, so that it is beyond all
/// clocks sent before. Enough for 17 years.
pub(super) fn floor_now() -> u32 {
    let millis = Utc::now().timestamp_millis() - EPOCH * 1_000;
    u32::try_from(millis / 125).unwrap_or(0).min(MAX_CLOCK)
}
