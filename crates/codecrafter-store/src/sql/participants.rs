//! Who takes part in a session, and as what.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Participant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::entities::participant::{Column, Entity, Model};
use super::entities::{session, user};
use super::{bans, convert, invites, sessions, users, waiting};
use crate::Result;
use crate::error::StoreError;
use crate::types::Join;

/// A user's role; `NotFound` without the session. One query: it is asked for with every request.
pub(super) async fn role(db: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<Role>> {
    let same = Condition::all()
        .add(Expr::col((Entity, Column::SessionId)).equals((session::Entity, session::Column::Id)))
        .add(Column::UserId.eq(user.0));
    let query = Query::select()
        .column((Entity, Column::Role))
        .from(session::Entity)
        .left_join(Entity, same)
        .and_where(session::Column::Id.eq(session.0))
        .and_where(session::Column::DeletedAt.is_null())
        .to_owned();
    let row = db.query_one(&query).await?.ok_or(StoreError::NotFound)?;
    let word: Option<String> = row.try_get_by_index(0)?;
    word.map(convert::from_word).transpose()
}

/// All participants, in order of joining.
pub(super) async fn all(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Participant>> {
    sessions::require(db, session).await?;
    let rows = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .order_by_asc(Column::JoinedAt)
        .order_by_asc(Column::UserId)
        .find_both_related(user::Entity)
        .all(db)
        .await?;
    rows.into_iter().map(into_participant).collect()
}

fn into_participant((participant, user): (Model, user::Model)) -> Result<Participant> {
    Ok(Participant {
        user: user.into_person(),
        role: convert::from_word(participant.role)?,
        joined_at: convert::time(participant.joined_at)?,
    })
}

/// Somebody who joins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) session: SessionId,
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) invite: Option<InviteId>,
    pub(super) now: DateTime<Utc>,
}

/// See [`crate::SessionStore::join`]. Whoever is turned away uses up no invite.
pub(super) async fn join(tx: &impl ConnectionTrait, entry: Entry) -> Result<Join> {
    let Entry { session, user, .. } = entry;
    let room = sessions::lock(tx, session).await?;
    require_user_of(tx, session, user).await?;
    if let Some(role) = present(tx, session, user).await? {
        return Ok(Join::Already(role));
    }
    if bans::is_banned(tx, session, user).await? {
        return Ok(Join::Banned);
    }
    let waits = waiting::find(tx, session, user).await?;
    if waits.is_some() && room.waiting_room {
        return Ok(Join::Waiting);
    }
    // Who has waited by this invite has been counted.
    let counted = waits.and_then(|waits| waits.invite_id).map(InviteId);
    let invite = match entry.invite.filter(|invite| Some(*invite) != counted) {
        None => None,
        Some(id) => match invites::usable(tx, session, id, entry.now).await? {
            None => return Ok(Join::InviteSpent),
            usable => usable,
        },
    };
    if room.waiting_room {
        if !waiting::insert(tx, entry).await? {
            return Ok(Join::Full);
        }
    } else {
        if is_full(tx, &room).await? {
            return Ok(Join::Full);
        }
        insert(tx, entry).await?;
    }
    if let Some(invite) = invite {
        invites::count_use(tx, &invite).await?;
    }
    Ok(if room.waiting_room { Join::Waiting } else { Join::Joined })
}

/// The user; `NotFound` for guests of other sessions, too.
async fn require_user_of(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<user::Model> {
    let row = users::lock(tx, user).await?;
    if row.guest_of.is_some_and(|own| own != session.0) {
        return Err(StoreError::NotFound);
    }
    Ok(row)
}

/// A participant's role.
async fn present(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<Role>> {
    let row = Entity::find_by_id((session.0, user.0)).one(tx).await?;
    row.map(|row| convert::from_word(row.role)).transpose()
}

/// See [`crate::SessionStore::set_role`].
pub(super) async fn set_role(
    tx: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Option<Role>> {
    let room = sessions::lock(tx, session).await?;
    let target = require_user_of(tx, session, user).await?;
    if target.guest_of.is_some() && role > Role::Editor {
        return Err(StoreError::Invalid("role"));
    }
    match present(tx, session, user).await? {
        Some(Role::Owner) => Err(StoreError::Conflict("owner")),
        Some(before) => {
            write_role(tx, session, user, role).await?;
            Ok(Some(before))
        }
        None if bans::is_banned(tx, session, user).await? => Err(StoreError::Conflict("banned")),
        None if is_full(tx, &room).await? => Err(StoreError::Full("participants")),
        None => {
            let entry = Entry {
                session,
                user,
                role,
                invite: None,
                now,
            };
            insert(tx, entry).await?;
            Ok(None)
        }
    }
}

async fn write_role(tx: &impl ConnectionTrait, session: SessionId, user: UserId, role: Role) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Role, Expr::value(convert::word(role)))
        .filter(Column::SessionId.eq(session.0))
        .filter(Column::UserId.eq(user.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// See [`crate::SessionStore::remove_participant`]; gives the row that was.
pub(super) async fn remove(tx: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<Model>> {
    sessions::lock(tx, session).await?;
    let row = Entity::find_by_id((session.0, user.0)).one(tx).await?;
    if row.as_ref().is_some_and(|row| row.role == convert::word(Role::Owner)) {
        return Err(StoreError::Conflict("owner"));
    }
    Entity::delete_by_id((session.0, user.0)).exec(tx).await?;
    Ok(row)
}

/// See [`crate::SessionStore::hand_over`].
pub(super) async fn hand_over(
    tx: &impl ConnectionTrait,
    id: SessionId,
    from: UserId,
    to: UserId,
) -> Result<session::Model> {
    let mut room = sessions::lock(tx, id).await?;
    if room.owner_id != from.0 {
        return Err(StoreError::Conflict("owner"));
    }
    let heir = users::lock(tx, to).await?;
    if heir.guest_of.is_some() || heir.deactivated_at.is_some() {
        return Err(StoreError::Invalid("user_id"));
    }
    present(tx, id, to).await?.ok_or(StoreError::NotFound)?;
    write_role(tx, id, from, Role::Admin).await?;
    write_role(tx, id, to, Role::Owner).await?;
    room.owner_id = to.0;
    room.updated_at = Ord::max(room.updated_at, convert::micros(Utc::now()));
    session::Entity::update_many()
        .col_expr(session::Column::OwnerId, Expr::value(room.owner_id))
        .col_expr(session::Column::UpdatedAt, Expr::value(room.updated_at))
        .filter(session::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(room)
}

/// Whether no more fit in.
pub(super) async fn is_full(tx: &impl ConnectionTrait, room: &session::Model) -> Result<bool> {
    let present = Entity::find().filter(Column::SessionId.eq(room.id)).count(tx).await?;
    Ok(present >= convert::number::<u64>(room.max_participants)?)
}

/// Adds a participant, who then no longer waits.
pub(super) async fn insert(tx: &impl ConnectionTrait, entry: Entry) -> Result<()> {
    let row = Model {
        session_id: entry.session.0,
        user_id: entry.user.0,
        role: convert::word(entry.role),
        joined_at: convert::micros(entry.now),
        invite_id: entry.invite.map(|invite| invite.0),
    };
    waiting::remove(tx, entry.session, entry.user).await?;
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
