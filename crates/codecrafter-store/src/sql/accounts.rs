//! Passwords, addresses and preferences of accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Preferences, PreferencesPatch};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::engine::Durability;
use super::entities::{api_key, identity, link, preferences, user};
use super::{Sql, convert, farewell, logins, passkeys, second_factors, users};
use crate::error::StoreError;
use crate::types::{Confirmed, Farewell, LinkPurpose, NewLink, TokenHash};
use crate::{AccountStore, Result};

#[async_trait]
impl AccountStore for Sql {
    async fn password_hash(&self, id: UserId) -> Result<String> {
        let row = user::Entity::find_by_id(id.0).one(&self.engine.read).await?;
        Ok(account(row)?.password_hash)
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<LoginId>) -> Result<u64> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = lock(&*tx, id).await?;
        let ended = replace_password(&*tx, row, hash, keep).await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn add_link(&self, new: &NewLink) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        lock(&*tx, new.user).await?;
        make_room(&*tx, new).await?;
        let row = link::Model {
            hash: new.token.0.to_vec(),
            user_id: new.user.0,
            purpose: convert::word(new.purpose),
            email: convert::text("email", &new.email)?,
            created_at: convert::micros(new.now),
            expires_at: convert::micros(new.expires_at),
        };
        link::Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn link_user(&self, token: &TokenHash, purpose: LinkPurpose, now: DateTime<Utc>) -> Result<Option<User>> {
        let Some(link) = usable(&self.engine.read, token, purpose, now).await? else {
            return Ok(None);
        };
        let row = user::Entity::find_by_id(link.user_id).one(&self.engine.read).await?;
        account(row)?.into_user().map(Some)
    }

