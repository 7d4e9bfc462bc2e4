//! Sessions, who is in them, and up to where their logs go.

use async_trait::async_trait;
use uuid::Uuid;

use super::Rowed;
use super::keys::{Groups, maybe_id, maybe_key};
use crate::Result;
use crate::mongo::append::last_position;
use crate::mongo::claims::Claim;
use crate::mongo::engine::{Engine, id, key};
use crate::mongo::participants::{BanPart, InvitePart, ParticipantPart, WaitingPart};
use crate::mongo::sessions::{SessionDocument, TOKEN};
use crate::sql::copy::Rows;
use crate::sql::entities::{ban, document, invite, participant, session, waiting};

#[async_trait]
impl Rowed for SessionDocument {
    async fn rows(engine: &Engine, batch: Vec<Self>) -> Result<Rows> {
        let mut documents = Vec::new();
        for session in &batch {
            let last = last_position(engine, &session.id).await?;
            documents.push(document::Model {
                session_id: id(&session.id)?,
                last_seq: last,
                base_version: super::logs::base_version(engine, &session.id).await?,
            });
        }
        Ok(Rows {
            document: documents,
            ..session_rows(batch)?
        })
    }
}

/// The rows that sessions stand for, without the documents'.
pub(super) fn session_rows(batch: Vec<SessionDocument>) -> Result<Rows> {
    let mut rows = Rows::default();
    for document in batch {
        let session = id(&document.id)?;
        add_people(&mut rows, session, &document)?;
        for part in document.invites {
            rows.invite.push(invite::Model {
                id: id(&part.id)?,
                session_id: session,
                token: part.token,
                role: part.role,
                expires_at: part.expires_at,
                max_uses: part.max_uses,
                uses: part.uses,
                created_at: part.created_at,
            });
        }
        rows.session.push(session::Model {
            id: session,
            title: document.title,
            description: document.description,
            search: document.search,
            language: document.language,
            visibility: document.visibility,
            owner_id: id(&document.owner)?,
            max_participants: document.max_participants,
            forked_from: maybe_id(document.forked_from.as_deref())?,
            created_at: document.created_at,
            updated_at: document.updated_at,
            deleted_at: document.deleted_at,
            waiting_room: document.waiting_room,
        });
    }
    Ok(rows)
}

fn add_people(rows: &mut Rows, session_id: Uuid, document: &SessionDocument) -> Result<()> {
    for part in &document.participants {
        rows.participant.push(participant::Model {
            session_id,
            user_id: id(&part.user)?,
            role: part.role.clone(),
            joined_at: part.joined_at,
            invite_id: maybe_id(part.invite.as_deref())?,
        });
    }
    for part in &document.waiting {
        rows.waiting.push(waiting::Model {
            session_id,
            user_id: id(&part.user)?,
            role: part.role.clone(),
            invite_id: maybe_id(part.invite.as_deref())?,
            asked_at: part.asked_at,
        });
    }
    for part in &document.bans {
        rows.ban.push(ban::Model {
            session_id,
            user_id: id(&part.user)?,
            by_id: id(&part.by)?,
            at: part.at,
        });
    }
    Ok(())
}

/// Sessions of rows that hold all who are in them.
pub(super) fn sessions(rows: Rows) -> Vec<SessionDocument> {
    let mut participants = Groups::new(rows.participant, |row| row.session_id);
    let mut waiting = Groups::new(rows.waiting, |row| row.session_id);
    let mut bans = Groups::new(rows.ban, |row| row.session_id);
    let mut invites = Groups::new(rows.invite, |row| row.session_id);
    let session = |row: session::Model| SessionDocument {
        id: key(row.id),
        version: 0,
        title: row.title,
        description: row.description,
        search: row.search,
        language: row.language,
        visibility: row.visibility,
        owner: key(row.owner_id),
        max_participants: row.max_participants,
        waiting_room: row.waiting_room,
        forked_from: maybe_key(row.forked_from),
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
        purging: false,
        participants: participants.take_as(row.id, participant_part),
        waiting: waiting.take_as(row.id, waiting_part),
        bans: bans.take_as(row.id, |row| ban_part(&row)),
        invites: invites.take_as(row.id, invite_part),
    };
    rows.session.into_iter().map(session).collect()
}

fn participant_part(row: participant::Model) -> ParticipantPart {
    ParticipantPart {
        user: key(row.user_id),
        role: row.role,
        joined_at: row.joined_at,
        invite: maybe_key(row.invite_id),
    }
}

fn waiting_part(row: waiting::Model) -> WaitingPart {
    WaitingPart {
        user: key(row.user_id),
        role: row.role,
        invite: maybe_key(row.invite_id),
        asked_at: row.asked_at,
    }
}

fn ban_part(row: &ban::Model) -> BanPart {
    BanPart {
        user: key(row.user_id),
        by: key(row.by_id),
        at: row.at,
    }
}

fn invite_part(row: invite::Model) -> InvitePart {
    InvitePart {
        id: key(row.id),
        token: row.token,
        role: row.role,
        expires_at: row.expires_at,
        max_uses: row.max_uses,
        uses: row.uses,
        created_at: row.created_at,
    }
}

/// What sessions have that no others may have.
pub(super) fn claims(sessions: &[SessionDocument]) -> Vec<Claim> {
    let invites = sessions.iter().flat_map(|session| &session.invites);
    invites.map(|invite| Claim::of(TOKEN, &invite.token)).collect()
}
