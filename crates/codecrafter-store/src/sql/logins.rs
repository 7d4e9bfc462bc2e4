//! Logins and their refresh tokens.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Device, Login};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use uuid::Uuid;

use super::engine::Durability;
use super::entities::{login, refresh_token, user};
use super::{Sql, convert, second_factors, users};
use crate::error::StoreError;
use crate::types::{NewLogin, Rotation, TokenHash};
use crate::{LoginStore, Result};

#[async_trait]
impl LoginStore for Sql {
    async fn create_login(&self, new: &NewLogin) -> Result<()> {
        let row = login::Model {
            id: new.id.0,
            user_id: new.user.0,
            ended: false,
            expires_at: convert::micros(new.expires_at),
            created_at: convert::micros(new.now),
            used_at: convert::micros(new.now),
            agent: convert::text("agent", &new.device.agent)?,
            address: convert::text("address", &new.device.address)?,
        };
        let tx = self.engine.write(Durability::Disk).await?;
        if users::lock(&*tx, new.user).await?.deactivated_at.is_some() {
            return Err(StoreError::Conflict("deactivated"));
        }
        forget_dead(&*tx, new.user, new.now).await?;
        login::Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        insert_token(&*tx, new.id.0, &new.token, new.expires_at).await?;
        tx.commit().await
    }

    async fn rotate(
        &self,
        old: &TokenHash,
        new: &TokenHash,
        device: &Device,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation> {
        let tx = self.engine.write(Durability::Disk).await?;
        let Some((login, token)) = live_login(&*tx, old, now).await? else {
            return Ok(Rotation::Unknown);
        };
        let (user, id) = (UserId(login.user_id), LoginId(login.id));
        if token.used {
            end(&*tx, login.id).await?;
            tx.commit().await?;
            return Ok(Rotation::Reused { user, login: id });
        }
        replace_token(&*tx, token, new, now, expires_at).await?;
        note_use(&*tx, login, device, now, expires_at).await?;
        tx.commit().await?;
        Ok(Rotation::Rotated { user, login: id })
    }

    async fn end_login(&self, token: &TokenHash) -> Result<Option<(UserId, LoginId)>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let Some(token) = refresh_token::Entity::find_by_id(token.0.to_vec()).one(&*tx).await? else {
            return Ok(None);
        };
        end(&*tx, token.login_id).await?;
        let login = login::Entity::find_by_id(token.login_id).one(&*tx).await?;
        tx.commit().await?;
        Ok(login.map(|login| (UserId(login.user_id), LoginId(login.id))))
    }

    async fn end_login_of(&self, user: UserId, id: LoginId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let ended = living(user).filter(login::Column::Id.eq(id.0)).exec(&*tx).await?;
        tx.commit().await?;
        Ok(ended.rows_affected > 0)
    }

