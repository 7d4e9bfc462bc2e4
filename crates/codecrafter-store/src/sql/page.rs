//! Lists in parts, in SQL.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::Result;
use crate::page::check;
pub(super) use crate::page::{Key, assemble};
use crate::types::PageRequest;

/// Narrows a query to one part of the list sorted by `at` and `id`, and one item more.
pub(super) fn narrow<E: EntityTrait>(
    query: Select<E>,
    at: E::Column,
    id: E::Column,
    page: &PageRequest,
) -> Result<Select<E>> {
    check(page)?;
    let mut query = query.order_by_desc(at).order_by_desc(id).limit(page.limit + 1);
    if let Some(cursor) = &page.cursor {
        let last = Key::from_cursor(cursor)?;
        let here = Expr::tuple([at.into_expr(), id.into_expr()]);
        query = query.filter(here.lt(Expr::tuple([Expr::val(last.at), Expr::val(last.id)])));
    }
    Ok(query)
}
