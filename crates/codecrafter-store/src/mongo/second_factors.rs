//! Second factors, and logins that wait for them: parts of their users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::second_factor::{SecondFactors, Totp};
use mongodb::bson::doc;

use super::engine::{hex, key};
use super::logins::or_nobody;
use super::people::{ChallengePart, TotpPart, UserDocument, binary};
use super::{Mongo, passkeys};
use crate::convert;
use crate::error::StoreError;
use crate::second_factors::{NewChallenge, StoredTotp};
use crate::types::TokenHash;
use crate::{Result, SecondFactorStore};

#[async_trait]
impl SecondFactorStore for Mongo {
    async fn second_factors(&self, user: UserId) -> Result<SecondFactors> {
        let Some(user) = self.engine.find::<UserDocument>(&key(user.0)).await? else {
            return Ok(SecondFactors {
                totp: None,
                passkeys: Vec::new(),
                recovery_codes: 0,
            });
        };
        let since = convert::maybe_time(user.totp.as_ref().and_then(|totp| totp.confirmed_at))?;
        Ok(SecondFactors {
            totp: since.map(|enabled_at| Totp { enabled_at }),
            passkeys: passkeys::list(&user)?,
            recovery_codes: user.recovery_codes.len() as u64,
        })
    }

    async fn begin_totp(&self, user: UserId, secret: &[u8], now: DateTime<Utc>) -> Result<()> {
        let begun = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            if has_totp(user) {
                return Err(StoreError::Conflict("totp"));
            }
            user.totp = Some(TotpPart {
                secret: binary(secret),
                created_at: convert::micros(now),
                confirmed_at: None,
                spent_step: 0,
            });
            Ok(())
        });
        begun.await
    }

    async fn totp(&self, user: UserId) -> Result<Option<StoredTotp>> {
        let found = self.engine.find::<UserDocument>(&key(user.0)).await?;
        let Some(totp) = found.and_then(|user| user.totp) else {
            return Ok(None);
        };
        Ok(Some(StoredTotp {
            confirmed_at: convert::maybe_time(totp.confirmed_at)?,
            secret: totp.secret.bytes,
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
        let confirmed = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let waits = |totp: &&mut TotpPart| totp.secret.bytes == secret && totp.confirmed_at.is_none();
            let Some(totp) = user.totp.as_mut().filter(waits) else {
                return Ok(false);
            };
            totp.confirmed_at = Some(convert::micros(now));
            totp.spent_step = convert::column(step);
            user.recovery_codes = stored(codes);
            Ok(true)
        });
        confirmed.await
    }

    async fn spend_totp(&self, user: UserId, step: u64) -> Result<bool> {
        let step = convert::column(step);
        let spent = self.engine.change(key(user.0), |user: &mut UserDocument| {
            let fresh = |totp: &&mut TotpPart| totp.confirmed_at.is_some() && totp.spent_step < step;
            let totp = user.totp.as_mut().filter(fresh);
            Ok(totp.map(|totp| totp.spent_step = step).is_some())
        });
        or_nobody(spent.await, false)
    }

    async fn remove_totp(&self, user: UserId) -> Result<bool> {
        let removed = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let was = has_totp(user);
            user.totp = None;
            forget_idle_codes(user);
            Ok(was)
        });
        removed.await
    }

    async fn spend_recovery_code(&self, user: UserId, code: &TokenHash) -> Result<bool> {
        let code = hex(&code.0);
        let spent = self.engine.change(key(user.0), |user: &mut UserDocument| {
            let before = user.recovery_codes.len();
            user.recovery_codes.retain(|known| *known != code);
            Ok(user.recovery_codes.len() < before)
        });
        or_nobody(spent.await, false)
    }

    async fn replace_recovery_codes(&self, user: UserId, codes: &[TokenHash]) -> Result<()> {
        let replaced = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            if !is_asked_for(user) {
                return Err(StoreError::Conflict("second_factor"));
            }
            user.recovery_codes = stored(codes);
            Ok(())
        });
        replaced.await
    }

    async fn reset_second_factors(&self, user: UserId) -> Result<bool> {
        let reset = self.engine.change(key(user.0), |user: &mut UserDocument| {
            user.require_account()?;
            let was = is_asked_for(user);
            user.totp = None;
            user.recovery_codes.clear();
            user.challenges.clear();
            user.ceremonies.clear();
            Ok((was, passkeys::take(user)))
        });
        let (was, passkeys) = reset.await?;
        passkeys::release(&self.engine, &passkeys).await?;
        Ok(was)
    }

    async fn create_challenge(&self, new: &NewChallenge) -> Result<()> {
        let created = self.engine.change(key(new.user.0), |user: &mut UserDocument| {
            user.require_account()?;
            user.require_active()?;
            let kept = new.most.saturating_sub(1);
            keep_latest(&mut user.challenges, kept, |challenge| {
                (challenge.expires_at > convert::micros(new.now)).then_some(challenge.created_at)
            });
            user.challenges.push(ChallengePart {
                hash: hex(&new.token.0),
                created_at: convert::micros(new.now),
                expires_at: convert::micros(new.expires_at),
                tries: 0,
            });
            Ok(())
        });
        created.await
    }

    async fn challenge_user(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let hash = hex(&token.0);
        let found: Option<UserDocument> = self.engine.first(doc! { "challenges.hash": &hash }).await?;
        let mut found = found.into_iter();
        let user = found.find(|user| {
            user.challenges
                .iter()
                .any(|challenge| challenge.hash == hash && goes_on(challenge, most, now))
        });
        user.map(|user| user.user_id()).transpose()
    }

    async fn try_challenge(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let hash = hex(&token.0);
        let Some(user) = self
            .engine
            .ids::<UserDocument>(doc! { "challenges.hash": &hash })
            .await?
            .pop()
        else {
            return Ok(None);
        };
        let tried = self.engine.change(&user, |user: &mut UserDocument| {
            let this = |challenge: &&mut ChallengePart| challenge.hash == hash && goes_on(challenge, most, now);
            let Some(challenge) = user.challenges.iter_mut().find(this) else {
                return Ok(None);
            };
            challenge.tries += 1;
            user.user_id().map(Some)
        });
        or_nobody(tried.await, None)
    }

    async fn end_challenge(&self, token: &TokenHash) -> Result<bool> {
        let hash = hex(&token.0);
        let Some(user) = self
            .engine
            .ids::<UserDocument>(doc! { "challenges.hash": &hash })
            .await?
            .pop()
        else {
            return Ok(false);
        };
        let ended = self.engine.change(&user, |user: &mut UserDocument| {
            let before = user.challenges.len();
            user.challenges.retain(|challenge| challenge.hash != hash);
            Ok(user.challenges.len() < before)
        });
        or_nobody(ended.await, false)
    }
}

