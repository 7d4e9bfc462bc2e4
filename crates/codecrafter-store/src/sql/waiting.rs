//! Who has asked to be let in.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::session::Waiting;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::entities::user;
use super::entities::waiting::{Column, Entity, Model};
use super::participants::{self, Entry};
use super::{convert, sessions};
use crate::Result;
use crate::types::Admission;

/// How many may wait at a session's door.
const MOST_WAITING: u64 = 200;

/// Somebody who waits.
pub(super) async fn find(db: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id((session.0, user.0)).one(db).await?)
}

/// Who waits, the longest waiting first.
pub(super) async fn all(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Waiting>> {
    sessions::require(db, session).await?;
    let rows = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .order_by_asc(Column::AskedAt)
        .order_by_asc(Column::UserId)
        .find_both_related(user::Entity)
        .all(db)
        .await?;
    rows.into_iter().map(into_waiting).collect()
}

fn into_waiting((waiting, user): (Model, user::Model)) -> Result<Waiting> {
    Ok(Waiting {
        user: user.into_person(),
        role: convert::from_word(waiting.role)?,
        asked_at: convert::time(waiting.asked_at)?,
    })
}

/// Has somebody wait; whether there was room at the door.
pub(super) async fn insert(tx: &impl ConnectionTrait, entry: Entry) -> Result<bool> {
    let same_door = Entity::find().filter(Column::SessionId.eq(entry.session.0));
    if same_door.count(tx).await? >= MOST_WAITING {
        return Ok(false);
    }
    let row = Model {
        session_id: entry.session.0,
        user_id: entry.user.0,
        role: convert::word(entry.role),
        invite_id: entry.invite.map(|invite| invite.0),
        asked_at: convert::micros(entry.now),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(true)
}

/// Ends somebody's waiting; the row that was.
pub(super) async fn remove(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<Model>> {
    let row = find(tx, session, user).await?;
    if row.is_some() {
        Entity::delete_by_id((session.0, user.0)).exec(tx).await?;
    }
    Ok(row)
}

/// See [`crate::DoorStore::admit`].
pub(super) async fn admit(
    tx: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Admission> {
    let room = sessions::lock(tx, session).await?;
    let Some(row) = find(tx, session, user).await? else {
        return Ok(Admission::NotWaiting);
    };
    if participants::is_full(tx, &room).await? {
        return Ok(Admission::Full);
    }
    let entry = Entry {
        session,
        user,
        role: convert::from_word(row.role)?,
        invite: row.invite_id.map(InviteId),
        now,
    };
    participants::insert(tx, entry).await?;
    Ok(Admission::Admitted(entry.role))
}

/// Checks that the session is there, and ends somebody's waiting; whether they waited.
pub(super) async fn turn_away(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<bool> {
    sessions::lock(tx, session).await?;
    Ok(remove(tx, session, user).await?.is_some())
}
