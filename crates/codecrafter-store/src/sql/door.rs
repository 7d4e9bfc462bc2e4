//! Letting people in, and keeping them out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Ban, Waiting};
use codecrafter_domain::user::User;

use super::engine::Durability;
use super::{Sql, bans, participants, users, waiting};
use crate::error::StoreError;
use crate::types::{Admission, Join, NewBan};
use crate::{DoorStore, Result};

/// No password has this hash.
const NO_PASSWORD: &str = "";

#[async_trait]
impl DoorStore for Sql {
    async fn join_as_guest(&self, guest: &User, role: Role, invite: InviteId, now: DateTime<Utc>) -> Result<Join> {
        let session = guest.guest_of.ok_or(StoreError::Invalid("guest"))?;
        let tx = self.engine.write(Durability::Disk).await?;
        users::insert(&*tx, guest, NO_PASSWORD).await?;
        let entry = participants::Entry {
            session,
            user: guest.id,
            role,
            invite: Some(invite),
            now,
        };
        let joined = participants::join(&*tx, entry).await?;
        if matches!(joined, Join::Joined | Join::Waiting) {
            tx.commit().await?;
        }
        Ok(joined)
    }

    async fn waiting(&self, session: SessionId) -> Result<Vec<Waiting>> {
        waiting::all(&self.engine.read, session).await
    }

    async fn is_waiting(&self, session: SessionId, user: UserId) -> Result<bool> {
        super::sessions::require(&self.engine.read, session).await?;
        Ok(waiting::find(&self.engine.read, session, user).await?.is_some())
    }

    async fn admit(&self, session: SessionId, user: UserId, now: DateTime<Utc>) -> Result<Admission> {
        let tx = self.engine.write(Durability::Disk).await?;
        let admission = waiting::admit(&*tx, session, user, now).await?;
        tx.commit().await?;
        Ok(admission)
    }

    async fn turn_away(&self, session: SessionId, user: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let waited = waiting::turn_away(&*tx, session, user).await?;
        tx.commit().await?;
        Ok(waited)
    }

    async fn ban(&self, session: SessionId, ban: &NewBan) -> Result<Option<Role>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let was = bans::ban(&*tx, session, ban).await?;
        tx.commit().await?;
        Ok(was)
    }

    async fn lift_ban(&self, session: SessionId, user: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let lifted = bans::lift(&*tx, session, user).await?;
        tx.commit().await?;
        Ok(lifted)
    }

    async fn bans(&self, session: SessionId) -> Result<Vec<Ban>> {
        bans::all(&self.engine.read, session).await
    }

    async fn is_banned(&self, session: SessionId, user: UserId) -> Result<bool> {
        bans::is_banned(&self.engine.read, session, user).await
    }
}
