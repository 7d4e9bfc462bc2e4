//! What platform administrators see and set: accounts, and everybody's sessions and runs.

use async_trait::async_trait;
use chrono::Utc;
use codecrafter_domain::admin::{Account, AccountUsage, Quota};
use codecrafter_domain::execution::ExecutionHead;
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::session::Session;
use futures::TryStreamExt as _;
use mongodb::bson::{Bson, Document, doc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::append::ChunkDocument;
use super::documents::LogDocument;
use super::engine::{Engine, Stored, TRIES, crowded, id, key, pause};
use super::executions::{ExecutionDocument, heads};
use super::people::{QuotaPart, UserDocument, require};
use super::sessions::{SessionDocument, found_by, part, search_pattern};
use super::snapshots::TextDocument;
use super::{Mongo, list};
use crate::convert;
use crate::error::StoreError;
use crate::page::{Key, assemble};
use crate::types::{AccountFilter, AccountState, AnyExecutionFilter, AnySessionFilter, Page, PageRequest};
use crate::{AdminStore, Result};

/// The id of the one document of its kind.
const OFFICE: &str = "platform_admin";
/// Who began to resign this long ago and still is an administrator did not: the process ended in between.
const STALE_MICROS: i64 = 60_000_000;

/// Who is giving up the administrators' office just now: they do not count as staying.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OfficeDocument {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    leaving: Vec<LeavingPart>,
}

/// Somebody who gives up the office.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LeavingPart {
    user: String,
    at: i64,
}

impl Stored for OfficeDocument {
    const COLLECTION: &'static str = "offices";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl AdminStore for Mongo {
    async fn accounts(&self, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
        let rows: Vec<UserDocument> = list::part(&self.engine, accounts(filter)?, "created_at", page, &[]).await?;
        let rows = rows.into_iter().map(|row| Ok((id(&row.id)?, row)));
        let rows: Vec<_> = rows.collect::<Result<_>>()?;
        let key = |(id, row): &(Uuid, UserDocument)| Key {
            at: row.created_at,
            id: *id,
        };
        assemble(rows, page, key, |(_, row)| to_account(&row))
    }

    async fn account(&self, id: UserId) -> Result<Account> {
        let user = require(&self.engine, id).await?;
        user.require_account()?;
        to_account(&user)
    }

    async fn set_platform_admin(&self, id: UserId, is_admin: bool) -> Result<bool> {
        let user = require(&self.engine, id).await?;
        if user.guest_of.is_some() {
            return Err(StoreError::Invalid("user_id"));
        }
        if user.platform_admin == is_admin {
            return Ok(false);
        }
        if !is_admin {
            begin_leaving(&self.engine, &user.id).await?;
        }
        let set = self.engine.change(&user.id, |user: &mut UserDocument| {
            let is_new = user.platform_admin != is_admin;
            user.platform_admin = is_admin;
            Ok(is_new)
        });
        let set = set.await;
        if !is_admin {
            end_leaving(&self.engine, &user.id).await?;
        }
        set
    }

    async fn any_sessions(&self, filter: &AnySessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        let mut which = if filter.deleted {
            doc! { "deleted_at": { "$ne": null } }
        } else {
            doc! { "deleted_at": null }
        };
        if let Some(owner) = filter.owner {
            which.insert("owner", key(owner.0));
        }
        if let Some(q) = &filter.q {
            which.extend(found_by(&self.engine, q).await?);
        }
        part(&self.engine, which, "updated_at", page).await
    }

    async fn any_session(&self, id: SessionId) -> Result<Session> {
        let found: Option<SessionDocument> = self.engine.find(&key(id.0)).await?;
        found.ok_or(StoreError::NotFound)?.to_session()
    }

    async fn any_executions(&self, filter: &AnyExecutionFilter, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        heads(&self.engine, any_executions(filter)?, page).await
    }

    async fn forget_dead(&self, id: ExecutionId) -> Result<()> {
        let forgotten = self.engine.change(key(id.0), |run: &mut ExecutionDocument| {
            run.dead_at.take().map(drop).ok_or(StoreError::Conflict("dead"))
        });
        forgotten.await
    }

    async fn quota(&self, id: UserId) -> Result<Quota> {
        let user = self.engine.find::<UserDocument>(&key(id.0)).await?;
        let quota = user.and_then(|user| user.quota);
        quota.map_or(Ok(Quota::default()), |quota| to_quota(&quota))
    }

    async fn set_quota(&self, id: UserId, new: &Quota) -> Result<()> {
        let quota = QuotaPart {
            executions: new.executions.map(i64::from),
            sessions: new.sessions.map(i64::from),
            storage_bytes: new.storage_bytes.map(convert::column),
        };
        let set = self.engine.change(key(id.0), |user: &mut UserDocument| {
            user.quota = Some(quota.clone());
            Ok(())
        });
        set.await
    }

