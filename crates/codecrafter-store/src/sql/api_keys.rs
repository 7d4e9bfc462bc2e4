//! API keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::id::{ApiKeyId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::engine::Durability;
use super::entities::api_key::{Column, Entity, Model};
use super::entities::user;
use super::{Sql, convert, users};
use crate::error::StoreError;
use crate::types::{KeyHolder, NewApiKey, TokenHash};
use crate::{ApiKeyStore, Result};

#[async_trait]
impl ApiKeyStore for Sql {
    async fn create_api_key(&self, new: &NewApiKey, most: u64) -> Result<()> {
        let row = row(new)?;
        let tx = self.engine.write(Durability::Disk).await?;
        // The account's lock orders those who add keys side by side.
        if users::lock(&*tx, new.user).await?.deactivated_at.is_some() {
            return Err(StoreError::Conflict("deactivated"));
        }
        let held = Entity::find().filter(Column::UserId.eq(new.user.0)).count(&*tx).await?;
        if held >= most {
            return Err(StoreError::Full("api_keys"));
        }
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(user.0))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .all(&self.engine.read)
            .await?;
        rows.into_iter().map(Model::into_key).collect()
    }

    async fn delete_api_key(&self, user: UserId, id: ApiKeyId) -> Result<bool> {
        let connection = self.engine.write_once(Durability::Disk).await?;
        let deleted = Entity::delete_many()
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(user.0))
            .exec(&*connection)
            .await?;
        Ok(deleted.rows_affected > 0)
    }

    async fn api_key_holder(&self, id: ApiKeyId, now: DateTime<Utc>) -> Result<Option<KeyHolder>> {
        let rows = Entity::find_by_id(id.0)
            .find_both_related(user::Entity)
            .one(&self.engine.read)
            .await?;
        let Some((row, user)) = rows else { return Ok(None) };
        let expired = row.expires_at.is_some_and(|at| at <= convert::micros(now));
        if expired || user.deactivated_at.is_some() {
            return Ok(None);
        }
        let hash = row.hash.as_slice().try_into();
        let hash = hash.map_err(|_| StoreError::Unreadable("a key's hash has another length".into()))?;
        Ok(Some(KeyHolder {
            hash: TokenHash(hash),
            key: row.into_key()?,
            user: user.into_user()?,
        }))
    }

    async fn note_api_keys_used(&self, used: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()> {
        let tx = self.engine.write(Durability::Process).await?;
        for (id, at) in used {
            let at = convert::micros(*at);
            let earlier = Condition::any()
                .add(Column::LastUsedAt.is_null())
                .add(Column::LastUsedAt.lt(at));
            Entity::update_many()
                .col_expr(Column::LastUsedAt, Expr::value(at))
                .filter(Column::Id.eq(id.0))
                .filter(earlier)
                .exec(&*tx)
                .await?;
        }
        tx.commit().await
    }
}

fn row(new: &NewApiKey) -> Result<Model> {
    Ok(Model {
        id: new.key.id.0,
        user_id: new.user.0,
        name: convert::text("name", &new.key.name)?,
        hash: new.hash.0.to_vec(),
        scopes: convert::json(&new.key.scopes)?,
        created_at: convert::micros(new.key.created_at),
        expires_at: new.key.expires_at.map(convert::micros),
        last_used_at: new.key.last_used_at.map(convert::micros),
    })
}

impl Model {
    fn into_key(self) -> Result<ApiKey> {
        Ok(ApiKey {
            id: ApiKeyId(self.id),
            name: self.name,
            scopes: convert::from_json(&self.scopes)?,
            created_at: convert::time(self.created_at)?,
            expires_at: convert::maybe_time(self.expires_at)?,
            last_used_at: convert::maybe_time(self.last_used_at)?,
        })
    }
}
