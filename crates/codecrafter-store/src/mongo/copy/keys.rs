//! What both forms write differently: ids, bytes, and what belongs to what.

use std::collections::HashMap;

use uuid::Uuid;

use crate::Result;
use crate::mongo::engine::{id, key};

/// An id that may be missing.
pub(super) fn maybe_id(key: Option<&str>) -> Result<Option<Uuid>> {
    key.map(id).transpose()
}

/// An id that may be missing, as it is stored.
pub(super) fn maybe_key(id: Option<Uuid>) -> Option<String> {
    id.map(key)
}

/// Rows by what they belong to.
pub(super) struct Groups<R>(HashMap<Uuid, Vec<R>>);

impl<R> Groups<R> {
    pub(super) fn new(rows: Vec<R>, owner: impl Fn(&R) -> Uuid) -> Self {
        let mut groups: HashMap<Uuid, Vec<R>> = HashMap::new();
        for row in rows {
            groups.entry(owner(&row)).or_default().push(row);
        }
        Self(groups)
    }

    /// Those of one, which has none then.
    pub(super) fn take(&mut self, owner: Uuid) -> Vec<R> {
        self.0.remove(&owner).unwrap_or_default()
    }

    /// The one of one that has at most one.
    pub(super) fn take_one(&mut self, owner: Uuid) -> Option<R> {
        self.take(owner).pop()
    }

    /// Those of one in the form that is stored.
    pub(super) fn take_as<P>(&mut self, owner: Uuid, part: impl Fn(R) -> P) -> Vec<P> {
        self.take(owner).into_iter().map(part).collect()
    }
}
