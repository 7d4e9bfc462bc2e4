//! Passkeys, and what browsers were asked.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{PasskeyId, UserId};
use codecrafter_domain::second_factor::Passkey;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::engine::Durability;
use super::entities::ceremony;
use super::entities::passkey::{self, Column, Entity, Model};
use super::{Sql, accounts, convert, second_factors};
use crate::error::StoreError;
use crate::passkeys::{Ceremony, NewCeremony, NewPasskey, PasskeyState, StoredPasskey};
use crate::types::TokenHash;
use crate::{PasskeyStore, Result};

#[async_trait]
impl PasskeyStore for Sql {
    async fn add_passkey(&self, new: &NewPasskey, most: u64, codes: &[TokenHash]) -> Result<bool> {
        let row = row(new)?;
        let tx = self.engine.write(Durability::Disk).await?;
        // The account's lock orders those who add side by side.
        accounts::lock(&*tx, new.user).await?;
        if of(new.user).count(&*tx).await? >= most {
            return Err(StoreError::Full("passkeys"));
        }
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        let gets_codes = second_factors::codes_left(&*tx, new.user).await? == 0;
        if gets_codes {
            second_factors::replace_codes(&*tx, new.user, codes).await?;
        }
        tx.commit().await?;
        Ok(gets_codes)
    }

    async fn passkeys(&self, user: UserId) -> Result<Vec<StoredPasskey>> {
        let rows = rows_of(&self.engine.read, user).await?;
        Ok(rows.into_iter().map(Model::into_stored).collect())
    }

    async fn passkey_by_credential(&self, credential_id: &[u8]) -> Result<Option<StoredPasskey>> {
        let found = Entity::find().filter(Column::CredentialId.eq(credential_id));
        Ok(found.one(&self.engine.read).await?.map(Model::into_stored))
    }

    async fn note_passkey_used(&self, id: PasskeyId, state: &PasskeyState, now: DateTime<Utc>) -> Result<bool> {
        let counter = i64::from(state.counter);
        let mut further = Condition::any().add(Column::Counter.lt(counter));
        if counter == 0 {
            further = further.add(Column::Counter.eq(0));
        }
        let connection = self.engine.write_once(Durability::Disk).await?;
        let noted = Entity::update_many()
            .col_expr(
                Column::Credential,
                Expr::value(convert::text("credential", &state.credential)?),
            )
            .col_expr(Column::Counter, Expr::value(counter))
            .col_expr(Column::BackedUp, Expr::value(state.backed_up))
            .col_expr(Column::UsedAt, Expr::value(convert::micros(now)))
            .filter(Column::Id.eq(id.0))
            .filter(further)
            .exec(&*connection)
            .await?;
        Ok(noted.rows_affected > 0)
    }

