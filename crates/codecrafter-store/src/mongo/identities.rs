//! Who accounts are at single sign-on providers.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::identity::Identity;
use codecrafter_domain::user::User;
use mongodb::bson::doc;

use super::engine::{Engine, key};
use super::logins::or_nobody;
use super::people::{IdentityPart, UserDocument, require};
use super::{Mongo, claims, users};
use crate::convert;
use crate::error::StoreError;
use crate::types::Connected;
use crate::{IdentityStore, Result};

/// What is claimed.
pub(super) const IDENTITIES: &str = "identities";

#[async_trait]
impl IdentityStore for Mongo {
    async fn identity_user(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<Option<User>> {
        let this = name(issuer, subject)?;
        let Some(user) = self
            .engine
            .ids::<UserDocument>(doc! { "identities.key": &this })
            .await?
            .pop()
        else {
            return Ok(None);
        };
        let found = self.engine.change(&user, |user: &mut UserDocument| {
            let Some(identity) = user.identities.iter_mut().find(|identity| identity.key == this) else {
                return Ok(None);
            };
            identity.used_at = convert::micros(now);
            user.to_user().map(Some)
        });
        or_nobody(found.await, None)
    }

    async fn create_user_of(&self, user: &User, identity: &Identity) -> Result<()> {
        // No password: none fits an empty hash.
        let mut document = UserDocument::new(user, "")?;
        let part = part(identity)?;
        claim(&self.engine, &part).await?;
        document.identities.push(part);
        let created = users::insert(&self.engine, &document).await;
        if created.is_err() {
            release(&self.engine, &document.identities).await?;
        }
        created
    }

    async fn connect(&self, user: UserId, identity: &Identity) -> Result<()> {
        add(&self.engine, &require(&self.engine, user).await?, identity)
            .await
            .map(drop)
    }

    async fn connect_by_email(&self, email: &str, identity: &Identity) -> Result<Connected> {
        let account = doc! { "email": email, "guest_of": null, "deleted_at": null };
        match self.engine.first::<UserDocument>(account).await? {
            None => Ok(Connected::Nobody),
            Some(user) if !user.email_verified => Ok(Connected::Unconfirmed),
            Some(user) => {
                let user = add(&self.engine, &user, identity).await?;
                Ok(Connected::Yes(Box::new(user)))
            }
        }
    }

    async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        let found = self.engine.find::<UserDocument>(&key(user.0)).await?;
        let mut parts = found.map(|user| user.identities).unwrap_or_default();
        parts.sort_by(|a, b| (a.created_at, &a.issuer).cmp(&(b.created_at, &b.issuer)));
        parts.into_iter().map(into_identity).collect()
    }

    async fn disconnect(&self, user: UserId, issuer: &str, issuers: &[String]) -> Result<bool> {
        let removed = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let Some(at) = user.identities.iter().position(|identity| identity.issuer == issuer) else {
                return Ok(None);
            };
            let part = user.identities.remove(at);
            let is_other = |identity: &IdentityPart| issuers.contains(&identity.issuer);
            if user.password_hash.is_empty() && !user.identities.iter().any(is_other) {
                return Err(StoreError::Conflict("last"));
            }
            Ok(Some(part))
        });
        let removed: Option<IdentityPart> = removed.await?;
        release(&self.engine, removed.as_slice()).await?;
        Ok(removed.is_some())
    }
}

/// Adds an identity to an account.
async fn add(engine: &Engine, user: &UserDocument, identity: &Identity) -> Result<User> {
    let part = part(identity)?;
    let fits = |user: &UserDocument| {
        user.require_account()?;
        user.require_active()?;
        if user.identities.iter().any(|own| own.issuer == part.issuer) {
            return Err(StoreError::Conflict("connected"));
        }
        Ok(())
    };
    fits(user)?;
    claim(engine, &part).await?;
    let added = engine.change(&user.id, |user: &mut UserDocument| {
        fits(user)?;
        user.identities.push(part.clone());
        user.to_user()
    });
    let added = added.await;
    if added.is_err() {
        release(engine, std::slice::from_ref(&part)).await?;
    }
    added
}

async fn claim(engine: &Engine, part: &IdentityPart) -> Result<()> {
    let held = engine.is_there::<UserDocument>(doc! { "identities.key": &part.key });
    claims::claim(engine, IDENTITIES, &part.key, held).await
}

/// Lets others have identities that are gone.
pub(super) async fn release(engine: &Engine, gone: &[IdentityPart]) -> Result<()> {
    for part in gone {
        claims::release(engine, IDENTITIES, &part.key).await?;
    }
    Ok(())
}

/// An issuer and a subject as one text.
pub(super) fn name(issuer: &str, subject: &str) -> Result<String> {
    convert::json(&(issuer, subject))
}

fn part(identity: &Identity) -> Result<IdentityPart> {
    Ok(IdentityPart {
        key: name(&identity.issuer, &identity.subject)?,
        issuer: convert::text("issuer", &identity.issuer)?,
        subject: convert::text("subject", &identity.subject)?,
        name: convert::text("name", &identity.name)?,
        created_at: convert::micros(identity.created_at),
        used_at: convert::micros(identity.used_at),
    })
}

fn into_identity(part: IdentityPart) -> Result<Identity> {
    Ok(Identity {
        issuer: part.issuer,
        subject: part.subject,
        name: part.name,
        created_at: convert::time(part.created_at)?,
        used_at: convert::time(part.used_at)?,
    })
}
