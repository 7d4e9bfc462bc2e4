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
use super::{convert, invites, sessions};
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

/// See [`crate::SessionStore::join`]. Whoever is turned away uses up no invite.
pub(super) async fn join(
    tx: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    role: Role,
    invite: Option<InviteId>,
    now: DateTime<Utc>,
) -> Result<Join> {
    let room = sessions::lock(tx, session).await?;
    if let Some(present) = Entity::find_by_id((session.0, user.0)).one(tx).await? {
        return Ok(Join::Already(convert::from_word(present.role)?));
    }
    let invite = match invite {
        None => None,
        Some(id) => match invites::usable(tx, session, id, now).await? {
            None => return Ok(Join::InviteSpent),
            usable => usable,
        },
    };
    if is_full(tx, &room).await? {
        return Ok(Join::Full);
    }
    if let Some(invite) = invite {
        invites::count_use(tx, &invite).await?;
    }
    insert(tx, session, user, role, now).await?;
    Ok(Join::Joined)
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
    if let Some(present) = Entity::find_by_id((session.0, user.0)).one(tx).await? {
        Entity::update_many()
            .col_expr(Column::Role, Expr::value(convert::word(role)))
            .filter(Column::SessionId.eq(session.0))
            .filter(Column::UserId.eq(user.0))
            .exec(tx)
            .await?;
        return convert::from_word(present.role).map(Some);
    }
    if is_full(tx, &room).await? {
        return Err(StoreError::Full("participants"));
    }
    insert(tx, session, user, role, now).await?;
    Ok(None)
}

async fn is_full(tx: &impl ConnectionTrait, room: &session::Model) -> Result<bool> {
    let present = Entity::find().filter(Column::SessionId.eq(room.id)).count(tx).await?;
    Ok(present >= convert::number::<u64>(room.max_participants)?)
}

async fn insert(
    tx: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = Model {
        session_id: session.0,
        user_id: user.0,
        role: convert::word(role),
        joined_at: convert::micros(now),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
