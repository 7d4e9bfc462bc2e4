//! Sessions; participants and invites have modules of their own.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Participant, Session, Visibility};
use sea_orm::sea_query::{Expr, LikeExpr, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Select,
};

use super::engine::Durability;
use super::entities::session::{ActiveModel, Column, Entity, Model};
use super::entities::{document, participant, user};
use super::{Sql, convert, invites, page, participants, purge};
use crate::error::StoreError;
use crate::types::{Join, Page, PageRequest, SessionFilter, SessionOrder, SessionPatch, SessionScope};
use crate::{Result, SessionStore};

/// Characters of a search; no title or description is longer.
const SEARCH_CHARS: usize = 2_000;

#[async_trait]
impl SessionStore for Sql {
    async fn create_session(&self, session: &Session) -> Result<()> {
        let row = Model::from_session(session)?;
        let owner = participant::Model {
            session_id: session.id.0,
            user_id: session.owner_id.0,
            role: convert::word(Role::Owner),
            joined_at: convert::micros(session.created_at),
            invite_id: None,
        };
        let document = document::Model {
            session_id: session.id.0,
            last_seq: 0,
            base_version: 0,
        };
        let tx = self.engine.write(Durability::Disk).await?;
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        participant::Entity::insert(owner.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        document::Entity::insert(document.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        tx.commit().await
    }

    async fn session(&self, id: SessionId) -> Result<Session> {
        let row = live(id).one(&self.engine.read).await?;
        row.ok_or(StoreError::NotFound)?.into_session()
    }

    async fn sessions(&self, scope: SessionScope, filter: &SessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        let column = match (scope, filter.order) {
            (SessionScope::Deleted(_), _) => Column::DeletedAt,
            (_, SessionOrder::Changed) => Column::UpdatedAt,
            (_, SessionOrder::Created) => Column::CreatedAt,
        };
        let query = page::narrow(select(scope, filter)?, column, Column::Id, page)?;
        let key = |row: &Model| page::Key {
            at: match column {
                Column::DeletedAt => row.deleted_at.unwrap_or_default(),
                Column::CreatedAt => row.created_at,
                _ => row.updated_at,
            },
            id: row.id,
        };
        page::assemble(query.all(&self.engine.read).await?, page, key, Model::into_session)
    }

    async fn update_session(&self, id: SessionId, patch: &SessionPatch) -> Result<Session> {
        let tx = self.engine.write(Durability::Disk).await?;
        let mut row = lock(&*tx, id).await?;
        if *patch == SessionPatch::default() {
            return row.into_session();
        }
        let change = row.apply(patch)?;
        Entity::update(change).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        row.into_session()
    }

    async fn delete_session(&self, id: SessionId) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        let deleted = Entity::update_many()
            .col_expr(Column::DeletedAt, Expr::value(convert::micros(Utc::now())))
            .filter(Column::Id.eq(id.0))
            .filter(Column::DeletedAt.is_null())
            .exec(&*tx)
            .await?;
        if deleted.rows_affected == 0 {
            return Err(StoreError::NotFound);
        }
        tx.commit().await
    }

    async fn restore_session(&self, id: SessionId, owner: UserId, since: DateTime<Utc>) -> Result<Session> {
        let tx = self.engine.write(Durability::Disk).await?;
        let restored = Entity::update_many()
            .col_expr(Column::DeletedAt, Expr::value(None::<i64>))
            .filter(Column::Id.eq(id.0))
            .filter(Column::OwnerId.eq(owner.0))
            .filter(Column::DeletedAt.gt(convert::micros(since)))
            .exec(&*tx)
            .await?;
        if restored.rows_affected == 0 {
            return Err(StoreError::NotFound);
        }
        let session = lock(&*tx, id).await?.into_session()?;
        tx.commit().await?;
        Ok(session)
    }

    async fn purge_sessions(&self, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64> {
        purge::sessions(&self.engine, deleted_before, limit).await
    }

    async fn hand_over(&self, id: SessionId, from: UserId, to: UserId) -> Result<Session> {
        let tx = self.engine.write(Durability::Disk).await?;
        let session = participants::hand_over(&*tx, id, from, to).await?;
        tx.commit().await?;
        session.into_session()
    }

    async fn role(&self, session: SessionId, user: UserId) -> Result<Option<Role>> {
        participants::role(&self.engine.read, session, user).await
    }

    async fn participants(&self, session: SessionId) -> Result<Vec<Participant>> {
        participants::all(&self.engine.read, session).await
    }

    async fn join(
        &self,
        session: SessionId,
        user: UserId,
        role: Role,
        invite: Option<InviteId>,
        now: DateTime<Utc>,
    ) -> Result<Join> {
        let tx = self.engine.write(Durability::Disk).await?;
        let entry = participants::Entry {
            session,
            user,
            role,
            invite,
            now,
        };
        let joined = participants::join(&*tx, entry).await?;
        tx.commit().await?;
        Ok(joined)
    }

    async fn set_role(&self, session: SessionId, user: UserId, role: Role, now: DateTime<Utc>) -> Result<Option<Role>> {
        let tx = self.engine.write(Durability::Disk).await?;
        let before = participants::set_role(&*tx, session, user, role, now).await?;
        tx.commit().await?;
        Ok(before)
    }

    async fn remove_participant(&self, session: SessionId, user: UserId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        let removed = participants::remove(&*tx, session, user).await?;
        tx.commit().await?;
        Ok(removed.is_some())
    }

    async fn create_invite(&self, invite: &Invite) -> Result<()> {
        let tx = self.engine.write(Durability::Disk).await?;
        require(&*tx, invite.session_id).await?;
        invites::insert(&*tx, invite).await?;
        tx.commit().await
    }

    async fn invites(&self, session: SessionId) -> Result<Vec<Invite>> {
        require(&self.engine.read, session).await?;
        invites::all(&self.engine.read, session).await
    }

    async fn invite_by_token(&self, token: &str) -> Result<Invite> {
        invites::by_token(&self.engine.read, token).await
    }

    async fn delete_invite(&self, session: SessionId, id: InviteId) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        require(&*tx, session).await?;
        let deleted = invites::delete(&*tx, session, id).await?;
        tx.commit().await?;
        Ok(deleted)
    }
}

/// The session unless it is deleted.
pub(super) fn live(id: SessionId) -> Select<Entity> {
    Entity::find_by_id(id.0).filter(Column::DeletedAt.is_null())
}

/// The session, unchanging and undeleted until the transaction ends; `NotFound`.
pub(super) async fn lock(tx: &impl ConnectionTrait, id: SessionId) -> Result<Model> {
    live(id).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

/// `NotFound` unless there is such a session.
pub(super) async fn require(db: &impl ConnectionTrait, id: SessionId) -> Result<()> {
    db.query_one(&found(id)).await?.map(drop).ok_or(StoreError::NotFound)
}

/// Finds a row if there is this session, not deleted.
pub(super) fn found(id: SessionId) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Column::Id.eq(id.0))
        .and_where(Column::DeletedAt.is_null())
        .to_owned()
}

