//! Logins and their refresh tokens. A login is a part of its user and knows the one token that is not used; tokens are
//! documents by their hashes that say which login they are of.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Device, Login};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::Mongo;
use super::engine::{Engine, Stored, hex, id, key};
use super::people::{LoginPart, UserDocument};
use crate::convert;
use crate::error::StoreError;
use crate::types::{NewLogin, Rotation, TokenHash};
use crate::{LoginStore, Result};

/// Which login a token is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TokenDocument {
    #[serde(rename = "_id")]
    pub(super) hash: String,
    pub(super) version: i64,
    pub(super) user: String,
    pub(super) login: String,
    pub(super) expires_at: i64,
}

impl Stored for TokenDocument {
    const COLLECTION: &'static str = "refresh_tokens";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl LoginStore for Mongo {
    async fn create_login(&self, new: &NewLogin) -> Result<()> {
        let login = part(new)?;
        let now = convert::micros(new.now);
        // The token first: a login whose token is not known could never go on.
        insert_token(&self.engine, new.user, new.id, &new.token, new.expires_at).await?;
        let created = self.engine.change(key(new.user.0), |user: &mut UserDocument| {
            user.require_active()?;
            let dead = |login: &LoginPart| login.ended || login.expires_at <= now;
            let forgotten: Vec<String> = user
                .logins
                .iter()
                .filter(|login| dead(login))
                .map(|login| login.id.clone())
                .collect();
            user.logins.retain(|login| !dead(login));
            user.logins.push(login.clone());
            Ok(forgotten)
        });
        match created.await {
            Ok(forgotten) => forget_tokens(&self.engine, forgotten).await,
            Err(error) => {
                self.engine.remove::<TokenDocument>(&login.token).await?;
                Err(error)
            }
        }
    }

