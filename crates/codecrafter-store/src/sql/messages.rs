//! Chat messages, and how far they are read.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::chat::{ChatContent, ChatMessage, SystemLine, UNREAD_MOST, Unread};
use codecrafter_domain::id::{MessageId, SessionId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::engine::Durability;
use super::entities::message::{ActiveModel, Column, Entity, Model};
use super::entities::{execution, message_read, participant, user};
use super::{Sql, convert, page, sessions, users};
use crate::error::StoreError;
use crate::executions::NewExecution;
use crate::types::{Added, NewMessage, Page, PageRequest};
use crate::{MessageStore, Result};

#[async_trait]
impl MessageStore for Sql {
    async fn add_message(&self, new: &NewMessage) -> Result<Added> {
        let row = Model::from_new(new)?;
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::require(&*tx, new.session).await?;
        users::take_turn(&*tx, new.author).await?;
        if let Some(earlier) = earlier(&*tx, new).await? {
            return Ok(Added::Already(earlier));
        }
        Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await?;
        let message = find(&*tx, new.session, new.id).await?;
        tx.commit().await?;
        Ok(Added::New(message))
    }

    async fn message(&self, session: SessionId, id: MessageId) -> Result<ChatMessage> {
        sessions::require(&self.engine.read, session).await?;
        find(&self.engine.read, session, id).await
    }

    async fn messages(&self, session: SessionId, page: &PageRequest) -> Result<Page<ChatMessage>> {
        sessions::require(&self.engine.read, session).await?;
        let query = Entity::find().filter(Column::SessionId.eq(session.0));
        let query = page::narrow(query, Column::CreatedAt, Column::Id, page)?;
        let rows = query.find_both_related(user::Entity).all(&self.engine.read).await?;
        let key = |(row, _): &(Model, user::Model)| page::Key {
            at: row.created_at,
            id: row.id,
        };
        let mut page = page::assemble(rows, page, key, into_message)?;
        fill_outcomes(&self.engine.read, &mut page.items).await?;
        Ok(page)
    }

    async fn edit_message(
        &self,
        session: SessionId,
        id: MessageId,
        text: &str,
        mentions: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<ChatMessage> {
        let text = convert::text("text", text)?;
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::require(&*tx, session).await?;
        let edited = Entity::update_many()
            .col_expr(Column::Text, Expr::value(text))
            .col_expr(Column::Mentions, Expr::value(convert::json(&mentions)?))
            .col_expr(Column::EditedAt, Expr::value(convert::micros(now)))
            .filter(written(session, id))
            .exec(&*tx)
            .await?;
        let message = find(&*tx, session, id).await?;
        if edited.rows_affected == 0 {
            return Err(StoreError::Conflict("message"));
        }
        tx.commit().await?;
        Ok(message)
    }

    async fn delete_message(&self, session: SessionId, id: MessageId, now: DateTime<Utc>) -> Result<bool> {
        let tx = self.engine.write(Durability::Disk).await?;
        sessions::require(&*tx, session).await?;
        let deleted = Entity::update_many()
            .col_expr(Column::Text, Expr::value(""))
            .col_expr(Column::Mentions, Expr::value("[]"))
            .col_expr(Column::DeletedAt, Expr::value(convert::micros(now)))
            .filter(written(session, id))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(deleted.rows_affected > 0)
    }

    async fn mark_read(&self, session: SessionId, user: UserId, id: MessageId) -> Result<Unread> {
        let tx = self.engine.write(Durability::Process).await?;
        sessions::require(&*tx, session).await?;
        users::take_turn(&*tx, user).await?;
        let row = row(&*tx, session, id).await?.ok_or(StoreError::NotFound)?;
        let before = last_read(&*tx, session, user).await?;
        if before.is_none_or(|before| before < (row.created_at, row.id)) {
            let read = message_read::Model {
                session_id: session.0,
                user_id: user.0,
                at: row.created_at,
                message_id: row.id,
            };
            let here = [message_read::Column::SessionId, message_read::Column::UserId];
            let there = [message_read::Column::At, message_read::Column::MessageId];
            message_read::Entity::insert(read.into_active_model())
                .on_conflict(OnConflict::columns(here).update_columns(there).to_owned())
                .exec_without_returning(&*tx)
                .await?;
        }
        let unread = unread(&*tx, session, user).await?;
        tx.commit().await?;
        Ok(unread)
    }

    async fn unread(&self, session: SessionId, user: UserId) -> Result<Unread> {
        sessions::require(&self.engine.read, session).await?;
        unread(&self.engine.read, session, user).await
    }
}

/// A new run as its session's chat tells it, if it has a session.
pub(super) fn of_run(new: &NewExecution) -> Result<Option<ActiveModel>> {
    let Some(session) = new.request.session_id else {
        return Ok(None);
    };
    let line = SystemLine::Run {
        execution_id: new.id,
        language: new.request.language.clone(),
        outcome: None,
    };
    let row = Model::from_new(&NewMessage {
        id: MessageId(new.id.0),
        session,
        author: new.user,
        content: ChatContent::System { line },
        nonce: None,
        created_at: new.created_at,
    })?;
    Ok(Some(row.into_active_model()))
}

/// The message that the same author sent under the same nonce.
async fn earlier(tx: &impl ConnectionTrait, new: &NewMessage) -> Result<Option<ChatMessage>> {
    let Some(nonce) = &new.nonce else { return Ok(None) };
    let row = Entity::find()
        .filter(Column::SessionId.eq(new.session.0))
        .filter(Column::AuthorId.eq(new.author.0))
        .filter(Column::Nonce.eq(nonce.as_str()))
        .find_both_related(user::Entity)
        .one(tx)
        .await?;
    row.map(into_message).transpose()
}

async fn row(db: &impl ConnectionTrait, session: SessionId, id: MessageId) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id.0).filter(Column::SessionId.eq(session.0));
    Ok(query.one(db).await?)
}

