//! Accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::UserId;
use codecrafter_domain::user::User;
use mongodb::bson::doc;

use super::engine::{Engine, key};
use super::people::{UserDocument, require, search_text};
use super::{Mongo, logins};
use crate::convert;
use crate::error::StoreError;
use crate::types::UserPatch;
use crate::{Result, UserStore};

#[async_trait]
impl UserStore for Mongo {
    async fn create_user(&self, user: &User, password_hash: &str) -> Result<()> {
        insert(&self.engine, &UserDocument::new(user, password_hash)?).await
    }

    async fn user(&self, id: UserId) -> Result<User> {
        require(&self.engine, id).await?.to_user()
    }

    async fn user_by_login(&self, login: &str) -> Result<(User, String)> {
        let login = convert::text("login", login).map_err(|_| StoreError::NotFound)?;
        // Names have no @ and addresses have one, so that at most one matches.
        let field = if login.contains('@') { "email" } else { "username" };
        let account = doc! { field: login, "guest_of": null, "deleted_at": null };
        let found: UserDocument = self.engine.first(account).await?.ok_or(StoreError::NotFound)?;
        Ok((found.to_user()?, found.password_hash))
    }

    async fn update_user(&self, id: UserId, patch: &UserPatch) -> Result<User> {
        let patched = self.engine.change(key(id.0), |user: &mut UserDocument| {
            if let Some(name) = &patch.display_name {
                user.display_name = convert::text("display_name", name)?;
                user.search = search_text(&user.username, &user.display_name);
            }
            if let Some(color) = &patch.color {
                user.color = convert::text("color", color)?;
            }
            if let Some(bio) = &patch.bio {
                user.bio = convert::text("bio", bio)?;
            }
            if let Some(links) = &patch.links {
                user.links.clone_from(links);
            }
            user.to_user()
        });
        patched.await
    }

    async fn deactivate(&self, id: UserId, now: DateTime<Utc>) -> Result<bool> {
        let deactivated = self.engine.change(key(id.0), |user: &mut UserDocument| {
            let is_new = user.deactivated_at.is_none();
            user.deactivated_at.get_or_insert(convert::micros(now));
            logins::end_all(user, None);
            Ok(is_new)
        });
        deactivated.await
    }

    async fn activate(&self, id: UserId) -> Result<bool> {
        let activated = self.engine.change(key(id.0), |user: &mut UserDocument| {
            Ok(user.deactivated_at.take().is_some())
        });
        activated.await
    }
}

/// Adds an account or a guest. `Conflict` names what is taken.
pub(super) async fn insert(engine: &Engine, user: &UserDocument) -> Result<()> {
    match engine.insert(user).await {
        Err(StoreError::Conflict(_)) => Err(StoreError::Conflict(taken(engine, user).await?)),
        answer => answer,
    }
}

/// What of a user another one has, where the server says that something is.
pub(super) async fn taken(engine: &Engine, user: &UserDocument) -> Result<&'static str> {
    let others = |field: &str, value: &String| doc! { field: value, "_id": { "$ne": &user.id } };
    if engine.is_there::<UserDocument>(doc! { "_id": &user.id }).await? {
        return Ok("id");
    }
    if engine.is_there::<UserDocument>(others("email", &user.email)).await? {
        return Ok("email");
    }
    Ok("username")
}
