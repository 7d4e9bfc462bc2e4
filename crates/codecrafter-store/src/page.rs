//! Lists in parts, newest first: the cursor is the sort key of the last item, so that a part costs
//! the same however far down it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::Result;
use crate::error::StoreError;
use crate::types::{Page, PageRequest};

/// Where an item stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// What the list is sorted by, in microseconds since 1970.
    pub(crate) at: i64,
    /// Distinguishes items of one moment.
    pub(crate) id: Uuid,
}

impl Key {
    fn to_cursor(self) -> String {
        let mut bytes = self.at.to_be_bytes().to_vec();
        bytes.extend(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn from_cursor(cursor: &str) -> Result<Self> {
        let malformed = || StoreError::Invalid("cursor");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
        let (at, id) = bytes.split_at_checked(size_of::<i64>()).ok_or_else(malformed)?;
        Ok(Self {
            at: i64::from_be_bytes(at.try_into().map_err(|_| malformed())?),
            id: Uuid::from_slice(id).map_err(|_| malformed())?,
        })
    }
}

/// Refuses parts of no size, or of more than a hundred items.
pub(crate) fn check(page: &PageRequest) -> Result<()> {
    if (1..=100).contains(&page.limit) {
        Ok(())
    } else {
        Err(StoreError::Invalid("limit"))
    }
}

/// The part, from the rows of a narrowed query.
pub(crate) fn assemble<Row, Item>(
    mut rows: Vec<Row>,
    page: &PageRequest,
    key: impl Fn(&Row) -> Key,
    item: impl Fn(Row) -> Result<Item>,
) -> Result<Page<Item>> {
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = if more {
        rows.last().map(|row| key(row).to_cursor())
    } else {
        None
    };
    Ok(Page {
        items: rows.into_iter().map(item).collect::<Result<_>>()?,
        next_cursor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_way_there_and_back() {
        for at in [i64::MIN, -1, 0, 1, i64::MAX] {
            let key = Key { at, id: Uuid::now_v7() };
            assert_eq!(Key::from_cursor(&key.to_cursor()).expect("ours"), key);
        }
    }

    #[test]
    fn other_cursors_are_refused() {
        for wrong in [
            "",
            "x",
            "AAAA",
            "💥",
            &"A".repeat(31),
            &"A".repeat(33),
            &"A".repeat(10_000),
        ] {
            assert!(
                matches!(Key::from_cursor(wrong), Err(StoreError::Invalid("cursor"))),
                "{wrong:?}"
            );
        }
    }
}
