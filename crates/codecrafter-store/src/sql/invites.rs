//! Invitation links.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId};
use codecrafter_domain::session::Invite;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::entities::invite::{Column, Entity, Model};
use super::{convert, sessions};
use crate::Result;
use crate::error::StoreError;

/// Adds an invite.
pub(super) async fn insert(tx: &impl ConnectionTrait, invite: &Invite) -> Result<()> {
    let row = Model {
        id: invite.id.0,
        session_id: invite.session_id.0,
        token: convert::text("token", &invite.token)?,
        role: convert::word(invite.role),
        expires_at: invite.expires_at.map(convert::micros),
        max_uses: invite.max_uses.map(Into::into),
        uses: invite.uses.into(),
        created_at: convert::micros(invite.created_at),
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A session's invites, oldest first.
pub(super) async fn all(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Invite>> {
    let rows = Entity::find()
        .filter(Column::SessionId.eq(session.0))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Model::into_invite).collect()
}

/// The invite with this token, into a session that is not deleted.
pub(super) async fn by_token(db: &impl ConnectionTrait, token: &str) -> Result<Invite> {
    let token = convert::text("token", token).map_err(|_| StoreError::NotFound)?;
    let row = Entity::find().filter(Column::Token.eq(token)).one(db).await?;
    let invite = row.ok_or(StoreError::NotFound)?.into_invite()?;
    sessions::require(db, invite.session_id).await?;
    Ok(invite)
}

/// Removes an invite; whether there was one in that session.
pub(super) async fn delete(tx: &impl ConnectionTrait, session: SessionId, id: InviteId) -> Result<bool> {
    let deleted = Entity::delete_many()
        .filter(Column::Id.eq(id.0))
        .filter(Column::SessionId.eq(session.0))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// The invite if it still opens this session; locked until the transaction ends.
pub(super) async fn usable(
    tx: &impl ConnectionTrait,
    session: SessionId,
    id: InviteId,
    now: DateTime<Utc>,
) -> Result<Option<Model>> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::SessionId.eq(session.0))
        .lock_exclusive()
        .one(tx)
        .await?;
    let expired = |at: i64| at <= convert::micros(now);
    Ok(row.filter(|invite| {
        !invite.expires_at.is_some_and(expired) && invite.max_uses.is_none_or(|max| invite.uses < max)
    }))
}

/// Counts one use.
pub(super) async fn count_use(tx: &impl ConnectionTrait, invite: &Model) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Uses, Expr::col(Column::Uses).add(1))
        .filter(Column::Id.eq(invite.id))
        .exec(tx)
        .await?;
    Ok(())
}

impl Model {
    fn into_invite(self) -> Result<Invite> {
        Ok(Invite {
            id: InviteId(self.id),
            session_id: SessionId(self.session_id),
            token: self.token,
            role: convert::from_word(self.role)?,
            expires_at: convert::maybe_time(self.expires_at)?,
            max_uses: self.max_uses.map(convert::number).transpose()?,
            uses: convert::number(self.uses)?,
            created_at: convert::time(self.created_at)?,
        })
    }
}
