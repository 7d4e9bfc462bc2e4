//! Lists in parts.

use futures::TryStreamExt as _;
use mongodb::bson::{Document, doc};

use super::engine::{Engine, Stored, key};
use crate::Result;
use crate::page::{Key, check};
use crate::types::PageRequest;

/// One part of the list sorted by `at` and id, the newest first, and one item more. Fields named in `without` are left
/// where they are.
pub(super) async fn part<T: Stored>(
    engine: &Engine,
    mut filter: Document,
    at: &str,
    page: &PageRequest,
    without: &[&str],
) -> Result<Vec<T>> {
    check(page)?;
    if let Some(cursor) = &page.cursor {
        let last = Key::from_cursor(cursor)?;
        let after = doc! { "$or": [
            { at: { "$lt": last.at } },
            { at: last.at, "_id": { "$lt": key(last.id) } },
        ] };
        filter = doc! { "$and": [filter, after] };
    }
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX).saturating_add(1);
    let all = engine.all::<T>();
    let mut found = all.find(filter).sort(doc! { at: -1, "_id": -1 }).limit(limit);
    if !without.is_empty() {
        let without: Document = without.iter().map(|field| ((*field).to_owned(), 0.into())).collect();
        found = found.projection(without);
    }
    Ok(found.await?.try_collect().await?)
}
