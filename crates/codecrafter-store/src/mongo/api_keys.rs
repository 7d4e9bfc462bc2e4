//! API keys: parts of their users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::id::{ApiKeyId, UserId};
use mongodb::bson::doc;

use super::Mongo;
use super::engine::{id, key};
use super::logins::or_nobody;
use super::people::{KeyPart, UserDocument, binary};
use crate::convert;
use crate::error::StoreError;
use crate::types::{KeyHolder, NewApiKey, TokenHash};
use crate::{ApiKeyStore, Result};

#[async_trait]
impl ApiKeyStore for Mongo {
    async fn create_api_key(&self, new: &NewApiKey, most: u64) -> Result<()> {
        let part = part(new)?;
        if self
            .engine
            .is_there::<UserDocument>(doc! { "api_keys.id": &part.id })
            .await?
        {
            return Err(StoreError::Conflict("id"));
        }
        let created = self.engine.change(key(new.user.0), |user: &mut UserDocument| {
            user.require_active()?;
            if user.api_keys.len() as u64 >= most {
                return Err(StoreError::Full("api_keys"));
            }
            if user.api_keys.iter().any(|key| key.id == part.id) {
                return Err(StoreError::Conflict("id"));
            }
            user.api_keys.push(part.clone());
            Ok(())
        });
        created.await
    }

    async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>> {
        let found = self.engine.find::<UserDocument>(&key(user.0)).await?;
        let mut keys = found.map(|user| user.api_keys).unwrap_or_default();
        keys.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        keys.iter().map(to_key).collect()
    }

    async fn delete_api_key(&self, user: UserId, id: ApiKeyId) -> Result<bool> {
        let deleted = self.engine.change(key(user.0), |user: &mut UserDocument| {
            let (before, this) = (user.api_keys.len(), key(id.0));
            user.api_keys.retain(|key| key.id != this);
            Ok(user.api_keys.len() < before)
        });
        or_nobody(deleted.await, false)
    }

    async fn api_key_holder(&self, id: ApiKeyId, now: DateTime<Utc>) -> Result<Option<KeyHolder>> {
        let this = key(id.0);
        let found: Option<UserDocument> = self.engine.first(doc! { "api_keys.id": &this }).await?;
        let Some(user) = found.filter(|user| user.deactivated_at.is_none()) else {
            return Ok(None);
        };
        let good = |key: &&KeyPart| key.id == this && key.expires_at.is_none_or(|at| at > convert::micros(now));
        let Some(part) = user.api_keys.iter().find(good) else {
            return Ok(None);
        };
        let hash = part.hash.bytes.as_slice().try_into();
        let hash = hash.map_err(|_| StoreError::Unreadable("a key's hash has another length".into()))?;
        Ok(Some(KeyHolder {
            hash: TokenHash(hash),
            key: to_key(part)?,
            user: user.to_user()?,
        }))
    }

    async fn note_api_keys_used(&self, used: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()> {
        for (id, at) in used {
            let (this, at) = (key(id.0), convert::micros(*at));
            let Some(holder) = self
                .engine
                .ids::<UserDocument>(doc! { "api_keys.id": &this })
                .await?
                .pop()
            else {
                continue;
            };
            let noted = self.engine.change(&holder, |user: &mut UserDocument| {
                for key in user.api_keys.iter_mut().filter(|key| key.id == this) {
                    key.last_used_at = key.last_used_at.max(Some(at));
                }
                Ok(())
            });
            or_nobody(noted.await, ())?;
        }
        Ok(())
    }
}

fn part(new: &NewApiKey) -> Result<KeyPart> {
    Ok(KeyPart {
        id: key(new.key.id.0),
        name: convert::text("name", &new.key.name)?,
        hash: binary(new.hash.0),
        scopes: convert::json(&new.key.scopes)?,
        created_at: convert::micros(new.key.created_at),
        expires_at: new.key.expires_at.map(convert::micros),
        last_used_at: new.key.last_used_at.map(convert::micros),
    })
}

fn to_key(part: &KeyPart) -> Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId(id(&part.id)?),
        name: part.name.clone(),
        scopes: convert::from_json(&part.scopes)?,
        created_at: convert::time(part.created_at)?,
        expires_at: convert::maybe_time(part.expires_at)?,
        last_used_at: convert::maybe_time(part.last_used_at)?,
    })
}
