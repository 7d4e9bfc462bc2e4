//! Sessions as they are stored: with those who take part, wait, and are kept out, and the invites.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Participant, Session, Visibility};
use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

use super::engine::{Engine, Stored, id, key};
use super::participants::{BanPart, Entry, InvitePart, ParticipantPart, WaitingPart};
use super::people::UserDocument;
use super::{Mongo, claims, list, participants, people, purge};
use crate::convert;
use crate::error::StoreError;
use crate::page::{Key, assemble};
use crate::types::{Join, Page, PageRequest, SessionFilter, SessionOrder, SessionPatch, SessionScope};
use crate::{Result, SessionStore};

/// Characters of a search; no title or description is longer.
const SEARCH_CHARS: usize = 2_000;

/// What is claimed.
pub(super) const TOKEN: &str = "token";

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SessionDocument {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) search: String,
    pub(super) language: String,
    pub(super) visibility: String,
    pub(super) owner: String,
    pub(super) max_participants: i64,
    pub(super) waiting_room: bool,
    pub(super) forked_from: Option<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) deleted_at: Option<i64>,
    /// Whether it is being forgotten, and cannot be restored any more.
    pub(super) purging: bool,
    pub(super) participants: Vec<ParticipantPart>,
    pub(super) waiting: Vec<WaitingPart>,
    pub(super) bans: Vec<BanPart>,
    pub(super) invites: Vec<InvitePart>,
}

impl Stored for SessionDocument {
    const COLLECTION: &'static str = "sessions";

    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

#[async_trait]
impl SessionStore for Mongo {
    async fn create_session(&self, session: &Session) -> Result<()> {
        let document = SessionDocument::new(session)?;
        people::require(&self.engine, session.owner_id).await?;
        if let Some(origin) = &document.forked_from {
            self.engine
                .find::<SessionDocument>(origin)
                .await?
                .ok_or(StoreError::NotFound)?;
        }
        self.engine.insert(&document).await
    }

    async fn session(&self, id: SessionId) -> Result<Session> {
        live(&self.engine, id).await?.to_session()
    }

    async fn sessions(&self, scope: SessionScope, filter: &SessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        let at = match (scope, filter.order) {
            (SessionScope::Deleted(_), _) => "deleted_at",
            (_, SessionOrder::Changed) => "updated_at",
            (_, SessionOrder::Created) => "created_at",
        };
        let which = select(&self.engine, scope, filter).await?;
        part(&self.engine, which, at, page).await
    }

    async fn update_session(&self, id: SessionId, patch: &SessionPatch) -> Result<Session> {
        let updated = self.engine.change(key(id.0), |session: &mut SessionDocument| {
            session.require_live()?;
            if *patch != SessionPatch::default() {
                session.apply(patch)?;
            }
            session.to_session()
        });
        updated.await
    }

    async fn delete_session(&self, id: SessionId) -> Result<()> {
        let deleted = self.engine.change(key(id.0), |session: &mut SessionDocument| {
            session.require_live()?;
            session.deleted_at = Some(convert::micros(Utc::now()));
            Ok(())
        });
        deleted.await
    }

    async fn restore_session(&self, id: SessionId, owner: UserId, since: DateTime<Utc>) -> Result<Session> {
        let restored = self.engine.change(key(id.0), |session: &mut SessionDocument| {
            let in_time = session.deleted_at.is_some_and(|at| at > convert::micros(since));
            if !in_time || session.purging || session.owner != key(owner.0) {
                return Err(StoreError::NotFound);
            }
            session.deleted_at = None;
            session.to_session()
        });
        restored.await
    }