fn goes_on(challenge: &ChallengePart, most: u32, now: DateTime<Utc>) -> bool {
    challenge.expires_at > convert::micros(now) && challenge.tries < i64::from(most)
}

/// Keeps the latest parts: `created` says when one was made, unless it is over.
pub(super) fn keep_latest<T>(parts: &mut Vec<T>, most: u64, created: impl Fn(&T) -> Option<i64>) {
    parts.retain(|part| created(part).is_some());
    parts.sort_by_key(|part| created(part));
    let beyond = parts.len().saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
    parts.drain(..beyond);
}

fn has_totp(user: &UserDocument) -> bool {
    user.totp.as_ref().is_some_and(|totp| totp.confirmed_at.is_some())
}

/// Whether logins of this user wait for a second factor.
fn is_asked_for(user: &UserDocument) -> bool {
    has_totp(user) || !user.passkeys.is_empty()
}

/// Forgets recovery codes where there is nothing to recover from any more.
pub(super) fn forget_idle_codes(user: &mut UserDocument) {
    if !is_asked_for(user) {
        user.recovery_codes.clear();
    }
}

/// Recovery codes as they are stored.
pub(super) fn stored(codes: &[TokenHash]) -> Vec<String> {
    codes.iter().map(|code| hex(&code.0)).collect()
}