    async fn end_logins(&self, user: UserId, keep: Option<LoginId>) -> Result<u64> {
        let tx = self.engine.write(Durability::Disk).await?;
        let ended = end_all(&*tx, user, keep).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn logins(&self, user: UserId, now: DateTime<Utc>) -> Result<Vec<Login>> {
        let rows = login::Entity::find()
            .filter(login::Column::UserId.eq(user.0))
            .filter(login::Column::Ended.eq(false))
            .filter(login::Column::ExpiresAt.gt(convert::micros(now)))
            .order_by_desc(login::Column::UsedAt)
            .order_by_desc(login::Column::Id)
            .all(&self.engine.read)
            .await?;
        rows.into_iter().map(into_login).collect()
    }

    async fn login_user(&self, id: LoginId, now: DateTime<Utc>) -> Result<Option<User>> {
        let rows = login::Entity::find_by_id(id.0)
            .find_both_related(user::Entity)
            .one(&self.engine.read)
            .await?;
        let live = rows.filter(|(login, _)| is_live(login, now));
        live.map(|(_, user)| user.into_user()).transpose()
    }

    async fn login_is_live(&self, id: LoginId, now: DateTime<Utc>) -> Result<bool> {
        let row = login::Entity::find_by_id(id.0).one(&self.engine.read).await?;
        Ok(row.is_some_and(|login| is_live(&login, now)))
    }
}

fn is_live(login: &login::Model, now: DateTime<Utc>) -> bool {
    !login.ended && login.expires_at > convert::micros(now)
}

/// An unexpired token with its login, locked until the transaction ends, unless that is over.
async fn live_login(
    tx: &impl ConnectionTrait,
    token: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<(login::Model, refresh_token::Model)>> {
    let by_hash = || refresh_token::Entity::find_by_id(token.0.to_vec());
    let Some(found) = by_hash().one(tx).await? else {
        return Ok(None);
    };
    // The login's lock orders all that happens to its tokens; the token is read again behind it.
    let login = login::Entity::find_by_id(found.login_id)
        .lock_exclusive()
        .one(tx)
        .await?;
    let token = by_hash().one(tx).await?;
    Ok(login
        .zip(token)
        .filter(|(login, token)| is_live(login, now) && token.expires_at > convert::micros(now)))
}

/// Marks a token used, adds its successor, and forgets those of the login that have expired.
async fn replace_token(
    tx: &impl ConnectionTrait,
    old: refresh_token::Model,
    new: &TokenHash,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::LoginId.eq(old.login_id))
        .filter(refresh_token::Column::ExpiresAt.lte(convert::micros(now)))
        .exec(tx)
        .await?;
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::Used, Expr::value(true))
        .filter(refresh_token::Column::Hash.eq(old.hash))
        .exec(tx)
        .await?;
    insert_token(tx, old.login_id, new, expires_at).await
}

/// The login lives as long as its newest token.
async fn note_use(
    tx: &impl ConnectionTrait,
    login: login::Model,
    device: &Device,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let mut change = login.into_active_model();
    change.expires_at = Set(convert::micros(expires_at));
    change.used_at = Set(convert::micros(now));
    change.agent = Set(convert::text("agent", &device.agent)?);
    change.address = Set(convert::text("address", &device.address)?);
    login::Entity::update(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Removes what can never be used again, and with it its tokens.
async fn forget_dead(tx: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<()> {
    let dead = Condition::any()
        .add(login::Column::Ended.eq(true))
        .add(login::Column::ExpiresAt.lte(convert::micros(now)));
    login::Entity::delete_many()
        .filter(login::Column::UserId.eq(user.0))
        .filter(dead)
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends a user's logins, all or all but one; how many had not ended.
pub(super) async fn end_all(tx: &impl ConnectionTrait, user: UserId, keep: Option<LoginId>) -> Result<u64> {
    let mut ending = living(user);
    if let Some(keep) = keep {
        ending = ending.filter(login::Column::Id.ne(keep.0));
    }
    second_factors::forget_challenges(tx, user).await?;
    Ok(ending.exec(tx).await?.rows_affected)
}

/// An update that ends those of a user's logins that have not ended.
fn living(user: UserId) -> UpdateMany<login::Entity> {
    login::Entity::update_many()
        .col_expr(login::Column::Ended, Expr::value(true))
        .filter(login::Column::UserId.eq(user.0))
        .filter(login::Column::Ended.eq(false))
}

fn into_login(row: login::Model) -> Result<Login> {
    Ok(Login {
        id: LoginId(row.id),
        device: Device {
            agent: row.agent,
            address: row.address,
        },
        created_at: convert::time(row.created_at)?,
        used_at: convert::time(row.used_at)?,
        expires_at: convert::time(row.expires_at)?,
    })
}

async fn insert_token(
    tx: &impl ConnectionTrait,
    login: Uuid,
    token: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let row = refresh_token::Model {
        hash: token.0.to_vec(),
        login_id: login,
        used: false,
        expires_at: convert::micros(expires_at),
    };
    refresh_token::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn end(tx: &impl ConnectionTrait, login: Uuid) -> Result<()> {
    login::Entity::update_many()
        .col_expr(login::Column::Ended, Expr::value(true))
        .filter(login::Column::Id.eq(login))
        .exec(tx)
        .await?;
    Ok(())
}