/// The sessions of a scope that a filter lets through.
fn select(scope: SessionScope, filter: &SessionFilter) -> Result<Select<Entity>> {
    let mut query = match scope {
        SessionScope::Mine(user) => Entity::find()
            .filter(Column::DeletedAt.is_null())
            .filter(Column::Id.in_subquery(taken_part_in(user))),
        SessionScope::Public => Entity::find()
            .filter(Column::DeletedAt.is_null())
            .filter(Column::Visibility.eq(convert::word(Visibility::Public))),
        SessionScope::Deleted(owner) => Entity::find()
            .filter(Column::DeletedAt.is_not_null())
            .filter(Column::OwnerId.eq(owner.0)),
    };
    if let Some(language) = &filter.language {
        query = query.filter(Column::Language.eq(convert::text("language", language)?));
    }
    if let Some(q) = &filter.q {
        query = query.filter(found_by(q)?);
    }
    Ok(query)
}

/// Sessions with `q` in title, description, or the owner's names.
pub(super) fn found_by(q: &str) -> Result<Condition> {
    let pattern = search_pattern(q)?;
    Ok(Condition::any()
        .add(Column::OwnerId.in_subquery(owners_like(&pattern)))
        .add(Column::Search.like(pattern)))
}

fn owners_like(pattern: &LikeExpr) -> SelectStatement {
    Query::select()
        .column(user::Column::Id)
        .from(user::Entity)
        .and_where(user::Column::Search.like(pattern.clone()))
        .to_owned()
}