async fn find(db: &impl ConnectionTrait, session: SessionId, id: MessageId) -> Result<ChatMessage> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::SessionId.eq(session.0))
        .find_both_related(user::Entity)
        .one(db)
        .await?;
    let mut messages = [into_message(row.ok_or(StoreError::NotFound)?)?];
    fill_outcomes(db, &mut messages).await?;
    let [message] = messages;
    Ok(message)
}

/// What a person wrote and nobody deleted.
fn written(session: SessionId, id: MessageId) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(Column::Id.eq(id.0))
        .add(Column::SessionId.eq(session.0))
        .add(Column::Line.is_null())
        .add(Column::DeletedAt.is_null())
}

/// Takes over how runs ended.
async fn fill_outcomes(db: &impl ConnectionTrait, messages: &mut [ChatMessage]) -> Result<()> {
    let runs = messages.iter().filter_map(|message| match &message.content {
        ChatContent::System {
            line: SystemLine::Run { execution_id, .. },
        } => Some(execution_id.0),
        _ => None,
    });
    let runs: Vec<Uuid> = runs.collect();
    if runs.is_empty() {
        return Ok(());
    }
    let ended: Vec<(Uuid, Option<String>)> = execution::Entity::find()
        .select_only()
        .columns([execution::Column::Id, execution::Column::Outcome])
        .filter(execution::Column::Id.is_in(runs))
        .into_tuple()
        .all(db)
        .await?;
    for message in messages {
        if let ChatContent::System {
            line: SystemLine::Run {
                execution_id, outcome, ..
            },
        } = &mut message.content
        {
            let known = ended.iter().find(|(id, _)| *id == execution_id.0);
            let word = known.and_then(|(_, outcome)| outcome.clone());
            *outcome = word.map(convert::from_word).transpose()?;
        }
    }
    Ok(())
}

/// The place of the last message that was read.
async fn last_read(db: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Option<(i64, Uuid)>> {
    let row = message_read::Entity::find_by_id((session.0, user.0)).one(db).await?;
    Ok(row.map(|row| (row.at, row.message_id)))
}

async fn unread(db: &impl ConnectionTrait, session: SessionId, user: UserId) -> Result<Unread> {
    let key = (session.0, user.0);
    let Some(participant) = participant::Entity::find_by_id(key).one(db).await? else {
        return Ok(Unread::default());
    };
    let read = last_read(db, session, user).await?;
    // No id is larger: what came at the moment of joining was there before.
    let joined = (participant.joined_at, Uuid::max());
    let (at, id) = read.map_or(joined, |read| read.max(joined));
    let place = Expr::tuple([Expr::col(Column::CreatedAt), Expr::col(Column::Id)]);
    let mentions: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Mentions)
        .filter(Column::SessionId.eq(session.0))
        .filter(place.gt(Expr::tuple([Expr::val(at), Expr::val(id)])))
        .filter(Column::AuthorId.ne(user.0))
        .filter(Column::Line.is_null())
        .filter(Column::DeletedAt.is_null())
        .limit(UNREAD_MOST)
        .into_tuple()
        .all(db)
        .await?;
    let mut unread = Unread {
        messages: 0,
        mentions: 0,
        last_read: read.map(|(_, id)| MessageId(id)),
    };
    for ids in mentions {
        let ids: Vec<UserId> = convert::from_json(&ids)?;
        unread.messages += 1;
        unread.mentions += u64::from(ids.contains(&user));
    }
    Ok(unread)
}

impl Model {
    fn from_new(new: &NewMessage) -> Result<Self> {
        let (text, mentions, line) = match &new.content {
            ChatContent::Text { text, mentions } => (convert::text("text", text)?, convert::json(mentions)?, None),
            ChatContent::System { line } => (String::new(), "[]".to_owned(), Some(convert::json(line)?)),
        };
        let nonce = new.nonce.as_deref().map(|nonce| convert::text("nonce", nonce));
        Ok(Self {
            id: new.id.0,
            session_id: new.session.0,
            author_id: new.author.0,
            text,
            mentions,
            line,
            nonce: nonce.transpose()?,
            created_at: convert::micros(new.created_at),
            edited_at: None,
            deleted_at: None,
        })
    }
}

fn into_message((row, author): (Model, user::Model)) -> Result<ChatMessage> {
    let content = match row.line {
        Some(line) => ChatContent::System {
            line: convert::from_json(&line)?,
        },
        None => ChatContent::Text {
            text: row.text,
            mentions: convert::from_json(&row.mentions)?,
        },
    };
    Ok(ChatMessage {
        id: MessageId(row.id),
        author: author.into_person(),
        content,
        created_at: convert::time(row.created_at)?,
        edited_at: convert::maybe_time(row.edited_at)?,
        deleted_at: convert::maybe_time(row.deleted_at)?,
    })
}
