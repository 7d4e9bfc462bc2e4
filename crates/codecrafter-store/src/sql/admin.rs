//! What platform administrators see and set: accounts, and everybody's sessions and runs.

use async_trait::async_trait;
use codecrafter_domain::admin::{Account, AccountUsage, Quota};
use codecrafter_domain::execution::ExecutionHead;
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::session::Session;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::engine::Durability;
use super::entities::{document_base, document_update, execution, quota, session, snapshot_text, user};
use super::executions::{find, heads};
use super::farewell::has_account;
use super::sessions::search_pattern;
use super::{Sql, convert, page, sessions, users};
use crate::error::StoreError;
use crate::types::{AccountFilter, AccountState, AnyExecutionFilter, AnySessionFilter, Page, PageRequest};
use crate::{AdminStore, Result};

#[async_trait]
impl AdminStore for Sql {
    async fn accounts(&self, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
        let query = page::narrow(accounts(filter)?, user::Column::CreatedAt, user::Column::Id, page)?;
        let key = |row: &user::Model| page::Key {
            at: row.created_at,
            id: row.id,
        };
        page::assemble(query.all(&self.engine.read).await?, page, key, into_account)
    }

    async fn account(&self, id: UserId) -> Result<Account> {
        let row = user::Entity::find_by_id(id.0)
            .filter(has_account())
            .one(&self.engine.read)
            .await?;
        into_account(row.ok_or(StoreError::NotFound)?)
    }

    async fn set_platform_admin(&self, id: UserId, is_admin: bool) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        // All administrators at once, in one order: of two who take each other's office one stays.
        let admins = user::Entity::find()
            .filter(user::Column::PlatformAdmin.eq(true))
            .filter(user::Column::DeactivatedAt.is_null())
            .order_by_asc(user::Column::Id)
            .lock_exclusive()
            .all(&*tx)
            .await?;
        let row = users::lock(&*tx, id).await?;
        if row.guest_of.is_some() {
            return Err(StoreError::Invalid("user_id"));
        }
        if row.platform_admin == is_admin {
            return Ok(false);
        }
        if !is_admin && admins.iter().all(|admin| admin.id == id.0) {
            return Err(StoreError::Conflict("last_admin"));
        }
        user::Entity::update_many()
            .col_expr(user::Column::PlatformAdmin, Expr::value(is_admin))
            .filter(user::Column::Id.eq(id.0))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn any_sessions(&self, filter: &AnySessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        let query = page::narrow(
            any_sessions(filter)?,
            session::Column::UpdatedAt,
            session::Column::Id,
            page,
        )?;
        let key = |row: &session::Model| page::Key {
            at: row.updated_at,
            id: row.id,
        };
        page::assemble(
            query.all(&self.engine.read).await?,
            page,
            key,
            session::Model::into_session,
        )
    }

    async fn any_session(&self, id: SessionId) -> Result<Session> {
        let row = session::Entity::find_by_id(id.0).one(&self.engine.read).await?;
        row.ok_or(StoreError::NotFound)?.into_session()
    }

    async fn any_executions(&self, filter: &AnyExecutionFilter, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        heads(&self.engine.read, any_executions(filter)?, page).await
    }

    async fn forget_dead(&self, id: ExecutionId) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        let forgotten = execution::Entity::update_many()
            .col_expr(execution::Column::DeadAt, Expr::value(None::<i64>))
            .filter(execution::Column::Id.eq(id.0))
            .filter(execution::Column::DeadAt.is_not_null())
            .exec(&*tx)
            .await?;
        if forgotten.rows_affected == 0 {
            find(&*tx, id).await?;
            return Err(StoreError::Conflict("dead"));
        }
        tx.commit().await
    }

    async fn quota(&self, id: UserId) -> Result<Quota> {
        let row = quota::Entity::find_by_id(id.0).one(&self.engine.read).await?;
        row.map_or(Ok(Quota::default()), |row| into_quota(&row))
    }

    async fn set_quota(&self, id: UserId, new: &Quota) -> Result<()> {
        let row = quota::Model {
            user_id: id.0,
            executions: new.executions.map(i64::from),
            sessions: new.sessions.map(i64::from),
            storage_bytes: new.storage_bytes.map(convert::column),
        };
        let tx = self.engine.write(Durability::Disk).await?;
        users::lock(&*tx, id).await?;
        let columns = [
            quota::Column::Executions,
            quota::Column::Sessions,
            quota::Column::StorageBytes,
        ];
        let replaced = OnConflict::column(quota::Column::UserId)
            .update_columns(columns)
            .to_owned();
        quota::Entity::insert(row.into_active_model())
            .on_conflict(replaced)
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn usage(&self, id: UserId) -> Result<AccountUsage> {
        let db = &self.engine.read;
        let unfinished = execution::Entity::find()
            .filter(execution::Column::UserId.eq(id.0))
            .filter(execution::Column::FinishedAt.is_null())
            .count(db)
            .await?;
        let owned = session::Entity::find()
            .filter(session::Column::OwnerId.eq(id.0))
            .filter(session::Column::DeletedAt.is_null())
            .count(db)
            .await?;
        let bases = bytes(db, document_base::Entity, document_base::Column::Base, id).await?;
        let updates = bytes(db, document_update::Entity, document_update::Column::Bytes, id).await?;
        let texts = bytes(db, snapshot_text::Entity, snapshot_text::Column::Content, id).await?;
        Ok(AccountUsage {
            executions: unfinished,
            sessions: owned,
            storage_bytes: bases + updates + texts,
        })
    }
}

