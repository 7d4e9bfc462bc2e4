//! Second factors, and logins that wait for them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::second_factor::{SecondFactors, Totp};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::engine::Durability;
use super::entities::{challenge, recovery_code, totp};
use super::{Sql, accounts, convert, passkeys};
use crate::error::StoreError;
use crate::second_factors::{NewChallenge, StoredTotp};
use crate::types::TokenHash;
use crate::{Result, SecondFactorStore};

#[async_trait]
impl SecondFactorStore for Sql {
    async fn second_factors(&self, user: UserId) -> Result<SecondFactors> {
        let totp = find_totp(&self.engine.read, user).await?;
        let since = convert::maybe_time(totp.and_then(|row| row.confirmed_at))?;
        Ok(SecondFactors {
            totp: since.map(|enabled_at| Totp { enabled_at }),
            passkeys: passkeys::list(&self.engine.read, user).await?,
            recovery_codes: codes_left(&self.engine.read, user).await?,
        })
    }

    async fn begin_totp(&self, user: UserId, secret: &[u8], now: DateTime<Utc>) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        if has_totp(&*tx, user).await? {
            return Err(StoreError::Conflict("totp"));
        }
        let row = totp::Model {
            user_id: user.0,
            secret: secret.to_vec(),
            created_at: convert::micros(now),
            confirmed_at: None,
            spent_step: 0,
        };
        let replace = OnConflict::column(totp::Column::UserId)
            .update_columns([totp::Column::Secret, totp::Column::CreatedAt])
            .to_owned();
        totp::Entity::insert(row.into_active_model())
            .on_conflict(replace)
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn totp(&self, user: UserId) -> Result<Option<StoredTotp>> {
        let Some(row) = find_totp(&self.engine.read, user).await? else {
            return Ok(None);
        };
        Ok(Some(StoredTotp {
            confirmed_at: convert::maybe_time(row.confirmed_at)?,
            secret: row.secret,
        }))
    }

    async fn confirm_totp(
        &self,
        user: UserId,
        secret: &[u8],
        step: u64,
        codes: &[TokenHash],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        let confirmed = totp::Entity::update_many()
            .col_expr(totp::Column::ConfirmedAt, Expr::value(convert::micros(now)))
            .col_expr(totp::Column::SpentStep, Expr::value(convert::column(step)))
            .filter(totp::Column::UserId.eq(user.0))
            .filter(totp::Column::Secret.eq(secret))
            .filter(totp::Column::ConfirmedAt.is_null())
            .exec(&*tx)
            .await?;
        if confirmed.rows_affected == 0 {
            return Ok(false);
        }
        replace_codes(&*tx, user, codes).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn spend_totp(&self, user: UserId, step: u64) -> Result<bool> {
        let step = convert::column(step);
        let connection = self.engine.write_once(Durability::Disk).await?;
        let spent = totp::Entity::update_many()
            .col_expr(totp::Column::SpentStep, Expr::value(step))
            .filter(totp::Column::UserId.eq(user.0))
            .filter(totp::Column::ConfirmedAt.is_not_null())
            .filter(totp::Column::SpentStep.lt(step))
            .exec(&*connection)
            .await?;
        Ok(spent.rows_affected > 0)
    }

    async fn remove_totp(&self, user: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        let was = has_totp(&*tx, user).await?;
        totp::Entity::delete_by_id(user.0).exec(&*tx).await?;
        forget_idle_codes(&*tx, user).await?;
        tx.commit().await?;
        Ok(was)
    }

    async fn spend_recovery_code(&self, user: UserId, code: &TokenHash) -> Result<bool> {
        let connection = self.engine.write_once(Durability::Disk).await?;
        let spent = recovery_code::Entity::delete_many()
            .filter(recovery_code::Column::UserId.eq(user.0))
            .filter(recovery_code::Column::Hash.eq(code.0.as_slice()))
            .exec(&*connection)
            .await?;
        Ok(spent.rows_affected > 0)
    }

    async fn replace_recovery_codes(&self, user: UserId, codes: &[TokenHash]) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        if !is_asked_for(&*tx, user).await? {
            return Err(StoreError::Conflict("second_factor"));
        }
        replace_codes(&*tx, user, codes).await?;
        tx.commit().await
    }

    async fn reset_second_factors(&self, user: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        let was = is_asked_for(&*tx, user).await?;
        totp::Entity::delete_by_id(user.0).exec(&*tx).await?;
        passkeys::forget(&*tx, user).await?;
        replace_codes(&*tx, user, &[]).await?;
        forget_challenges(&*tx, user).await?;
        tx.commit().await?;
        Ok(was)
    }