    async fn rotate(
        &self,
        old: &TokenHash,
        new: &TokenHash,
        device: &Device,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation> {
        let Some(token) = self.engine.find::<TokenDocument>(&hex(&old.0)).await? else {
            return Ok(Rotation::Unknown);
        };
        if token.expires_at <= convert::micros(now) {
            return Ok(Rotation::Unknown);
        }
        let ids = (UserId(id(&token.user)?), LoginId(id(&token.login)?));
        let (agent, address) = (
            convert::text("agent", &device.agent)?,
            convert::text("address", &device.address)?,
        );
        insert_token(&self.engine, ids.0, ids.1, new, expires_at).await?;
        let rotated = self.engine.change(&token.user, |user: &mut UserDocument| {
            let login = user
                .logins
                .iter_mut()
                .find(|login| login.id == token.login && is_live(login, now));
            let Some(login) = login else {
                return Ok(Rotation::Unknown);
            };
            if login.token != token.hash {
                login.ended = true;
                return Ok(Rotation::Reused {
                    user: ids.0,
                    login: ids.1,
                });
            }
            login.token = hex(&new.0);
            login.expires_at = convert::micros(expires_at);
            login.used_at = convert::micros(now);
            login.agent.clone_from(&agent);
            login.address.clone_from(&address);
            Ok(Rotation::Rotated {
                user: ids.0,
                login: ids.1,
            })
        });
        let rotation = or_nobody(rotated.await, Rotation::Unknown)?;
        if matches!(rotation, Rotation::Rotated { .. }) {
            let spent = doc! { "login": &token.login, "expires_at": { "$lte": convert::micros(now) } };
            self.engine.remove_all::<TokenDocument>(spent).await?;
        } else {
            self.engine.remove::<TokenDocument>(&hex(&new.0)).await?;
        }
        Ok(rotation)
    }

    async fn end_login(&self, token: &TokenHash) -> Result<Option<(UserId, LoginId)>> {
        let Some(token) = self.engine.find::<TokenDocument>(&hex(&token.0)).await? else {
            return Ok(None);
        };
        let ended = self.engine.change(&token.user, |user: &mut UserDocument| {
            let login = user.logins.iter_mut().find(|login| login.id == token.login);
            Ok(login.map(|login| login.ended = true).is_some())
        });
        let was_there = or_nobody(ended.await, false)?;
        Ok(was_there.then_some((UserId(id(&token.user)?), LoginId(id(&token.login)?))))
    }

    async fn end_login_of(&self, user: UserId, id: LoginId) -> Result<bool> {
        let ended = self.engine.change(key(user.0), |user: &mut UserDocument| {
            let this = key(id.0);
            let login = user.logins.iter_mut().find(|login| login.id == this && !login.ended);
            Ok(login.map(|login| login.ended = true).is_some())
        });
        or_nobody(ended.await, false)
    }

    async fn end_logins(&self, user: UserId, keep: Option<LoginId>) -> Result<u64> {
        let ended = self
            .engine
            .change(key(user.0), |user: &mut UserDocument| Ok(end_all(user, keep)));
        or_nobody(ended.await, 0)
    }

    async fn logins(&self, user: UserId, now: DateTime<Utc>) -> Result<Vec<Login>> {
        let Some(user) = self.engine.find::<UserDocument>(&key(user.0)).await? else {
            return Ok(Vec::new());
        };
        let mut live: Vec<_> = user.logins.into_iter().filter(|login| is_live(login, now)).collect();
        live.sort_by(|a, b| (b.used_at, &b.id).cmp(&(a.used_at, &a.id)));
        live.into_iter().map(into_login).collect()
    }

    async fn login_user(&self, id: LoginId, now: DateTime<Utc>) -> Result<Option<User>> {
        let user = holder(&self.engine, id, now).await?;
        user.map(|user| user.to_user()).transpose()
    }

    async fn login_is_live(&self, id: LoginId, now: DateTime<Utc>) -> Result<bool> {
        Ok(holder(&self.engine, id, now).await?.is_some())
    }
}

/// The user who has this login, if it is live.
async fn holder(engine: &Engine, id: LoginId, now: DateTime<Utc>) -> Result<Option<UserDocument>> {
    let this = key(id.0);
    let found: Option<UserDocument> = engine.first(doc! { "logins.id": &this }).await?;
    Ok(found.filter(|user| user.logins.iter().any(|login| login.id == this && is_live(login, now))))
}

fn is_live(login: &LoginPart, now: DateTime<Utc>) -> bool {
    !login.ended && login.expires_at > convert::micros(now)
}

/// Ends a user's logins, all or all but one, and what waits to become one; how many had not ended.
pub(super) fn end_all(user: &mut UserDocument, keep: Option<LoginId>) -> u64 {
    let keep = keep.map(|id| key(id.0));
    user.challenges.clear();
    user.ceremonies.clear();
    let mut ended = 0;
    for login in &mut user.logins {
        if !login.ended && keep.as_ref() != Some(&login.id) {
            login.ended = true;
            ended += 1;
        }
    }
    ended
}

/// What is answered about a user who is not there.
pub(super) fn or_nobody<T>(answer: Result<T>, nobody: T) -> Result<T> {
    match answer {
        Err(StoreError::NotFound) => Ok(nobody),
        answer => answer,
    }
}

async fn insert_token(
    engine: &Engine,
    user: UserId,
    login: LoginId,
    token: &TokenHash,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let token = TokenDocument {
        hash: hex(&token.0),
        version: 0,
        user: key(user.0),
        login: key(login.0),
        expires_at: convert::micros(expires_at),
    };
    match engine.insert(&token).await {
        Err(StoreError::Conflict(_)) => Err(StoreError::Conflict("token")),
        answer => answer,
    }
}

/// Forgets the tokens of logins that are forgotten.
pub(super) async fn forget_tokens(engine: &Engine, logins: Vec<String>) -> Result<()> {
    if !logins.is_empty() {
        engine
            .remove_all::<TokenDocument>(doc! { "login": { "$in": logins } })
            .await?;
    }
    Ok(())
}

fn part(new: &NewLogin) -> Result<LoginPart> {
    Ok(LoginPart {
        id: key(new.id.0),
        token: hex(&new.token.0),
        ended: false,
        expires_at: convert::micros(new.expires_at),
        created_at: convert::micros(new.now),
        used_at: convert::micros(new.now),
        agent: convert::text("agent", &new.device.agent)?,
        address: convert::text("address", &new.device.address)?,
    })
}

fn into_login(login: LoginPart) -> Result<Login> {
    Ok(Login {
        id: LoginId(id(&login.id)?),
        device: Device {
            agent: login.agent,
            address: login.address,
        },
        created_at: convert::time(login.created_at)?,
        used_at: convert::time(login.used_at)?,
        expires_at: convert::time(login.expires_at)?,
    })
}
