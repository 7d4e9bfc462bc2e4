//! A job as the broker carries it: the execution's id as text. Its class is the queue that it is in.

use codecrafter_domain::id::ExecutionId;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};

/// How often a job was given back before this message of it was written.
const GIVEN_BACK: &str = "codecrafter-given-back";
/// The same since then, by the broker's count.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// An id as text.
const LENGTH: usize = 36;
const PERSISTENT: u8 = 2;

pub(super) fn properties(given_back: u32) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(GIVEN_BACK.into(), AMQPValue::LongLongInt(given_back.into()));
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("text/plain".into())
        .with_headers(headers)
}

/// Which execution is meant, if this is a job. Everybody who may write to the broker may have written it.
pub(super) fn execution(data: &[u8]) -> Option<ExecutionId> {
    let text = std::str::from_utf8(data).ok()?;
    (text.len() == LENGTH).then(|| text.parse().ok()).flatten()
}

/// How often it was given back.
pub(super) fn given_back(properties: &BasicProperties) -> u32 {
    let Some(headers) = properties.headers() else {
        return 0;
    };
    let count = |key| headers.inner().get(key).map_or(0, whole);
    count(GIVEN_BACK).saturating_add(count(DELIVERY_COUNT))
}

fn whole(value: &AMQPValue) -> u32 {
    let number = match *value {
        AMQPValue::ShortShortInt(number) => number.into(),
        AMQPValue::ShortShortUInt(number) => number.into(),
        AMQPValue::ShortInt(number) => number.into(),
        AMQPValue::ShortUInt(number) => number.into(),
        AMQPValue::LongInt(number) => number.into(),
        AMQPValue::LongUInt(number) => number.into(),
        AMQPValue::LongLongInt(number) => number,
        _ => 0,
    };
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_as_written() {
        let id = ExecutionId::new();
        assert_eq!(execution(id.to_string().as_bytes()), Some(id));
        assert_eq!(given_back(&properties(7)), 7);
    }

    #[test]
    fn anything_else_is_none() {
        let long = "0".repeat(1 << 20);
        let braces = format!("{{{}}}", ExecutionId::new());
        for wrong in [
            b"".as_slice(),
            b"\xff\xfe",
            b"{}",
            long.as_bytes(),
            braces.as_bytes(),
            &[b'x'; LENGTH],
        ] {
            assert_eq!(execution(wrong), None);
        }
    }

    #[test]
    fn crafted_headers_do_no_harm() {
        let mut headers = FieldTable::default();
        headers.insert(GIVEN_BACK.into(), AMQPValue::LongLongInt(i64::MAX));
        headers.insert(DELIVERY_COUNT.into(), AMQPValue::LongLongInt(-5));
        assert_eq!(given_back(&BasicProperties::default().with_headers(headers)), u32::MAX);
        assert_eq!(given_back(&BasicProperties::default()), 0);
    }
}