    async fn create_challenge(&self, new: &NewChallenge) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        if accounts::lock(&*tx, new.user).await?.deactivated_at.is_some() {
            return Err(StoreError::Conflict("deactivated"));
        }
        make_room(&*tx, new).await?;
        let row = challenge::Model {
            hash: new.token.0.to_vec(),
            user_id: new.user.0,
            created_at: convert::micros(new.now),
            expires_at: convert::micros(new.expires_at),
            tries: 0,
        };
        challenge::Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn challenge_user(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let row = challenge::Entity::find_by_id(token.0.to_vec())
            .filter(challenge::Column::ExpiresAt.gt(convert::micros(now)))
            .filter(challenge::Column::Tries.lt(i64::from(most)));
        let row = row.one(&self.engine.read).await?;
        Ok(row.map(|row| UserId(row.user_id)))
    }

    async fn try_challenge(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let tried = challenge::Entity::update_many()
            .col_expr(challenge::Column::Tries, Expr::col(challenge::Column::Tries).add(1_i64))
            .filter(challenge::Column::Hash.eq(token.0.as_slice()))
            .filter(challenge::Column::ExpiresAt.gt(convert::micros(now)))
            .filter(challenge::Column::Tries.lt(i64::from(most)))
            .exec(&*tx)
            .await?;
        if tried.rows_affected == 0 {
            return Ok(None);
        }
        let row = challenge::Entity::find_by_id(token.0.to_vec()).one(&*tx).await?;
        tx.commit().await?;
        Ok(row.map(|row| UserId(row.user_id)))
    }

    async fn end_challenge(&self, token: &TokenHash) -> Result<bool> {
        let connection = self.engine.write_once(Durability::Disk).await?;
        let ended = challenge::Entity::delete_by_id(token.0.to_vec())
            .exec(&*connection)
            .await?;
        Ok(ended.rows_affected > 0)
    }
}

async fn find_totp(connection: &impl ConnectionTrait, user: UserId) -> Result<Option<totp::Model>> {
    Ok(totp::Entity::find_by_id(user.0).one(connection).await?)
}

/// Whether logins of this user wait for a second factor.
async fn is_asked_for(tx: &impl ConnectionTrait, user: UserId) -> Result<bool> {
    Ok(has_totp(tx, user).await? || passkeys::are_there(tx, user).await?)
}

async fn has_totp(tx: &impl ConnectionTrait, user: UserId) -> Result<bool> {
    let totp = find_totp(tx, user).await?;
    Ok(totp.is_some_and(|row| row.confirmed_at.is_some()))
}

/// How many recovery codes a user has.
pub(super) async fn codes_left(connection: &impl ConnectionTrait, user: UserId) -> Result<u64> {
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(user.0));
    Ok(codes.count(connection).await?)
}

/// Forgets recovery codes where there is nothing to recover from any more.
pub(super) async fn forget_idle_codes(tx: &impl ConnectionTrait, user: UserId) -> Result<()> {
    if is_asked_for(tx, user).await? {
        return Ok(());
    }
    replace_codes(tx, user, &[]).await
}

/// Replaces a user's recovery codes.
pub(super) async fn replace_codes(tx: &impl ConnectionTrait, user: UserId, codes: &[TokenHash]) -> Result<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::UserId.eq(user.0))
        .exec(tx)
        .await?;
    let rows = codes.iter().map(|code| {
        let row = recovery_code::Model {
            user_id: user.0,
            hash: code.0.to_vec(),
        };
        row.into_active_model()
    });
    if rows.len() > 0 {
        recovery_code::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Forgets a user's logins that wait, and what their browsers were asked.
pub(super) async fn forget_challenges(tx: &impl ConnectionTrait, user: UserId) -> Result<()> {
    passkeys::forget_ceremonies(tx, user).await?;
    challenge::Entity::delete_many()
        .filter(challenge::Column::UserId.eq(user.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes challenges that have expired, and the oldest beyond the bound.
async fn make_room(tx: &impl ConnectionTrait, new: &NewChallenge) -> Result<()> {
    let kept: Vec<Vec<u8>> = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::Hash)
        .filter(challenge::Column::UserId.eq(new.user.0))
        .filter(challenge::Column::ExpiresAt.gt(convert::micros(new.now)))
        .order_by_desc(challenge::Column::CreatedAt)
        .limit(convert::bound(new.most.saturating_sub(1)))
        .into_tuple()
        .all(tx)
        .await?;
    challenge::Entity::delete_many()
        .filter(challenge::Column::UserId.eq(new.user.0))
        .filter(challenge::Column::Hash.is_not_in(kept))
        .exec(tx)
        .await?;
    Ok(())
}