fn taken_part_in(user: UserId) -> SelectStatement {
    Query::select()
        .column(participant::Column::SessionId)
        .from(participant::Entity)
        .and_where(participant::Column::UserId.eq(user.0))
        .to_owned()
}

/// What finds `q` anywhere in the folded text, with its wildcards taken literally.
pub(super) fn search_pattern(q: &str) -> Result<LikeExpr> {
    if q.chars().count() > SEARCH_CHARS {
        return Err(StoreError::Invalid("q"));
    }
    let mut pattern = String::from("%");
    for c in convert::text("q", q)?.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Ok(LikeExpr::new(pattern).escape('\\'))
}

fn search_text(title: &str, description: &str) -> String {
    format!("{title}\n{description}").to_lowercase()
}

impl Model {
    fn from_session(session: &Session) -> Result<Self> {
        Ok(Self {
            id: session.id.0,
            title: convert::text("title", &session.title)?,
            description: convert::text("description", &session.description)?,
            search: search_text(&session.title, &session.description),
            language: convert::text("language", &session.language)?,
            visibility: convert::word(session.visibility),
            owner_id: session.owner_id.0,
            max_participants: session.max_participants.into(),
            forked_from: session.forked_from.map(|id| id.0),
            created_at: convert::micros(session.created_at),
            updated_at: convert::micros(session.updated_at),
            deleted_at: session.deleted_at.map(convert::micros),
            waiting_room: session.waiting_room,
        })
    }

    pub(super) fn into_session(self) -> Result<Session> {
        Ok(Session {
            id: SessionId(self.id),
            title: self.title,
            description: self.description,
            language: self.language,
            visibility: convert::from_word(self.visibility)?,
            owner_id: UserId(self.owner_id),
            max_participants: convert::number(self.max_participants)?,
            waiting_room: self.waiting_room,
            forked_from: self.forked_from.map(SessionId),
            created_at: convert::time(self.created_at)?,
            updated_at: convert::time(self.updated_at)?,
            deleted_at: convert::maybe_time(self.deleted_at)?,
        })
    }

    /// Takes the patch over; returns the columns to write.
    fn apply(&mut self, patch: &SessionPatch) -> Result<ActiveModel> {
        let mut change = self.clone().into_active_model();
        if let Some(title) = &patch.title {
            self.title = convert::text("title", title)?;
            change.title = Set(self.title.clone());
        }
        if let Some(description) = &patch.description {
            self.description = convert::text("description", description)?;
            change.description = Set(self.description.clone());
        }
        if let Some(language) = &patch.language {
            self.language = convert::text("language", language)?;
            change.language = Set(self.language.clone());
        }
        if let Some(visibility) = patch.visibility {
            self.visibility = convert::word(visibility);
            change.visibility = Set(self.visibility.clone());
        }
        if let Some(max) = patch.max_participants {
            self.max_participants = max.into();
            change.max_participants = Set(self.max_participants);
        }
        if let Some(waiting_room) = patch.waiting_room {
            self.waiting_room = waiting_room;
            change.waiting_room = Set(waiting_room);
        }
        change.search = Set(search_text(&self.title, &self.description));
        self.updated_at = Ord::max(self.updated_at, convert::micros(Utc::now()));
        change.updated_at = Set(self.updated_at);
        Ok(change)
    }
}