    async fn purge_sessions(&self, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64> {
        purge::sessions(&self.engine, deleted_before, limit).await
    }

    async fn hand_over(&self, id: SessionId, from: UserId, to: UserId) -> Result<Session> {
        participants::hand_over(&self.engine, id, from, to).await
    }

    async fn role(&self, session: SessionId, user: UserId) -> Result<Option<Role>> {
        live(&self.engine, session).await?.role(user)
    }

    async fn participants(&self, session: SessionId) -> Result<Vec<Participant>> {
        participants::all(&self.engine, session).await
    }

    async fn join(
        &self,
        session: SessionId,
        user: UserId,
        role: Role,
        invite: Option<InviteId>,
        now: DateTime<Utc>,
    ) -> Result<Join> {
        let entry = Entry {
            session,
            user,
            role,
            invite,
            now,
        };
        participants::join(&self.engine, entry).await
    }

    async fn set_role(&self, session: SessionId, user: UserId, role: Role, now: DateTime<Utc>) -> Result<Option<Role>> {
        participants::set_role(&self.engine, session, user, role, now).await
    }

    async fn remove_participant(&self, session: SessionId, user: UserId) -> Result<bool> {
        let removed = self.engine.change(key(session.0), |session: &mut SessionDocument| {
            session.require_live()?;
            Ok(session.remove(user)?.is_some())
        });
        removed.await
    }

    async fn create_invite(&self, invite: &Invite) -> Result<()> {
        let part = InvitePart::new(invite)?;
        require(&self.engine, invite.session_id).await?;
        let held = self
            .engine
            .is_there::<SessionDocument>(doc! { "invites.token": &part.token });
        claims::claim(&self.engine, TOKEN, &part.token, held).await?;
        let created = self
            .engine
            .change(key(invite.session_id.0), |session: &mut SessionDocument| {
                session.require_live()?;
                session.invites.push(part.clone());
                Ok(())
            });
        let created = created.await;
        if created.is_err() {
            claims::release(&self.engine, TOKEN, &part.token).await?;
        }
        created
    }

    async fn invites(&self, session: SessionId) -> Result<Vec<Invite>> {
        let mut invites = live(&self.engine, session).await?.invites;
        invites.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        invites.iter().map(|invite| invite.to_invite(session)).collect()
    }

    async fn invite_by_token(&self, token: &str) -> Result<Invite> {
        let token = convert::text("token", token).map_err(|_| StoreError::NotFound)?;
        let found: Option<SessionDocument> = self.engine.first(doc! { "invites.token": &token }).await?;
        let session = found.ok_or(StoreError::NotFound)?;
        session.require_live()?;
        let invite = session.invites.iter().find(|invite| invite.token == token);
        invite
            .ok_or(StoreError::NotFound)?
            .to_invite(SessionId(id(&session.id)?))
    }

    async fn delete_invite(&self, session: SessionId, id: InviteId) -> Result<bool> {
        let deleted = self.engine.change(key(session.0), |session: &mut SessionDocument| {
            session.require_live()?;
            Ok(session.take_invite(&key(id.0)))
        });
        let deleted: Option<InvitePart> = deleted.await?;
        participants::release(&self.engine, deleted.as_slice()).await?;
        Ok(deleted.is_some())
    }
}

/// The session unless it is deleted; `NotFound`.
pub(super) async fn live(engine: &Engine, id: SessionId) -> Result<SessionDocument> {
    let session: SessionDocument = engine.find(&key(id.0)).await?.ok_or(StoreError::NotFound)?;
    session.require_live()?;
    Ok(session)
}

/// `NotFound` unless there is such a session.
pub(super) async fn require(engine: &Engine, id: SessionId) -> Result<()> {
    let there = doc! { "_id": key(id.0), "deleted_at": null };
    if engine.is_there::<SessionDocument>(there).await? {
        Ok(())
    } else {
        Err(StoreError::NotFound)
    }
}

/// One part of a list of sessions, sorted by one of their times.
pub(super) async fn part(engine: &Engine, which: Document, at: &str, page: &PageRequest) -> Result<Page<Session>> {
    let rows: Vec<SessionDocument> = list::part(engine, which, at, page, &[]).await?;
    let rows = rows.into_iter().map(|row| Ok((id(&row.id)?, row)));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let key = |(id, row): &(uuid::Uuid, SessionDocument)| Key {
        at: match at {
            "deleted_at" => row.deleted_at.unwrap_or_default(),
            "created_at" => row.created_at,
            _ => row.updated_at,
        },
        id: *id,
    };
    assemble(rows, page, key, |(_, row)| row.to_session())
}

/// The sessions of a scope that a filter lets through.
async fn select(engine: &Engine, scope: SessionScope, filter: &SessionFilter) -> Result<Document> {
    let mut which = match scope {
        SessionScope::Mine(user) => doc! { "deleted_at": null, "participants.user": key(user.0) },
        SessionScope::Public => doc! { "deleted_at": null, "visibility": convert::word(Visibility::Public) },
        SessionScope::Deleted(owner) => doc! { "deleted_at": { "$ne": null }, "owner": key(owner.0) },
    };
    if let Some(language) = &filter.language {
        which.insert("language", convert::text("language", language)?);
    }
    if let Some(q) = &filter.q {
        which.extend(found_by(engine, q).await?);
    }
    Ok(which)
}

/// Sessions with `q` in title, description, or the owner's names.
pub(super) async fn found_by(engine: &Engine, q: &str) -> Result<Document> {
    let pattern = search_pattern(q)?;
    let owners = engine
        .ids::<UserDocument>(doc! { "search": { "$regex": &pattern } })
        .await?;
    Ok(doc! { "$or": [
        { "owner": { "$in": owners } },
        { "search": { "$regex": pattern } },
    ] })
}

/// What finds `q` anywhere in the folded text, each of its characters taken literally.
pub(super) fn search_pattern(q: &str) -> Result<String> {
    if q.chars().count() > SEARCH_CHARS {
        return Err(StoreError::Invalid("q"));
    }
    let mut pattern = String::new();
    for c in convert::text("q", q)?.to_lowercase().chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    Ok(pattern)
}

fn search_text(title: &str, description: &str) -> String {
    format!("{title}\n{description}").to_lowercase()
}

impl SessionDocument {
    fn new(session: &Session) -> Result<Self> {
        Ok(Self {
            id: key(session.id.0),
            version: 0,
            title: convert::text("title", &session.title)?,
            description: convert::text("description", &session.description)?,
            search: search_text(&session.title, &session.description),
            language: convert::text("language", &session.language)?,
            visibility: convert::word(session.visibility),
            owner: key(session.owner_id.0),
            max_participants: session.max_participants.into(),
            waiting_room: session.waiting_room,
            forked_from: session.forked_from.map(|id| key(id.0)),
            created_at: convert::micros(session.created_at),
            updated_at: convert::micros(session.updated_at),
            deleted_at: session.deleted_at.map(convert::micros),
            purging: false,
            participants: vec![ParticipantPart {
                user: key(session.owner_id.0),
                role: convert::word(Role::Owner),
                joined_at: convert::micros(session.created_at),
                invite: None,
            }],
            waiting: Vec::new(),
            bans: Vec::new(),
            invites: Vec::new(),
        })
    }

