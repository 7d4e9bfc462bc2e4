//! Passkeys, and what browsers were asked. What is asked of a user is a part of the user; what is asked of nobody known
//! is a document of its own.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{PasskeyId, UserId};
use codecrafter_domain::second_factor::Passkey;
use mongodb::bson::{Binary, doc};
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored, hex, id, key};
use super::logins::or_nobody;
use super::people::{CeremonyPart, PasskeyPart, UserDocument, binary};
use super::second_factors::{forget_idle_codes, keep_latest, stored};
use super::{Mongo, claims};
use crate::convert;
use crate::error::StoreError;
use crate::passkeys::{Ceremony, NewCeremony, NewPasskey, PasskeyState, StoredPasskey};
use crate::types::TokenHash;
use crate::{PasskeyStore, Result};

/// What is claimed.
pub(super) const CREDENTIAL: &str = "credential_id";

/// What a browser was asked, of nobody known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CeremonyDocument {
    #[serde(rename = "_id")]
    pub(super) hash: String,
    pub(super) version: i64,
    pub(super) state: Binary,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
}

impl Stored for CeremonyDocument {
    const COLLECTION: &'static str = "ceremonies";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl PasskeyStore for Mongo {
    async fn add_passkey(&self, new: &NewPasskey, most: u64, codes: &[TokenHash]) -> Result<bool> {
        let part = part(new)?;
        let has_room = |user: &UserDocument| {
            user.require_account()?;
            if user.passkeys.len() as u64 >= most {
                return Err(StoreError::Full("passkeys"));
            }
            Ok(())
        };
        has_room(&super::people::require(&self.engine, new.user).await?)?;
        let held = self
            .engine
            .is_there::<UserDocument>(doc! { "passkeys.credential_id": &part.credential_id });
        claims::claim(&self.engine, CREDENTIAL, &part.credential_id, held).await?;
        let added = self.engine.change(key(new.user.0), |user: &mut UserDocument| {
            has_room(user)?;
            user.passkeys.push(part.clone());
            let gets_codes = user.recovery_codes.is_empty();
            if gets_codes {
                user.recovery_codes = stored(codes);
            }
            Ok(gets_codes)
        });
        let added = added.await;
        if added.is_err() {
            claims::release(&self.engine, CREDENTIAL, &part.credential_id).await?;
        }
        added
    }

    async fn passkeys(&self, user: UserId) -> Result<Vec<StoredPasskey>> {
        let Some(user) = self.engine.find::<UserDocument>(&key(user.0)).await? else {
            return Ok(Vec::new());
        };
        in_order(&user).into_iter().map(|part| to_stored(&user, part)).collect()
    }

    async fn passkey_by_credential(&self, credential_id: &[u8]) -> Result<Option<StoredPasskey>> {
        let name = hex(credential_id);
        let found: Option<UserDocument> = self.engine.first(doc! { "passkeys.credential_id": &name }).await?;
        let Some(user) = found else { return Ok(None) };
        let part = user.passkeys.iter().find(|part| part.credential_id == name);
        part.map(|part| to_stored(&user, part)).transpose()
    }

    async fn note_passkey_used(&self, id: PasskeyId, state: &PasskeyState, now: DateTime<Utc>) -> Result<bool> {
        let this = key(id.0);
        let credential = convert::text("credential", &state.credential)?;
        let counter = i64::from(state.counter);
        let Some(user) = self
            .engine
            .ids::<UserDocument>(doc! { "passkeys.id": &this })
            .await?
            .pop()
        else {
            return Ok(false);
        };
        let noted = self.engine.change(&user, |user: &mut UserDocument| {
            let further = |part: &&mut PasskeyPart| part.counter < counter || (counter == 0 && part.counter == 0);
            let part = user.passkeys.iter_mut().find(|part| part.id == this).filter(further);
            let Some(part) = part else { return Ok(false) };
            part.credential.clone_from(&credential);
            part.counter = counter;
            part.backed_up = state.backed_up;
            part.used_at = Some(convert::micros(now));
            Ok(true)
        });
        or_nobody(noted.await, false)
    }

    async fn rename_passkey(&self, user: UserId, id: PasskeyId, name: &str) -> Result<bool> {
        let name = convert::text("name", name)?;
        let renamed = self.engine.change(key(user.0), |user: &mut UserDocument| {
            let this = key(id.0);
            let part = user.passkeys.iter_mut().find(|part| part.id == this);
            Ok(part.map(|part| part.name.clone_from(&name)).is_some())
        });
        or_nobody(renamed.await, false)
    }