    async fn usage(&self, id: UserId) -> Result<AccountUsage> {
        let engine = &self.engine;
        let (user, owned) = (key(id.0), doc! { "owner": key(id.0) });
        let executions = engine.count::<ExecutionDocument>(doc! { "user": &user, "finished_at": null });
        let sessions = engine.count::<SessionDocument>(doc! { "owner": &user, "deleted_at": null });
        let (executions, sessions) = (executions.await?, sessions.await?);
        let owned = engine.ids::<SessionDocument>(owned).await?;
        let bases = bytes(engine, LogDocument::COLLECTION, doc! { "_id": { "$in": &owned } }).await?;
        let updates = bytes(engine, ChunkDocument::COLLECTION, doc! { "session": { "$in": &owned } }).await?;
        let texts = bytes(engine, TextDocument::COLLECTION, doc! { "session": { "$in": &owned } }).await?;
        Ok(AccountUsage {
            executions,
            sessions,
            storage_bytes: bases + updates + texts,
        })
    }
}

/// Notes that an administrator gives up the office; `Conflict("last_admin")` where nobody who can sign in would stay.
/// The note changes by version, so that of two who leave side by side one counts again.
async fn begin_leaving(engine: &Engine, user: &str) -> Result<()> {
    let _turn = engine.turn::<OfficeDocument>(OFFICE).await;
    for tried in 0..TRIES {
        let before: Option<OfficeDocument> = engine.find(OFFICE).await?;
        let mut after = before.clone().unwrap_or_else(|| OfficeDocument {
            id: OFFICE.to_owned(),
            version: 0,
            leaving: Vec::new(),
        });
        let now = convert::micros(Utc::now());
        let active = doc! { "platform_admin": true, "deactivated_at": null };
        let active = engine.ids::<UserDocument>(active).await?;
        after.leaving.retain(|part| part.at > now - STALE_MICROS);
        let stays = |admin: &String| admin != user && !after.leaving.iter().any(|part| part.user == *admin);
        if !active.iter().any(stays) {
            return Err(StoreError::Conflict("last_admin"));
        }
        after.leaving.push(LeavingPart {
            user: user.to_owned(),
            at: now,
        });
        if engine.put(OFFICE, before, after).await? {
            return Ok(());
        }
        pause(tried).await;
    }
    Err(crowded())
}

async fn end_leaving(engine: &Engine, user: &str) -> Result<()> {
    let ended = engine.change(OFFICE, |office: &mut OfficeDocument| {
        office.leaving.retain(|part| part.user != user);
        Ok(())
    });
    ended.await
}

fn accounts(filter: &AccountFilter) -> Result<Document> {
    let mut which = doc! { "guest_of": null, "deleted_at": null };
    match filter.state {
        None => {}
        Some(AccountState::Active) => {
            which.insert("deactivated_at", Bson::Null);
        }
        Some(AccountState::Deactivated) => {
            which.insert("deactivated_at", doc! { "$ne": null });
        }
        Some(AccountState::Admin) => {
            which.insert("platform_admin", true);
        }
    }
    if let Some(q) = &filter.q {
        let pattern = search_pattern(q)?;
        let found = vec![
            doc! { "search": { "$regex": &pattern } },
            doc! { "email": { "$regex": &pattern } },
        ];
        which.insert("$or", found);
    }
    Ok(which)
}

fn any_executions(filter: &AnyExecutionFilter) -> Result<Document> {
    let mut which = Document::new();
    if let Some(user) = filter.user {
        which.insert("user", key(user.0));
    }
    if let Some(session) = filter.session {
        which.insert("session", key(session.0));
    }
    if let Some(status) = filter.status {
        which.insert("status", convert::word(status));
    }
    if let Some(language) = &filter.language {
        which.insert("language", convert::text("language", language)?);
    }
    Ok(which)
}

/// The sum of the field `bytes` of what the filter lets through.
async fn bytes(engine: &Engine, collection: &str, which: Document) -> Result<u64> {
    let sum = [
        doc! { "$match": which },
        doc! { "$group": { "_id": null, "bytes": { "$sum": "$bytes" } } },
    ];
    let mut found = engine.raw(collection).aggregate(sum).await?;
    match found.try_next().await?.as_ref().and_then(|sum| sum.get("bytes")) {
        None => Ok(0),
        Some(Bson::Int32(bytes)) => convert::number((*bytes).into()),
        Some(Bson::Int64(bytes)) => convert::number(*bytes),
        Some(other) => Err(StoreError::Unreadable(format!("unexpected sum: {other}"))),
    }
}

fn to_account(user: &UserDocument) -> Result<Account> {
    Ok(Account {
        user: user.to_user()?,
        deactivated_at: convert::maybe_time(user.deactivated_at)?,
    })
}

fn to_quota(quota: &QuotaPart) -> Result<Quota> {
    Ok(Quota {
        executions: quota.executions.map(convert::number).transpose()?,
        sessions: quota.sessions.map(convert::number).transpose()?,
        storage_bytes: quota.storage_bytes.map(convert::number).transpose()?,
    })
}
