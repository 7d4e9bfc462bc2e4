//! Who accounts are at single sign-on providers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::identity::Identity;
use codecrafter_domain::user::User;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::engine::Durability;
use super::entities::{identity, user};
use super::{Sql, accounts, convert, users};
use crate::error::StoreError;
use crate::types::Connected;
use crate::{IdentityStore, Result};

#[async_trait]
impl IdentityStore for Sql {
    async fn identity_user(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<Option<User>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = identity::Entity::find_by_id((issuer.to_owned(), subject.to_owned()));
        let Some(row) = row.one(&*tx).await? else {
            return Ok(None);
        };
        identity::Entity::update_many()
            .col_expr(identity::Column::UsedAt, Expr::value(convert::micros(now)))
            .filter(identity::Column::Issuer.eq(issuer))
            .filter(identity::Column::Subject.eq(subject))
            .exec(&*tx)
            .await?;
        let user = user::Entity::find_by_id(row.user_id).one(&*tx).await?;
        tx.commit().await?;
        user.map(user::Model::into_user).transpose()
    }

    async fn create_user_of(&self, user: &User, identity: &Identity) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        // No password: none fits an empty hash.
        users::insert(&*tx, user, "").await?;
        insert(&*tx, user.id, identity).await?;
        tx.commit().await
    }

    async fn connect(&self, user: UserId, identity: &Identity) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = accounts::lock(&*tx, user).await?;
        add(&*tx, &row, identity).await?;
        tx.commit().await
    }

    async fn connect_by_email(&self, email: &str, identity: &Identity) -> Result<Connected> {
        let tx = self.engine.write(Durability::Disk).await?;
        let account = user::Entity::find()
            .filter(user::Column::Email.eq(email))
            .filter(user::Column::GuestOf.is_null())
            .filter(user::Column::DeletedAt.is_null())
            .lock_exclusive()
            .one(&*tx)
            .await?;
        match account {
            None => Ok(Connected::Nobody),
            Some(row) if !row.email_verified => Ok(Connected::Unconfirmed),
            Some(row) => {
                add(&*tx, &row, identity).await?;
                tx.commit().await?;
                Ok(Connected::Yes(Box::new(row.into_user()?)))
            }
        }
    }

    async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        let rows = identity::Entity::find()
            .filter(identity::Column::UserId.eq(user.0))
            .order_by_asc(identity::Column::CreatedAt)
            .order_by_asc(identity::Column::Issuer)
            .all(&self.engine.read)
            .await?;
        rows.into_iter().map(into_identity).collect()
    }

    async fn disconnect(&self, user: UserId, issuer: &str, issuers: &[String]) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = accounts::lock(&*tx, user).await?;
        let others = issuers.iter().map(String::as_str).filter(|other| *other != issuer);
        let left = identity::Entity::find()
            .filter(identity::Column::UserId.eq(user.0))
            .filter(identity::Column::Issuer.is_in(others))
            .count(&*tx)
            .await?;
        let removed = identity::Entity::delete_many()
            .filter(identity::Column::UserId.eq(user.0))
            .filter(identity::Column::Issuer.eq(issuer))
            .exec(&*tx)
            .await?;
        if removed.rows_affected == 0 {
            return Ok(false);
        }
        if row.password_hash.is_empty() && left == 0 {
            return Err(StoreError::Conflict("last"));
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Adds an identity to an account that is locked.
async fn add(tx: &impl ConnectionTrait, account: &user::Model, identity: &Identity) -> Result<()> {
    if account.deactivated_at.is_some() {
        return Err(StoreError::Conflict("deactivated"));
    }
    let same_issuer = identity::Entity::find()
        .filter(identity::Column::UserId.eq(account.id))
        .filter(identity::Column::Issuer.eq(&identity.issuer));
    if same_issuer.one(tx).await?.is_some() {
        return Err(StoreError::Conflict("connected"));
    }
    insert(tx, UserId(account.id), identity).await
}

async fn insert(tx: &impl ConnectionTrait, user: UserId, identity: &Identity) -> Result<()> {
    let row = identity::Model {
        issuer: convert::text("issuer", &identity.issuer)?,
        subject: convert::text("subject", &identity.subject)?,
        user_id: user.0,
        name: convert::text("name", &identity.name)?,
        created_at: convert::micros(identity.created_at),
        used_at: convert::micros(identity.used_at),
    };
    identity::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn into_identity(row: identity::Model) -> Result<Identity> {
    Ok(Identity {
        issuer: row.issuer,
        subject: row.subject,
        name: row.name,
        created_at: convert::time(row.created_at)?,
        used_at: convert::time(row.used_at)?,
    })
}
