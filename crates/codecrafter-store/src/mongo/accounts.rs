//! Passwords, addresses and preferences of accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Preferences, PreferencesPatch};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;
use mongodb::bson::doc;

use super::engine::{Engine, hex, key};
use super::logins::or_nobody;
use super::people::{IdentityPart, MailPart, PasskeyPart, UserDocument, require};
use super::second_factors::{forget_idle_codes, keep_latest};
use super::{Mongo, farewell, identities, logins, passkeys};
use crate::convert;
use crate::error::StoreError;
use crate::types::{Confirmed, Farewell, LinkPurpose, NewLink, TokenHash};
use crate::{AccountStore, Result};

#[async_trait]
impl AccountStore for Mongo {
    async fn password_hash(&self, id: UserId) -> Result<String> {
        let user = require(&self.engine, id).await?;
        user.require_account()?;
        Ok(user.password_hash)
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<LoginId>) -> Result<u64> {
        let hash = convert::text("password_hash", hash)?;
        let replaced = self.engine.change(key(id.0), |user: &mut UserDocument| {
            user.require_account()?;
            Ok(replace_password(user, &hash, keep))
        });
        replaced.await
    }

    async fn add_link(&self, new: &NewLink) -> Result<()> {
        let purpose = convert::word(new.purpose);
        let email = convert::text("email", &new.email)?;
        let added = self.engine.change(key(new.user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let (mut same, others): (Vec<_>, Vec<_>) = std::mem::take(&mut user.mails)
                .into_iter()
                .partition(|mail| mail.purpose == purpose);
            keep_latest(&mut same, new.most.saturating_sub(1), |mail| {
                (mail.expires_at > convert::micros(new.now)).then_some(mail.created_at)
            });
            user.mails = others;
            user.mails.extend(same);
            user.mails.push(MailPart {
                hash: hex(&new.token.0),
                purpose: purpose.clone(),
                email: email.clone(),
                created_at: convert::micros(new.now),
                expires_at: convert::micros(new.expires_at),
            });
            Ok(())
        });
        added.await
    }

    async fn link_user(&self, token: &TokenHash, purpose: LinkPurpose, now: DateTime<Utc>) -> Result<Option<User>> {
        let Some(user) = holder(&self.engine, token).await? else {
            return Ok(None);
        };
        if position(&user, token, purpose, now).is_none() {
            return Ok(None);
        }
        user.require_account()?;
        user.to_user().map(Some)
    }

    async fn reset_password(&self, token: &TokenHash, hash: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let hash = convert::text("password_hash", hash)?;
        let Some(user) = holder(&self.engine, token).await? else {
            return Ok(None);
        };
        let reset = self.engine.change(&user.id, |user: &mut UserDocument| {
            let Some(at) = position(user, token, LinkPurpose::Reset, now) else {
                return Ok(None);
            };
            let mail = user.mails.remove(at);
            let mut gone = (Vec::new(), Vec::new());
            // Whoever got the mail has shown that the address is theirs.
            if user.email == mail.email && !user.email_verified {
                user.email_verified = true;
                // Whoever registered it may have been somebody else, who must not stay in by another way.
                gone = forget_other_ways_in(user);
            }
            replace_password(user, &hash, None);
            Ok(Some((user.user_id()?, gone)))
        });
        let Some((id, (identities, passkeys))) = or_nobody(reset.await, None)? else {
            return Ok(None);
        };
        identities::release(&self.engine, &identities).await?;
        passkeys::release(&self.engine, &passkeys).await?;
        Ok(Some(id))
    }

    async fn set_pending_email(&self, id: UserId, email: Option<&str>) -> Result<User> {
        let email = email.map(|email| convert::text("email", email)).transpose()?;
        require(&self.engine, id).await?.require_account()?;
        if let Some(email) = &email {
            refuse_taken(&self.engine, id, email).await?;
        }
        let set = self.engine.change(key(id.0), |user: &mut UserDocument| {
            user.require_account()?;
            forget_mails(user, Some(LinkPurpose::Verify));
            user.pending_email.clone_from(&email);
            user.to_user()
        });
        set.await
    }