    async fn rename_passkey(&self, user: UserId, id: PasskeyId, name: &str) -> Result<bool> {
        let connection = self.engine.write_once(Durability::Disk).await?;
        let renamed = Entity::update_many()
            .col_expr(Column::Name, Expr::value(convert::text("name", name)?))
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(user.0))
            .exec(&*connection)
            .await?;
        Ok(renamed.rows_affected > 0)
    }

    async fn remove_passkey(&self, user: UserId, id: PasskeyId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        accounts::lock(&*tx, user).await?;
        let removed = Entity::delete_many()
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(user.0))
            .exec(&*tx)
            .await?;
        if removed.rows_affected == 0 {
            return Ok(false);
        }
        second_factors::forget_idle_codes(&*tx, user).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn keep_ceremony(&self, new: &NewCeremony) -> Result<()> {
        let row = ceremony::Model {
            hash: new.token.0.to_vec(),
            user_id: new.user.map(|user| user.0),
            state: new.state.clone(),
            created_at: convert::micros(new.now),
            expires_at: convert::micros(new.expires_at),
        };
        // A power cut is as good as an expiry.
        let tx = self.engine.write(Durability::Process).await?;
        if let Some(user) = new.user {
            accounts::lock(&*tx, user).await?;
            make_room(&*tx, user, new).await?;
        }
        ceremony::Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn take_ceremony(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Ceremony>> {
        let tx = self.engine.write(Durability::Process).await?;
        let Some(row) = ceremony::Entity::find_by_id(token.0.to_vec()).one(&*tx).await? else {
            return Ok(None);
        };
        let deleted = ceremony::Entity::delete_by_id(row.hash.clone()).exec(&*tx).await?;
        tx.commit().await?;
        let is_good = deleted.rows_affected > 0 && row.expires_at > convert::micros(now);
        Ok(is_good.then(|| Ceremony {
            user: row.user_id.map(UserId),
            state: row.state,
        }))
    }

    async fn purge_ceremonies(&self, now: DateTime<Utc>) -> Result<u64> {
        let connection = self.engine.write_once(Durability::Process).await?;
        let purged = ceremony::Entity::delete_many()
            .filter(ceremony::Column::ExpiresAt.lte(convert::micros(now)))
            .exec(&*connection)
            .await?;
        Ok(purged.rows_affected)
    }
}

fn of(user: UserId) -> Select<Entity> {
    Entity::find().filter(Column::UserId.eq(user.0))
}

async fn rows_of(connection: &impl ConnectionTrait, user: UserId) -> Result<Vec<Model>> {
    let rows = of(user).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    Ok(rows.all(connection).await?)
}

/// A user's passkeys as their owner sees them, the oldest first.
pub(super) async fn list(connection: &impl ConnectionTrait, user: UserId) -> Result<Vec<Passkey>> {
    let rows = rows_of(connection, user).await?;
    rows.into_iter().map(Model::into_passkey).collect()
}

/// Whether a user has any.
pub(super) async fn are_there(connection: &impl ConnectionTrait, user: UserId) -> Result<bool> {
    Ok(of(user).count(connection).await? > 0)
}

/// Forgets a user's passkeys.
pub(super) async fn forget(tx: &impl ConnectionTrait, user: UserId) -> Result<()> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(tx).await?;
    Ok(())
}

/// Forgets what a user's browsers were asked.
pub(super) async fn forget_ceremonies(tx: &impl ConnectionTrait, user: UserId) -> Result<()> {
    ceremony::Entity::delete_many()
        .filter(ceremony::Column::UserId.eq(user.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes what a user was asked and has expired, and the oldest beyond the bound.
async fn make_room(tx: &impl ConnectionTrait, user: UserId, new: &NewCeremony) -> Result<()> {
    let kept: Vec<Vec<u8>> = ceremony::Entity::find()
        .select_only()
        .column(ceremony::Column::Hash)
        .filter(ceremony::Column::UserId.eq(user.0))
        .filter(ceremony::Column::ExpiresAt.gt(convert::micros(new.now)))
        .order_by_desc(ceremony::Column::CreatedAt)
        .limit(convert::bound(new.most.saturating_sub(1)))
        .into_tuple()
        .all(tx)
        .await?;
    ceremony::Entity::delete_many()
        .filter(ceremony::Column::UserId.eq(user.0))
        .filter(ceremony::Column::Hash.is_not_in(kept))
        .exec(tx)
        .await?;
    Ok(())
}

fn row(new: &NewPasskey) -> Result<passkey::Model> {
    Ok(Model {
        id: new.id.0,
        user_id: new.user.0,
        name: convert::text("name", &new.name)?,
        credential_id: new.credential_id.clone(),
        credential: convert::text("credential", &new.state.credential)?,
        counter: i64::from(new.state.counter),
        backed_up: new.state.backed_up,
        created_at: convert::micros(new.now),
        used_at: None,
    })
}

impl Model {
    fn into_stored(self) -> StoredPasskey {
        StoredPasskey {
            id: PasskeyId(self.id),
            user: UserId(self.user_id),
            credential: self.credential,
        }
    }

    fn into_passkey(self) -> Result<Passkey> {
        Ok(Passkey {
            id: PasskeyId(self.id),
            name: self.name,
            backed_up: self.backed_up,
            created_at: convert::time(self.created_at)?,
            used_at: convert::maybe_time(self.used_at)?,
        })
    }
}
