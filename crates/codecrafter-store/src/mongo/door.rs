//! Letting people in, and keeping them out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::id::{InviteId, SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Ban, Waiting};
use codecrafter_domain::user::User;

use super::engine::{id, key};
use super::participants::{self, BanPart, Entry, WaitingPart};
use super::people::{self, UserDocument};
use super::sessions::{SessionDocument, live};
use super::{Mongo, users};
use crate::convert;
use crate::error::StoreError;
use crate::types::{Admission, Join, NewBan};
use crate::{DoorStore, Result};

/// No password has this hash.
const NO_PASSWORD: &str = "";

#[async_trait]
impl DoorStore for Mongo {
    async fn join_as_guest(&self, guest: &User, role: Role, invite: InviteId, now: DateTime<Utc>) -> Result<Join> {
        let session = guest.guest_of.ok_or(StoreError::Invalid("guest"))?;
        let document = UserDocument::new(guest, NO_PASSWORD)?;
        live(&self.engine, session).await?;
        // The guest first: who takes part is somebody. Whoever does not get in is nobody's business.
        users::insert(&self.engine, &document).await?;
        let entry = Entry {
            session,
            user: guest.id,
            role,
            invite: Some(invite),
            now,
        };
        let joined = participants::enter(&self.engine, entry).await;
        if !matches!(joined, Ok(Join::Joined | Join::Waiting)) {
            self.engine.remove::<UserDocument>(&document.id).await?;
        }
        joined
    }

    async fn waiting(&self, session: SessionId) -> Result<Vec<Waiting>> {
        let mut parts = live(&self.engine, session).await?.waiting;
        parts.sort_by(|a, b| (a.asked_at, &a.user).cmp(&(b.asked_at, &b.user)));
        let people = people::people(&self.engine, parts.iter().map(|part| &part.user)).await?;
        let there = parts
            .into_iter()
            .filter_map(|part| people.get(&part.user).map(|user| (part, user)));
        let waiting = |(part, user): (WaitingPart, _)| {
            Ok(Waiting {
                user,
                role: convert::from_word(part.role)?,
                asked_at: convert::time(part.asked_at)?,
            })
        };
        there.map(waiting).collect()
    }

    async fn is_waiting(&self, session: SessionId, user: UserId) -> Result<bool> {
        let user = key(user.0);
        let session = live(&self.engine, session).await?;
        Ok(session.waiting.iter().any(|part| part.user == user))
    }

    async fn admit(&self, session: SessionId, user: UserId, now: DateTime<Utc>) -> Result<Admission> {
        let admitted = self.engine.change(key(session.0), |document: &mut SessionDocument| {
            document.require_live()?;
            let this = key(user.0);
            let Some(part) = document.waiting.iter().find(|part| part.user == this) else {
                return Ok(Admission::NotWaiting);
            };
            if document.is_full() {
                return Ok(Admission::Full);
            }
            let entry = Entry {
                session,
                user,
                role: convert::from_word(part.role.clone())?,
                invite: part.invite.as_deref().map(id).transpose()?.map(InviteId),
                now,
            };
            document.insert(entry);
            Ok(Admission::Admitted(entry.role))
        });
        admitted.await
    }

    async fn turn_away(&self, session: SessionId, user: UserId) -> Result<bool> {
        let turned_away = self.engine.change(key(session.0), |document: &mut SessionDocument| {
            document.require_live()?;
            Ok(stop_waiting(document, user).is_some())
        });
        turned_away.await
    }

    async fn ban(&self, session: SessionId, ban: &NewBan) -> Result<Option<Role>> {
        people::require(&self.engine, ban.user).await?.require_of(session)?;
        let banned = self.engine.change(key(session.0), |document: &mut SessionDocument| {
            document.require_live()?;
            let was = document.remove(ban.user)?;
            let waited = stop_waiting(document, ban.user);
            let invite = was.as_ref().and_then(|was| was.invite.clone());
            let invite = invite.or_else(|| waited.and_then(|waited| waited.invite));
            let invite = invite
                .filter(|_| ban.with_invite)
                .and_then(|invite| document.take_invite(&invite));
            if !document.is_banned(ban.user) {
                document.bans.push(BanPart {
                    user: key(ban.user.0),
                    by: key(ban.by.0),
                    at: convert::micros(ban.at),
                });
            }
            Ok((was, invite))
        });
        let (was, invite) = banned.await?;
        participants::release(&self.engine, invite.as_slice()).await?;
        was.map(|was| convert::from_word(was.role)).transpose()
    }

    async fn lift_ban(&self, session: SessionId, user: UserId) -> Result<bool> {
        let lifted = self.engine.change(key(session.0), |document: &mut SessionDocument| {
            document.require_live()?;
            let (before, user) = (document.bans.len(), key(user.0));
            document.bans.retain(|ban| ban.user != user);
            Ok(document.bans.len() < before)
        });
        lifted.await
    }

    async fn bans(&self, session: SessionId) -> Result<Vec<Ban>> {
        let mut parts = live(&self.engine, session).await?.bans;
        parts.sort_by(|a, b| (b.at, &b.user).cmp(&(a.at, &a.user)));
        let people = people::people(&self.engine, parts.iter().flat_map(|part| [&part.user, &part.by])).await?;
        let there = parts
            .iter()
            .filter_map(|part| people.get(&part.user).map(|user| (part, user)));
        let ban = |(part, user): (&BanPart, _)| {
            Ok(Ban {
                user,
                by: people.require(&part.by)?,
                at: convert::time(part.at)?,
            })
        };
        there.map(ban).collect()
    }

    async fn is_banned(&self, session: SessionId, user: UserId) -> Result<bool> {
        let found = self.engine.find::<SessionDocument>(&key(session.0)).await?;
        Ok(found.is_some_and(|session| session.is_banned(user)))
    }
}

/// Ends somebody's waiting; what was of it.
fn stop_waiting(session: &mut SessionDocument, user: UserId) -> Option<WaitingPart> {
    let user = key(user.0);
    let at = session.waiting.iter().position(|part| part.user == user)?;
    Some(session.waiting.remove(at))
}