    async fn reset_password(&self, token: &TokenHash, hash: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let Some((link, mut row)) = take(&*tx, token, LinkPurpose::Reset, now).await? else {
            return Ok(None);
        };
        let id = UserId(row.id);
        // Whoever got the mail has shown that the address is theirs.
        if row.email == link.email && !row.email_verified {
            row.email_verified = true;
            // Whoever registered it may have been somebody else, who must not stay in by another way.
            forget_other_ways_in(&*tx, id).await?;
        }
        replace_password(&*tx, row, hash, None).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    async fn set_pending_email(&self, id: UserId, email: Option<&str>) -> Result<User> {
        let tx = self.engine.write(Durability::Disk).await?;
        let mut row = lock(&*tx, id).await?;
        if let Some(email) = email {
            refuse_taken(&*tx, id, email).await?;
        }
        forget_links(&*tx, id, Some(LinkPurpose::Verify)).await?;
        row.pending_email = email.map(|email| convert::text("email", email)).transpose()?;
        let mut change = row.clone().into_active_model();
        change.pending_email = Set(row.pending_email.clone());
        user::Entity::update(change).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        row.into_user()
    }

    async fn confirm_email(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Confirmed>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let Some((link, row)) = take(&*tx, token, LinkPurpose::Verify, now).await? else {
            return Ok(None);
        };
        let confirmed = confirm(&*tx, row, &link.email).await?;
        tx.commit().await?;
        Ok(confirmed)
    }

    async fn preferences(&self, id: UserId) -> Result<Preferences> {
        account(user::Entity::find_by_id(id.0).one(&self.engine.read).await?)?;
        liked(&self.engine.read, id).await
    }

    async fn patch_preferences(&self, id: UserId, patch: &PreferencesPatch) -> Result<Preferences> {
        let tx = self.engine.write(Durability::Disk).await?;
        lock(&*tx, id).await?;
        let preferences = liked(&*tx, id).await?.with(patch.clone());
        let row = preferences::Model {
            user_id: id.0,
            preferences: convert::json(&preferences)?,
        };
        let replace = OnConflict::column(preferences::Column::UserId)
            .update_column(preferences::Column::Preferences)
            .to_owned();
        preferences::Entity::insert(row.into_active_model())
            .on_conflict(replace)
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await?;
        Ok(preferences)
    }

    async fn delete_account(&self, id: UserId, now: DateTime<Utc>) -> Result<Farewell> {
        let tx = self.engine.write(Durability::Disk).await?;
        let row = lock(&*tx, id).await?;
        let farewell = farewell::delete(&*tx, row, now).await?;
        tx.commit().await?;
        Ok(farewell)
    }
}

/// The row, if it is an account that is still there.
fn account(row: Option<user::Model>) -> Result<user::Model> {
    row.filter(|row| row.guest_of.is_none() && row.deleted_at.is_none())
        .ok_or(StoreError::NotFound)
}

/// The row of an account that is still there, unchanging until the transaction ends.
pub(super) async fn lock(tx: &impl ConnectionTrait, id: UserId) -> Result<user::Model> {
    account(Some(users::lock(tx, id).await?))
}

/// Stores the row with another password. Ends what the one before, or somebody who can read the mails, had begun.
async fn replace_password(
    tx: &impl ConnectionTrait,
    row: user::Model,
    hash: &str,
    keep: Option<LoginId>,
) -> Result<u64> {
    let id = UserId(row.id);
    let email_verified = row.email_verified;
    let mut change = row.into_active_model();
    change.password_hash = Set(convert::text("password_hash", hash)?);
    change.email_verified = Set(email_verified);
    user::Entity::update(change).exec_without_returning(tx).await?;
    forget_links(tx, id, Some(LinkPurpose::Reset)).await?;
    logins::end_all(tx, id, keep).await
}

/// Removes what signs in besides the password.
async fn forget_other_ways_in(tx: &impl ConnectionTrait, id: UserId) -> Result<()> {
    identity::Entity::delete_many()
        .filter(identity::Column::UserId.eq(id.0))
        .exec(tx)
        .await?;
    passkeys::forget(tx, id).await?;
    second_factors::forget_idle_codes(tx, id).await?;
    api_key::Entity::delete_many()
        .filter(api_key::Column::UserId.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets a user's links, all or those of one purpose.
async fn forget_links(tx: &impl ConnectionTrait, id: UserId, purpose: Option<LinkPurpose>) -> Result<()> {
    let mut links = link::Entity::delete_many().filter(link::Column::UserId.eq(id.0));
    if let Some(purpose) = purpose {
        links = links.filter(link::Column::Purpose.eq(convert::word(purpose)));
    }
    links.exec(tx).await?;
    Ok(())
}

/// Removes links that have expired, and the oldest beyond the bound.
async fn make_room(tx: &impl ConnectionTrait, new: &NewLink) -> Result<()> {
    let mine = || {
        link::Entity::find()
            .filter(link::Column::UserId.eq(new.user.0))
            .filter(link::Column::Purpose.eq(convert::word(new.purpose)))
    };
    let kept: Vec<Vec<u8>> = mine()
        .select_only()
        .column(link::Column::Hash)
        .filter(link::Column::ExpiresAt.gt(convert::micros(new.now)))
        .order_by_desc(link::Column::CreatedAt)
        .limit(convert::bound(new.most.saturating_sub(1)))
        .into_tuple()
        .all(tx)
        .await?;
    link::Entity::delete_many()
        .filter(link::Column::UserId.eq(new.user.0))
        .filter(link::Column::Purpose.eq(convert::word(new.purpose)))
        .filter(link::Column::Hash.is_not_in(kept))
        .exec(tx)
        .await?;
    Ok(())
}

async fn usable(
    db: &impl ConnectionTrait,
    token: &TokenHash,
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Result<Option<link::Model>> {
    let link = link::Entity::find_by_id(token.0.to_vec())
        .filter(link::Column::Purpose.eq(convert::word(purpose)))
        .filter(link::Column::ExpiresAt.gt(convert::micros(now)));
    Ok(link.one(db).await?)
}

/// A usable link with its account, locked; the link is gone from then on.
async fn take(
    tx: &impl ConnectionTrait,
    token: &TokenHash,
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Result<Option<(link::Model, user::Model)>> {
    let Some(found) = usable(tx, token, purpose, now).await? else {
        return Ok(None);
    };
    // The account's lock orders all that happens to its links: of two that take one, the second removes nothing.
    let row = lock(tx, UserId(found.user_id)).await?;
    let removed = link::Entity::delete_by_id(found.hash.clone()).exec(tx).await?;
    Ok((removed.rows_affected == 1).then_some((found, row)))
}

/// Marks the address as theirs; `None` for one that is neither theirs nor to become so.
async fn confirm(tx: &impl ConnectionTrait, mut row: user::Model, email: &str) -> Result<Option<Confirmed>> {
    let id = UserId(row.id);
    let is_new = row.pending_email.as_deref() == Some(email);
    if row.email != email && !is_new {
        return Ok(None);
    }
    let mut change = row.clone().into_active_model();
    let mut replaced = None;
    if is_new {
        refuse_taken(tx, id, email).await?;
        replaced = Some(std::mem::replace(&mut row.email, email.to_owned())).filter(|before| before != email);
        row.pending_email = None;
        change.email = Set(row.email.clone());
        change.pending_email = Set(None);
        forget_links(tx, id, None).await?;
    }
    row.email_verified = true;
    change.email_verified = Set(true);
    user::Entity::update(change).exec_without_returning(tx).await?;
    let user = row.into_user()?;
    Ok(Some(Confirmed { user, replaced }))
}

async fn refuse_taken(tx: &impl ConnectionTrait, id: UserId, email: &str) -> Result<()> {
    let others = user::Entity::find()
        .filter(user::Column::Email.eq(email))
        .filter(user::Column::Id.ne(id.0));
    match others.one(tx).await? {
        Some(_) => Err(StoreError::Conflict("email")),
        None => Ok(()),
    }
}

async fn liked(db: &impl ConnectionTrait, id: UserId) -> Result<Preferences> {
    let row = preferences::Entity::find_by_id(id.0).one(db).await?;
    row.map_or_else(
        || Ok(Preferences::default()),
        |row| convert::from_json(&row.preferences),
    )
}
