//! Who is kept out.

use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Ban;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entities::ban::{Column, Entity, Model};
use super::entities::user;
use super::{convert, invites, participants, sessions, users, waiting};
use crate::Result;
use crate::error::StoreError;
use crate::types::NewBan;

/// Whether a user is kept out.
pub(super) async fn is_banned(db: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<bool> {
    Ok(Entity::find_by_id((session.0, user.0)).one(db).await?.is_some())
}

/// See [`crate::DoorStore::ban`].
pub(super) async fn ban(tx: &impl ConnectionTrait, session: SessionId, ban: &NewBan) -> Result<Option<Role>> {
    let target = users::lock(tx, ban.user).await?;
    if target.guest_of.is_some_and(|own| own != session.0) {
        return Err(StoreError::NotFound);
    }
    let was = participants::remove(tx, session, ban.user).await?;
    let waited = waiting::remove(tx, session, ban.user).await?;
    let invite = was.as_ref().and_then(|was| was.invite_id);
    let invite = invite.or_else(|| waited.and_then(|waited| waited.invite_id));
    if let Some(invite) = invite.filter(|_| ban.with_invite) {
        invites::delete(tx, session, InviteId(invite)).await?;
    }
    if !is_banned(tx, session, ban.user).await? {
        insert(tx, session, ban).await?;
    }
    was.map(|was| convert::from_word(was.role)).transpose()
}

async fn insert(tx: &impl ConnectionTrait, session: SessionId, ban: &NewBan) -> Result<()> {
    let row = Model {
        session_id: session.0,
        user_id: ban.user.0,
        by_id: ban.by.0,
        at: convert::micros(ban.at),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Lets somebody join again; whether they were banned.
pub(super) async fn lift(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<bool> {
    sessions::lock(tx, session).await?;
    let lifted = Entity::delete_by_id((session.0, user.0)).exec(tx).await?;
    Ok(lifted.rows_affected > 0)
}

/// Who is banned, the latest first.
pub(super) async fn all(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Ban>> {
    sessions::require(db, session).await?;
    let rows = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .order_by_desc(Column::At)
        .order_by_desc(Column::UserId)
        .find_both_related(user::Entity)
        .all(db)
        .await?;
    let by: Vec<Uuid> = rows.iter().map(|(ban, _)| ban.by_id).collect();
    let deciders = user::Entity::find().filter(user::Column::Id.is_in(by)).all(db).await?;
    rows.into_iter()
        .map(|(ban, user)| {
            let by = deciders.iter().find(|decider| decider.id == ban.by_id);
            Ok(Ban {
                user: user.into_person(),
                by: by.cloned().ok_or(StoreError::NotFound)?.into_person(),
                at: convert::time(ban.at)?,
            })
        })
        .collect()
}
