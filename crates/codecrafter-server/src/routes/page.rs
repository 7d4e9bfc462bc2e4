//! Lists: which part is asked for, and how it is answered.

use codecrafter_domain::validate::Invalid;
use codecrafter_store::types::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;

const DEFAULT_LIMIT: u64 = 50;
const MAX_LIMIT: u64 = 100;
const QUERY_CHARS: usize = 100;

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

impl PageQuery {
    pub(crate) fn check(self) -> Result<PageRequest, ApiError> {
        page_request(self.cursor, self.limit)
    }
}

pub(crate) fn page_request(cursor: Option<String>, limit: Option<u64>) -> Result<PageRequest, ApiError> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Invalid::one("limit", format!("must be from 1 to {MAX_LIMIT}, not {limit}")).into());
    }
    Ok(PageRequest { cursor, limit })
}

/// What is searched for, without what is around it; nothing where that is nothing.
pub(crate) fn search_text(q: Option<String>) -> Result<Option<String>, ApiError> {
    let q = q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if q.as_deref().is_some_and(|q| q.chars().count() > QUERY_CHARS) {
        return Err(ApiError::invalid(
            "q",
            format!("must have at most {QUERY_CHARS} characters"),
        ));
    }
    Ok(q)
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that is never cut.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items,
            next_cursor: page.next_cursor,
        }
    }
}