    pub(super) fn to_session(&self) -> Result<Session> {
        Ok(Session {
            id: SessionId(id(&self.id)?),
            title: self.title.clone(),
            description: self.description.clone(),
            language: self.language.clone(),
            visibility: convert::from_word(self.visibility.clone())?,
            owner_id: UserId(id(&self.owner)?),
            max_participants: convert::number(self.max_participants)?,
            waiting_room: self.waiting_room,
            forked_from: self.forked_from.as_deref().map(id).transpose()?.map(SessionId),
            created_at: convert::time(self.created_at)?,
            updated_at: convert::time(self.updated_at)?,
            deleted_at: convert::maybe_time(self.deleted_at)?,
        })
    }

    /// `NotFound` where it is deleted.
    pub(super) fn require_live(&self) -> Result<()> {
        match self.deleted_at {
            Some(_) => Err(StoreError::NotFound),
            None => Ok(()),
        }
    }

    /// Says that it has changed just now, though never backwards.
    pub(super) fn touch(&mut self) {
        self.updated_at = self.updated_at.max(convert::micros(Utc::now()));
    }

    fn apply(&mut self, patch: &SessionPatch) -> Result<()> {
        if let Some(title) = &patch.title {
            self.title = convert::text("title", title)?;
        }
        if let Some(description) = &patch.description {
            self.description = convert::text("description", description)?;
        }
        if let Some(language) = &patch.language {
            self.language = convert::text("language", language)?;
        }
        if let Some(visibility) = patch.visibility {
            self.visibility = convert::word(visibility);
        }
        if let Some(max) = patch.max_participants {
            self.max_participants = max.into();
        }
        if let Some(waiting_room) = patch.waiting_room {
            self.waiting_room = waiting_room;
        }
        self.search = search_text(&self.title, &self.description);
        self.touch();
        Ok(())
    }
}
