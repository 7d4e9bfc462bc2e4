//! Accounts.

use async_trait::async_trait;
use codecrafter_domain::id::UserId;
use codecrafter_domain::user::{Person, User};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::engine::Durability;
use super::entities::user::{Column, Entity, Model};
use super::{Sql, convert};
use crate::error::StoreError;
use crate::types::UserPatch;
use crate::{Result, UserStore};

#[async_trait]
impl UserStore for Sql {
    async fn create_user(&self, user: &User, password_hash: &str) -> Result<()> {
        let row = Model {
            id: user.id.0,
            username: convert::text("username", &user.username)?,
            email: convert::text("email", &user.email)?,
            display_name: convert::text("display_name", &user.display_name)?,
            color: convert::text("color", &user.color)?,
            password_hash: convert::text("password_hash", password_hash)?,
            created_at: convert::micros(user.created_at),
        };
        let tx = self.engine.write(Durability::Disk).await?;
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
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
        let row = Entity::find().filter(column.eq(login)).one(&self.engine.read).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        let password_hash = row.password_hash.clone();
        Ok((row.into_user()?, password_hash))
    }

    async fn update_user(&self, id: UserId, patch: &UserPatch) -> Result<User> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = Entity::find_by_id(id.0).lock_exclusive().one(&*tx).await?;
        let mut row = row.ok_or(StoreError::NotFound)?;
        let mut change = row.clone().into_active_model();
        if let Some(name) = &patch.display_name {
            row.display_name = convert::text("display_name", name)?;
            change.display_name = Set(row.display_name.clone());
        }
        if let Some(color) = &patch.color {
            row.color = convert::text("color", color)?;
            change.color = Set(row.color.clone());
        }
        Entity::update(change).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        row.into_user()
    }
}

impl Model {
    pub(super) fn into_user(self) -> Result<User> {
        Ok(User {
            id: UserId(self.id),
            username: self.username,
            email: self.email,
            display_name: self.display_name,
            color: self.color,
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
        }
    }
}