    async fn confirm_email(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Confirmed>> {
        let Some(user) = holder(&self.engine, token).await? else {
            return Ok(None);
        };
        if let Some(email) = replacing(&user, token, now) {
            refuse_taken(&self.engine, user.user_id()?, email).await?;
        }
        let confirmed = self
            .engine
            .change(&user.id, |user: &mut UserDocument| confirm(user, token, now))
            .await;
        match (confirmed, replacing(&user, token, now)) {
            // The index on addresses has refused it: somebody else was faster.
            (Err(error), Some(email)) => {
                refuse_taken(&self.engine, user.user_id()?, email).await?;
                or_nobody(Err(error), None)
            }
            (confirmed, _) => or_nobody(confirmed, None),
        }
    }

    async fn preferences(&self, id: UserId) -> Result<Preferences> {
        let user = require(&self.engine, id).await?;
        user.require_account()?;
        liked(&user)
    }

    async fn patch_preferences(&self, id: UserId, patch: &PreferencesPatch) -> Result<Preferences> {
        let patched = self.engine.change(key(id.0), |user: &mut UserDocument| {
            user.require_account()?;
            let preferences = liked(user)?.with(patch.clone());
            user.preferences = Some(convert::json(&preferences)?);
            Ok(preferences)
        });
        patched.await
    }

    async fn delete_account(&self, id: UserId, now: DateTime<Utc>) -> Result<Farewell> {
        farewell::delete(&self.engine, id, now).await
    }
}

/// Whose link it is, whatever for.
async fn holder(engine: &Engine, token: &TokenHash) -> Result<Option<UserDocument>> {
    engine.first(doc! { "mails.hash": hex(&token.0) }).await
}

/// Where among a user's links this one stands, if it can still be used for this.
fn position(user: &UserDocument, token: &TokenHash, purpose: LinkPurpose, now: DateTime<Utc>) -> Option<usize> {
    let (hash, purpose) = (hex(&token.0), convert::word(purpose));
    let usable = |mail: &MailPart| mail.hash == hash && mail.purpose == purpose;
    user.mails
        .iter()
        .position(|mail| usable(mail) && mail.expires_at > convert::micros(now))
}

/// Takes another password. Ends what the one before, or somebody who can read the mails, had begun.
fn replace_password(user: &mut UserDocument, hash: &str, keep: Option<LoginId>) -> u64 {
    hash.clone_into(&mut user.password_hash);
    forget_mails(user, Some(LinkPurpose::Reset));
    logins::end_all(user, keep)
}

/// Removes what signs in besides the password; what of it is to be released.
fn forget_other_ways_in(user: &mut UserDocument) -> (Vec<IdentityPart>, Vec<PasskeyPart>) {
    let gone = (std::mem::take(&mut user.identities), passkeys::take(user));
    forget_idle_codes(user);
    user.api_keys.clear();
    gone
}

/// Forgets a user's links, all or those of one purpose.
fn forget_mails(user: &mut UserDocument, purpose: Option<LinkPurpose>) {
    let purpose = purpose.map(convert::word);
    user.mails
        .retain(|mail| purpose.as_ref().is_some_and(|purpose| mail.purpose != *purpose));
}

/// The address that a link is to put in the place of the account's, if it does.
fn replacing<'a>(user: &'a UserDocument, token: &TokenHash, now: DateTime<Utc>) -> Option<&'a str> {
    let at = position(user, token, LinkPurpose::Verify, now)?;
    let email = user.mails[at].email.as_str();
    (user.pending_email.as_deref() == Some(email)).then_some(email)
}

/// Marks the address as theirs; `None` for one that is neither theirs nor to become so.
fn confirm(user: &mut UserDocument, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Confirmed>> {
    let Some(at) = position(user, token, LinkPurpose::Verify, now) else {
        return Ok(None);
    };
    let email = user.mails.remove(at).email;
    let is_new = user.pending_email.as_deref() == Some(email.as_str());
    if user.email != email && !is_new {
        return Ok(None);
    }
    let mut replaced = None;
    if is_new {
        replaced = Some(std::mem::replace(&mut user.email, email.clone())).filter(|before| *before != email);
        user.pending_email = None;
        forget_mails(user, None);
    }
    user.email_verified = true;
    Ok(Some(Confirmed {
        user: user.to_user()?,
        replaced,
    }))
}

async fn refuse_taken(engine: &Engine, id: UserId, email: &str) -> Result<()> {
    let others = doc! { "email": email, "_id": { "$ne": key(id.0) } };
    if engine.is_there::<UserDocument>(others).await? {
        return Err(StoreError::Conflict("email"));
    }
    Ok(())
}

fn liked(user: &UserDocument) -> Result<Preferences> {
    user.preferences
        .as_deref()
        .map_or_else(|| Ok(Preferences::default()), convert::from_json)
}