    async fn remove_passkey(&self, user: UserId, id: PasskeyId) -> Result<bool> {
        let removed = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let this = key(id.0);
            let Some(at) = user.passkeys.iter().position(|part| part.id == this) else {
                return Ok(None);
            };
            let part = user.passkeys.remove(at);
            forget_idle_codes(user);
            Ok(Some(part))
        });
        let removed: Option<PasskeyPart> = removed.await?;
        release(&self.engine, removed.as_slice()).await?;
        Ok(removed.is_some())
    }

    async fn keep_ceremony(&self, new: &NewCeremony) -> Result<()> {
        let Some(user) = new.user else {
            let ceremony = CeremonyDocument {
                hash: hex(&new.token.0),
                version: 0,
                state: binary(new.state.clone()),
                created_at: convert::micros(new.now),
                expires_at: convert::micros(new.expires_at),
            };
            return self.engine.insert(&ceremony).await;
        };
        let kept = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            keep_latest(&mut user.ceremonies, new.most.saturating_sub(1), |ceremony| {
                (ceremony.expires_at > convert::micros(new.now)).then_some(ceremony.created_at)
            });
            user.ceremonies.push(CeremonyPart {
                hash: hex(&new.token.0),
                state: binary(new.state.clone()),
                created_at: convert::micros(new.now),
                expires_at: convert::micros(new.expires_at),
            });
            Ok(())
        });
        kept.await
    }

    async fn take_ceremony(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Ceremony>> {
        let hash = hex(&token.0);
        if let Some(found) = self.engine.find::<CeremonyDocument>(&hash).await? {
            let is_mine = self.engine.remove::<CeremonyDocument>(&hash).await?;
            let is_good = is_mine && found.expires_at > convert::micros(now);
            return Ok(is_good.then_some(Ceremony {
                user: None,
                state: found.state.bytes,
            }));
        }
        let Some(user) = self
            .engine
            .ids::<UserDocument>(doc! { "ceremonies.hash": &hash })
            .await?
            .pop()
        else {
            return Ok(None);
        };
        let answer = self.engine.change(&user, |user: &mut UserDocument| {
            let Some(at) = user.ceremonies.iter().position(|ceremony| ceremony.hash == hash) else {
                return Ok(None);
            };
            let ceremony = user.ceremonies.remove(at);
            let is_good = ceremony.expires_at > convert::micros(now);
            Ok(is_good.then_some(Ceremony {
                user: Some(user.user_id()?),
                state: ceremony.state.bytes,
            }))
        });
        or_nobody(answer.await, None)
    }

    async fn purge_ceremonies(&self, now: DateTime<Utc>) -> Result<u64> {
        let now = convert::micros(now);
        let mut purged = self
            .engine
            .remove_all::<CeremonyDocument>(doc! { "expires_at": { "$lte": now } })
            .await?;
        let expired = doc! { "ceremonies.expires_at": { "$lte": now } };
        for user in self.engine.ids::<UserDocument>(expired).await? {
            let forgotten = self.engine.change(&user, |user: &mut UserDocument| {
                let before = user.ceremonies.len();
                user.ceremonies.retain(|ceremony| ceremony.expires_at > now);
                Ok((before - user.ceremonies.len()) as u64)
            });
            purged += or_nobody(forgotten.await, 0)?;
        }
        Ok(purged)
    }
}

/// A user's passkeys as their owner sees them, the oldest first.
pub(super) fn list(user: &UserDocument) -> Result<Vec<Passkey>> {
    in_order(user).into_iter().map(to_passkey).collect()
}

fn in_order(user: &UserDocument) -> Vec<&PasskeyPart> {
    let mut parts: Vec<_> = user.passkeys.iter().collect();
    parts.sort_by_key(|part| (part.created_at, &part.id));
    parts
}

/// Forgets a user's passkeys; those that are then to be released.
pub(super) fn take(user: &mut UserDocument) -> Vec<PasskeyPart> {
    std::mem::take(&mut user.passkeys)
}

/// Lets others have the names of passkeys that are gone.
pub(super) async fn release(engine: &Engine, gone: &[PasskeyPart]) -> Result<()> {
    for part in gone {
        claims::release(engine, CREDENTIAL, &part.credential_id).await?;
    }
    Ok(())
}

fn part(new: &NewPasskey) -> Result<PasskeyPart> {
    Ok(PasskeyPart {
        id: key(new.id.0),
        name: convert::text("name", &new.name)?,
        credential_id: hex(&new.credential_id),
        credential: convert::text("credential", &new.state.credential)?,
        counter: i64::from(new.state.counter),
        backed_up: new.state.backed_up,
        created_at: convert::micros(new.now),
        used_at: None,
    })
}

fn to_stored(user: &UserDocument, part: &PasskeyPart) -> Result<StoredPasskey> {
    Ok(StoredPasskey {
        id: PasskeyId(id(&part.id)?),
        user: user.user_id()?,
        credential: part.credential.clone(),
    })
}

fn to_passkey(part: &PasskeyPart) -> Result<Passkey> {
    Ok(Passkey {
        id: PasskeyId(id(&part.id)?),
        name: part.name.clone(),
        backed_up: part.backed_up,
        created_at: convert::time(part.created_at)?,
        used_at: convert::maybe_time(part.used_at)?,
    })
}
