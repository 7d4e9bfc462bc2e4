//! Between the domain's types and what engines hold.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::error::StoreError;

/// A time as it is stored: microseconds since 1970, UTC.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// A stored time.
pub(crate) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| unreadable("time", micros))
}

/// A stored time that may be missing.
pub(crate) fn maybe_time(micros: Option<i64>) -> Result<Option<DateTime<Utc>>> {
    micros.map(time).transpose()
}

/// A number as a column holds it: what is too large for the column is as good as its largest value.
pub(crate) fn column(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A number of rows that fits the engines' signed LIMIT.
pub(crate) fn bound(rows: u64) -> u64 {
    rows.min(i64::MAX.unsigned_abs())
}

/// A stored number.
pub(crate) fn number<T: TryFrom<i64>>(column: i64) -> Result<T> {
    T::try_from(column).map_err(|_| unreadable("number", column))
}

/// The word that a plain enum has in JSON, which is also its word in the database.
pub(crate) fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("an enum without data is a string in JSON: {other:?}"),
    }
}

/// What a stored word means.
pub(crate) fn from_word<T: DeserializeOwned>(word: String) -> Result<T> {
    let shown = word.clone();
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| unreadable("word", shown))
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| unreadable("value", error))
}

/// A value from JSON text.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable("JSON", error))
}

/// Text that every engine can hold: without U+0000, which PostgreSQL refuses.
pub(crate) fn text(field: &'static str, text: &str) -> Result<String> {
    if text.contains('\0') {
        return Err(StoreError::Invalid(field));
    }
    Ok(text.to_owned())
}

/// A digest of paths and the hashes of the texts there: equal for equal files, in whatever order.
pub(crate) fn digest<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = files.into_iter().collect();
    let mut whole = Sha256::new();
    for (path, hash) in sorted {
        whole.update(path.len().to_be_bytes());
        whole.update(path);
        whole.update(hash);
    }
    whole.finalize().to_vec()
}

fn unreadable(what: &str, stored: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("unexpected {what}: {stored}"))
}
