//! What a claim returns, in one exchange with the engine.

use codecrafter_domain::id::UserId;
use codecrafter_domain::user::Person;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, FromQueryResult, Iterable, QueryResult};

use super::head_of;
use crate::executions::Claimed;
use crate::sql::entities::execution::{Column, Entity, Model};
use crate::sql::entities::{execution_request, user};
use crate::{Result, convert};

/// The execution's columns, then what it was asked to run, and by whom.
pub(super) fn columns() -> Vec<Expr> {
    let request = Query::select()
        .column(execution_request::Column::Request)
        .from(execution_request::Entity)
        .and_where(Expr::col(execution_request::Column::ExecutionId).equals((Entity, Column::Id)))
        .to_owned();
    let of_user = |expr: Expr| {
        let query = Query::select()
            .expr(expr)
            .from(user::Entity)
            .and_where(Expr::col((user::Entity, user::Column::Id)).equals((Entity, Column::UserId)))
            .to_owned();
        Expr::from(query)
    };
    let mut columns: Vec<Expr> = Column::iter().map(ColumnTrait::into_expr).collect();
    columns.push(Expr::from(request));
    columns.push(of_user(Expr::col(user::Column::Username)));
    columns.push(of_user(Expr::col(user::Column::DisplayName)));
    columns.push(of_user(Expr::col(user::Column::Color)));
    columns.push(of_user(Expr::col(user::Column::GuestOf).is_not_null()));
    columns
}

/// What is to be done, of such columns.
pub(super) fn read(found: &QueryResult) -> Result<Claimed> {
    let row = Model::from_query_result(found, "")?;
    let after = Column::iter().count();
    let person = Person {
        id: UserId(row.user_id),
        username: found.try_get_by_index(after + 1)?,
        display_name: found.try_get_by_index(after + 2)?,
        color: found.try_get_by_index(after + 3)?,
        guest: found.try_get_by_index(after + 4)?,
    };
    Ok(Claimed {
        attempt: convert::number(row.attempts)?,
        head: head_of(row, person)?,
        request: convert::from_json(&found.try_get_by_index::<String>(after)?)?,
    })
}