fn accounts(filter: &AccountFilter) -> Result<Select<user::Entity>> {
    let mut query = user::Entity::find().filter(has_account());
    query = match filter.state {
        None => query,
        Some(AccountState::Active) => query.filter(user::Column::DeactivatedAt.is_null()),
        Some(AccountState::Deactivated) => query.filter(user::Column::DeactivatedAt.is_not_null()),
        Some(AccountState::Admin) => query.filter(user::Column::PlatformAdmin.eq(true)),
    };
    if let Some(q) = &filter.q {
        let pattern = search_pattern(q)?;
        let found = Condition::any()
            .add(user::Column::Search.like(pattern.clone()))
            .add(user::Column::Email.like(pattern));
        query = query.filter(found);
    }
    Ok(query)
}

fn any_sessions(filter: &AnySessionFilter) -> Result<Select<session::Entity>> {
    let deleted_at = session::Column::DeletedAt;
    let mut query = session::Entity::find().filter(if filter.deleted {
        deleted_at.is_not_null()
    } else {
        deleted_at.is_null()
    });
    if let Some(owner) = filter.owner {
        query = query.filter(session::Column::OwnerId.eq(owner.0));
    }
    if let Some(q) = &filter.q {
        query = query.filter(sessions::found_by(q)?);
    }
    Ok(query)
}

fn any_executions(filter: &AnyExecutionFilter) -> Result<Select<execution::Entity>> {
    let mut query = execution::Entity::find();
    if let Some(user) = filter.user {
        query = query.filter(execution::Column::UserId.eq(user.0));
    }
    if let Some(session) = filter.session {
        query = query.filter(execution::Column::SessionId.eq(session.0));
    }
    if let Some(status) = filter.status {
        query = query.filter(execution::Column::Status.eq(convert::word(status)));
    }
    if let Some(language) = &filter.language {
        query = query.filter(execution::Column::Language.eq(convert::text("language", language)?));
    }
    Ok(query)
}

/// Bytes in a column of all rows that belong to the sessions of one owner.
async fn bytes<E: EntityTrait, C: ColumnTrait>(
    db: &impl ConnectionTrait,
    table: E,
    column: C,
    owner: UserId,
) -> Result<u64> {
    let length = Func::cust("length").arg(Expr::col(column));
    let sum = Func::coalesce([Func::sum(length).into(), Expr::val(0_i64)]);
    let query = Query::select()
        .expr(Expr::expr(sum).cast_as("bigint"))
        .from(table)
        .and_where(Expr::col("session_id").in_subquery(owned_by(owner)))
        .to_owned();
    let row = db.query_one(&query).await?;
    let row = row.ok_or_else(|| StoreError::Unreadable("a sum gives no row".into()))?;
    convert::number(row.try_get_by_index(0)?)
}

fn owned_by(owner: UserId) -> SelectStatement {
    Query::select()
        .column(session::Column::Id)
        .from(session::Entity)
        .and_where(session::Column::OwnerId.eq(owner.0))
        .to_owned()
}

fn into_account(row: user::Model) -> Result<Account> {
    let deactivated_at = convert::maybe_time(row.deactivated_at)?;
    Ok(Account {
        user: row.into_user()?,
        deactivated_at,
    })
}

fn into_quota(row: &quota::Model) -> Result<Quota> {
    Ok(Quota {
        executions: row.executions.map(convert::number).transpose()?,
        sessions: row.sessions.map(convert::number).transpose()?,
        storage_bytes: row.storage_bytes.map(convert::number).transpose()?,
    })
}
