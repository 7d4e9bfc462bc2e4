//! Accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::text;
use codecrafter_domain::user::{Person, User};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::engine::Durability;
use super::entities::login;
use super::entities::user::{Column, Entity, Model};
use super::{Sql, convert, dialect};
use crate::error::StoreError;
use crate::types::UserPatch;
use crate::{Result, UserStore};

#[async_trait]
impl UserStore for Sql {
    async fn create_user(&self, user: &User, password_hash: &str) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        insert(&*tx, user, password_hash).await?;
        tx.commit().await
    }

    async fn user(&self, id: UserId) -> Result<User> {
        let row = Entity::find_by_id(id.0).one(&self.engine.read).await?;
        row.ok_or(StoreError::NotFound)?.into_user()
    }

    async fn user_by_login(&self, login: &str) -> Result<(User, String)> {
        let login = convert::text("login", login).map_err(|_| StoreError::NotFound)?;
        // Names have no @ and addresses have one, so that at most one row matches.
        let column = if login.contains('@') {
            Column::Email
        } else {
            Column::Username
        };
        let accounts = Entity::find()
            .filter(Column::GuestOf.is_null())
            .filter(Column::DeletedAt.is_null());
        let row = accounts.filter(column.eq(login)).one(&self.engine.read).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        let password_hash = row.password_hash.clone();
        Ok((row.into_user()?, password_hash))
    }

    async fn update_user(&self, id: UserId, patch: &UserPatch) -> Result<User> {
        let tx = self.engine.write(Durability::Disk).await?;
        let mut row = lock(&*tx, id).await?;
        let mut change = row.clone().into_active_model();
        if let Some(name) = &patch.display_name {
            row.display_name = convert::text("display_name", name)?;
            change.display_name = Set(row.display_name.clone());
            change.search = Set(search_text(&row.username, &row.display_name));
        }
        if let Some(color) = &patch.color {
            row.color = convert::text("color", color)?;
            change.color = Set(row.color.clone());
        }
        if let Some(bio) = &patch.bio {
            row.bio = convert::text("bio", bio)?;
            change.bio = Set(row.bio.clone());
        }
        if let Some(links) = &patch.links {
            row.links = convert::json(links)?;
            change.links = Set(row.links.clone());
        }
        Entity::update(change).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        row.into_user()
    }

    async fn deactivate(&self, id: UserId, now: DateTime<Utc>) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let is_new = lock(&*tx, id).await?.deactivated_at.is_none();
        if is_new {
            set_deactivated(&*tx, id, Some(now)).await?;
        }
        login::Entity::update_many()
            .col_expr(login::Column::Ended, Expr::value(true))
            .filter(login::Column::UserId.eq(id.0))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(is_new)
    }

    async fn activate(&self, id: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let was_deactivated = lock(&*tx, id).await?.deactivated_at.is_some();
        set_deactivated(&*tx, id, None).await?;
        tx.commit().await?;
        Ok(was_deactivated)
    }
}

/// Adds an account or a guest.
pub(super) async fn insert(tx: &impl ConnectionTrait, user: &User, password_hash: &str) -> Result<()> {
    let row = Model {
        id: user.id.0,
        username: convert::text("username", &user.username)?,
        email: convert::text("email", &user.email)?,
        display_name: convert::text("display_name", &user.display_name)?,
        color: convert::text("color", &user.color)?,
        password_hash: convert::text("password_hash", password_hash)?,
        created_at: convert::micros(user.created_at),
        guest_of: user.guest_of.map(|session| session.0),
        deactivated_at: None,
        search: search_text(&user.username, &user.display_name),
        bio: convert::text("bio", &user.bio)?,
        links: convert::json(&user.links)?,
        email_verified: user.email_verified,
        pending_email: user.pending_email.clone(),
        deleted_at: None,
        username_key: text::look(&user.username),
        platform_admin: user.platform_admin,
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The row, unchanging until the transaction ends; `NotFound`.
pub(super) async fn lock(tx: &impl ConnectionTrait, id: UserId) -> Result<Model> {
    let row = Entity::find_by_id(id.0).lock_exclusive().one(tx).await?;
    row.ok_or(StoreError::NotFound)
}

/// Has transactions of one user take turns until their ends, where the engine would run them side by side. Whatever
/// refers to the user meanwhile need not wait.
pub(super) async fn take_turn(tx: &impl ConnectionTrait, id: UserId) -> Result<()> {
    if dialect::writes_side_by_side(tx.get_database_backend()) {
        Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate).one(tx).await?;
    }
    Ok(())
}

async fn set_deactivated(tx: &impl ConnectionTrait, id: UserId, at: Option<DateTime<Utc>>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::DeactivatedAt, Expr::value(at.map(convert::micros)))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) fn search_text(username: &str, display_name: &str) -> String {
    format!("{username}\n{display_name}").to_lowercase()
}

impl Model {
    pub(super) fn into_user(self) -> Result<User> {
        Ok(User {
            id: UserId(self.id),
            username: self.username,
            email: self.email,
            display_name: self.display_name,
            color: self.color,
            bio: self.bio,
            links: convert::from_json(&self.links)?,
            email_verified: self.email_verified,
            pending_email: self.pending_email,
            guest_of: self.guest_of.map(SessionId),
            platform_admin: self.platform_admin,
            created_at: convert::time(self.created_at)?,
        })
    }

    /// What of the account others see.
    pub(super) fn into_person(self) -> Person {
        Person {
            id: UserId(self.id),
            username: self.username,
            display_name: self.display_name,
            color: self.color,
            guest: self.guest_of.is_some(),
        }
    }
}
