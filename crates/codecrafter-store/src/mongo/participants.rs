//! Who takes part in a session, and as what; who waits, and who is kept out: parts of the session.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Invite, Participant, Session};
use serde::{Deserialize, Serialize};

use super::claims;
use super::engine::{Engine, id, key};
use super::people::{self, UserDocument};
use super::sessions::{SessionDocument, TOKEN, live};
use crate::Result;
use crate::convert;
use crate::error::StoreError;
use crate::types::Join;

/// How many may wait at a session's door.
const MOST_WAITING: usize = 200;

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ParticipantPart {
    pub(super) user: String,
    pub(super) role: String,
    pub(super) joined_at: i64,
    pub(super) invite: Option<String>,
}

/// Who has asked to be let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct WaitingPart {
    pub(super) user: String,
    pub(super) role: String,
    pub(super) invite: Option<String>,
    pub(super) asked_at: i64,
}

/// Who is kept out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BanPart {
    pub(super) user: String,
    pub(super) by: String,
    pub(super) at: i64,
}

/// An invitation link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct InvitePart {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) role: String,
    pub(super) expires_at: Option<i64>,
    pub(super) max_uses: Option<i64>,
    pub(super) uses: i64,
    pub(super) created_at: i64,
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

/// All participants, in order of joining.
pub(super) async fn all(engine: &Engine, session: SessionId) -> Result<Vec<Participant>> {
    let mut parts = live(engine, session).await?.participants;
    parts.sort_by(|a, b| (a.joined_at, &a.user).cmp(&(b.joined_at, &b.user)));
    let people = people::people(engine, parts.iter().map(|part| &part.user)).await?;
    let there = parts
        .into_iter()
        .filter_map(|part| people.get(&part.user).map(|user| (part, user)));
    let participant = |(part, user): (ParticipantPart, _)| {
        Ok(Participant {
            user,
            role: convert::from_word(part.role)?,
            joined_at: convert::time(part.joined_at)?,
        })
    };
    there.map(participant).collect()
}

/// See [`crate::SessionStore::join`]. Whoever is turned away uses up no invite.
pub(super) async fn join(engine: &Engine, entry: Entry) -> Result<Join> {
    live(engine, entry.session).await?;
    people::require(engine, entry.user).await?.require_of(entry.session)?;
    let joined = enter(engine, entry).await?;
    // Who was deleted meanwhile has left all sessions, perhaps before this one was entered.
    if matches!(joined, Join::Joined | Join::Waiting) && is_gone(engine, entry.user).await? {
        forget(engine, entry.session, entry.user).await?;
        return Err(StoreError::NotFound);
    }
    Ok(joined)
}

/// Joins without looking who it is.
pub(super) async fn enter(engine: &Engine, entry: Entry) -> Result<Join> {
    let entered = engine.change(key(entry.session.0), |session: &mut SessionDocument| {
        session.require_live()?;
        session.join(entry)
    });
    entered.await
}

async fn is_gone(engine: &Engine, user: UserId) -> Result<bool> {
    let found = engine.find::<UserDocument>(&key(user.0)).await?;
    Ok(found.is_none_or(|user| user.deleted_at.is_some()))
}

/// Takes everything out of a session that is about this user.
pub(super) async fn forget(engine: &Engine, session: SessionId, user: UserId) -> Result<()> {
    let user = key(user.0);
    let forgotten = engine.change(key(session.0), |session: &mut SessionDocument| {
        session.participants.retain(|part| part.user != user);
        session.waiting.retain(|part| part.user != user);
        session.bans.retain(|part| part.user != user);
        Ok(())
    });
    super::logins::or_nobody(forgotten.await, ())
}

/// See [`crate::SessionStore::set_role`].
pub(super) async fn set_role(
    engine: &Engine,
    session: SessionId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Option<Role>> {
    live(engine, session).await?;
    let target = people::require(engine, user).await?;
    target.require_of(session)?;
    if target.guest_of.is_some() && role > Role::Editor {
        return Err(StoreError::Invalid("role"));
    }
    let before = engine.change(key(session.0), |document: &mut SessionDocument| {
        document.require_live()?;
        match document.role(user)? {
            Some(Role::Owner) => Err(StoreError::Conflict("owner")),
            Some(before) => {
                document.write_role(user, role);
                Ok(Some(before))
            }
            None if document.is_banned(user) => Err(StoreError::Conflict("banned")),
            None if document.is_full() => Err(StoreError::Full("participants")),
            None => {
                document.insert(Entry {
                    session,
                    user,
                    role,
                    invite: None,
                    now,
                });
                Ok(None)
            }
        }
    });
    let before = before.await?;
    if before.is_none() && is_gone(engine, user).await? {
        forget(engine, session, user).await?;
        return Err(StoreError::NotFound);
    }
    Ok(before)
}

/// See [`crate::SessionStore::hand_over`].
pub(super) async fn hand_over(engine: &Engine, id: SessionId, from: UserId, to: UserId) -> Result<Session> {
    if live(engine, id).await?.owner != key(from.0) {
        return Err(StoreError::Conflict("owner"));
    }
    let heir = people::require(engine, to).await?;
    if heir.guest_of.is_some() || heir.deactivated_at.is_some() {
        return Err(StoreError::Invalid("user_id"));
    }
    let handed_over = engine.change(key(id.0), |session: &mut SessionDocument| {
        session.require_live()?;
        session.hand_over(from, to)?;
        session.to_session()
    });
    handed_over.await
}

/// Lets others have the tokens of invites that are gone.
pub(super) async fn release(engine: &Engine, gone: &[InvitePart]) -> Result<()> {
    for invite in gone {
        claims::release(engine, TOKEN, &invite.token).await?;
    }
    Ok(())
}

impl SessionDocument {
    /// A participant's role.
    pub(super) fn role(&self, user: UserId) -> Result<Option<Role>> {
        let user = key(user.0);
        let part = self.participants.iter().find(|part| part.user == user);
        part.map(|part| convert::from_word(part.role.clone())).transpose()
    }

    /// Whether a user is kept out.
    pub(super) fn is_banned(&self, user: UserId) -> bool {
        let user = key(user.0);
        self.bans.iter().any(|ban| ban.user == user)
    }

    /// Whether no more fit in.
    pub(super) fn is_full(&self) -> bool {
        self.participants.len() >= usize::try_from(self.max_participants).unwrap_or_default()
    }

    fn join(&mut self, entry: Entry) -> Result<Join> {
        if let Some(role) = self.role(entry.user)? {
            return Ok(Join::Already(role));
        }
        if self.is_banned(entry.user) {
            return Ok(Join::Banned);
        }
        let user = key(entry.user.0);
        let waits = self.waiting.iter().find(|part| part.user == user);
        if waits.is_some() && self.waiting_room {
            return Ok(Join::Waiting);
        }
        // Who has waited by this invite has been counted.
        let counted = waits.and_then(|part| part.invite.clone());
        let invite = entry
            .invite
            .map(|invite| key(invite.0))
            .filter(|invite| Some(invite) != counted.as_ref());
        let usable = match invite {
            None => None,
            Some(invite) => match self.usable(&invite, entry.now) {
                None => return Ok(Join::InviteSpent),
                usable => usable,
            },
        };
        if self.waiting_room && self.waiting.len() >= MOST_WAITING || !self.waiting_room && self.is_full() {
            return Ok(Join::Full);
        }
        if let Some(at) = usable {
            self.invites[at].uses += 1;
        }
        if self.waiting_room {
            self.waiting.push(WaitingPart {
                user,
                role: convert::word(entry.role),
                invite: entry.invite.map(|invite| key(invite.0)),
                asked_at: convert::micros(entry.now),
            });
            return Ok(Join::Waiting);
        }
        self.insert(entry);
        Ok(Join::Joined)
    }

    /// Where among the invites one stands that still opens this session.
    fn usable(&self, invite: &str, now: DateTime<Utc>) -> Option<usize> {
        let now = convert::micros(now);
        self.invites.iter().position(|part| {
            part.id == invite
                && part.expires_at.is_none_or(|at| at > now)
                && part.max_uses.is_none_or(|max| part.uses < max)
        })
    }

    /// Adds a participant, who then no longer waits.
    pub(super) fn insert(&mut self, entry: Entry) {
        let user = key(entry.user.0);
        self.waiting.retain(|part| part.user != user);
        self.participants.push(ParticipantPart {
            user,
            role: convert::word(entry.role),
            joined_at: convert::micros(entry.now),
            invite: entry.invite.map(|invite| key(invite.0)),
        });
    }

    fn write_role(&mut self, user: UserId, role: Role) {
        let user = key(user.0);
        for part in self.participants.iter_mut().filter(|part| part.user == user) {
            part.role = convert::word(role);
        }
    }

    /// Removes a participant; what was of them. `Conflict("owner")` for the owner.
    pub(super) fn remove(&mut self, user: UserId) -> Result<Option<ParticipantPart>> {
        if self.role(user)? == Some(Role::Owner) {
            return Err(StoreError::Conflict("owner"));
        }
        let user = key(user.0);
        let at = self.participants.iter().position(|part| part.user == user);
        Ok(at.map(|at| self.participants.remove(at)))
    }

    /// Makes a participant the owner and the owner an admin.
    pub(super) fn hand_over(&mut self, from: UserId, to: UserId) -> Result<()> {
        if self.owner != key(from.0) {
            return Err(StoreError::Conflict("owner"));
        }
        self.role(to)?.ok_or(StoreError::NotFound)?;
        self.write_role(from, Role::Admin);
        self.write_role(to, Role::Owner);
        self.owner = key(to.0);
        self.touch();
        Ok(())
    }

    /// Removes an invite; what it was.
    pub(super) fn take_invite(&mut self, invite: &str) -> Option<InvitePart> {
        let at = self.invites.iter().position(|part| part.id == invite)?;
        Some(self.invites.remove(at))
    }
}

impl InvitePart {
    pub(super) fn new(invite: &Invite) -> Result<Self> {
        Ok(Self {
            id: key(invite.id.0),
            token: convert::text("token", &invite.token)?,
            role: convert::word(invite.role),
            expires_at: invite.expires_at.map(convert::micros),
            max_uses: invite.max_uses.map(Into::into),
            uses: invite.uses.into(),
            created_at: convert::micros(invite.created_at),
        })
    }

    pub(super) fn to_invite(&self, session: SessionId) -> Result<Invite> {
        Ok(Invite {
            id: InviteId(id(&self.id)?),
            session_id: session,
            token: self.token.clone(),
            role: convert::from_word(self.role.clone())?,
            expires_at: convert::maybe_time(self.expires_at)?,
            max_uses: self.max_uses.map(convert::number).transpose()?,
            uses: convert::number(self.uses)?,
            created_at: convert::time(self.created_at)?,
        })
    }
}
