//! Rows with those that belong to them, as engines keep them that have no tables.

use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{End, Rows};
use crate::Result;
use crate::sql::entities::{
    api_key, ban, callback, ceremony, challenge, document, document_base, document_update, execution,
    execution_request, execution_result, history_start, identity, invite, link, login, participant, passkey,
    preferences, quota, recovery_code, refresh_token, session, snapshot, snapshot_file, totp, user, waiting,
};

impl End {
    /// Users with all that is theirs; of their logins' tokens those that are not used.
    pub(crate) async fn families_of_users(&self, user: Vec<user::Model>) -> Result<Rows> {
        let ids: Vec<Uuid> = user.iter().map(|row| row.id).collect();
        let login = self.having::<login::Entity>(login::Column::UserId, &ids).await?;
        let logins: Vec<Uuid> = login.iter().map(|row| row.id).collect();
        Ok(Rows {
            refresh_token: self.unused_tokens(&logins).await?,
            api_key: self.having::<api_key::Entity>(api_key::Column::UserId, &ids).await?,
            link: self.having::<link::Entity>(link::Column::UserId, &ids).await?,
            identity: self.having::<identity::Entity>(identity::Column::UserId, &ids).await?,
            preferences: self
                .having::<preferences::Entity>(preferences::Column::UserId, &ids)
                .await?,
            quota: self.having::<quota::Entity>(quota::Column::UserId, &ids).await?,
            totp: self.having::<totp::Entity>(totp::Column::UserId, &ids).await?,
            recovery_code: self
                .having::<recovery_code::Entity>(recovery_code::Column::UserId, &ids)
                .await?,
            challenge: self
                .having::<challenge::Entity>(challenge::Column::UserId, &ids)
                .await?,
            passkey: self.having::<passkey::Entity>(passkey::Column::UserId, &ids).await?,
            ceremony: self.having::<ceremony::Entity>(ceremony::Column::UserId, &ids).await?,
            login,
            user,
            ..Rows::default()
        })
    }

    async fn unused_tokens(&self, logins: &[Uuid]) -> Result<Vec<refresh_token::Model>> {
        let mut tokens = Vec::new();
        for logins in logins.chunks(super::IDS) {
            let unused = refresh_token::Entity::find()
                .filter(refresh_token::Column::LoginId.is_in(logins.iter().copied()))
                .filter(refresh_token::Column::Used.eq(false));
            tokens.extend(unused.all(&self.engine.read).await?);
        }
        Ok(tokens)
    }

    /// Sessions with those who take part, wait and are kept out, and the invites.
    pub(crate) async fn families_of_sessions(&self, session: Vec<session::Model>) -> Result<Rows> {
        let ids: Vec<Uuid> = session.iter().map(|row| row.id).collect();
        Ok(Rows {
            participant: self
                .having::<participant::Entity>(participant::Column::SessionId, &ids)
                .await?,
            invite: self.having::<invite::Entity>(invite::Column::SessionId, &ids).await?,
            waiting: self.having::<waiting::Entity>(waiting::Column::SessionId, &ids).await?,
            ban: self.having::<ban::Entity>(ban::Column::SessionId, &ids).await?,
            session,
            ..Rows::default()
        })
    }

    /// Executions with requests, results and callbacks.
    pub(crate) async fn families_of_executions(&self, execution: Vec<execution::Model>) -> Result<Rows> {
        let ids: Vec<Uuid> = execution.iter().map(|row| row.id).collect();
        Ok(Rows {
            execution_request: self
                .having::<execution_request::Entity>(execution_request::Column::ExecutionId, &ids)
                .await?,
            execution_result: self
                .having::<execution_result::Entity>(execution_result::Column::ExecutionId, &ids)
                .await?,
            callback: self
                .having::<callback::Entity>(callback::Column::ExecutionId, &ids)
                .await?,
            execution,
            ..Rows::default()
        })
    }

    /// The snapshots of sessions with their files.
    pub(crate) async fn families_of_snapshots(&self, sessions: &[session::Model]) -> Result<Rows> {
        let ids: Vec<Uuid> = sessions.iter().map(|row| row.id).collect();
        let snapshot = self
            .having::<snapshot::Entity>(snapshot::Column::SessionId, &ids)
            .await?;
        let ids: Vec<Uuid> = snapshot.iter().map(|row| row.id).collect();
        Ok(Rows {
            snapshot_file: self
                .having::<snapshot_file::Entity>(snapshot_file::Column::SnapshotId, &ids)
                .await?,
            snapshot,
            ..Rows::default()
        })
    }

    /// A document with its base, its beginning, and its updates without their bytes.
    pub(crate) async fn family_of_document(&self, document: &document::Model) -> Result<Rows> {
        let ids = [document.session_id];
        let updates = document_update::Entity::find()
            .filter(document_update::Column::SessionId.eq(document.session_id))
            .select_only()
            .columns([document_update::Column::Seq, document_update::Column::FoldedIn])
            .order_by_asc(document_update::Column::Seq)
            .into_tuple::<(i64, Option<i64>)>()
            .all(&self.engine.read)
            .await?;
        Ok(Rows {
            document_base: self
                .having::<document_base::Entity>(document_base::Column::SessionId, &ids)
                .await?,
            history_start: self
                .having::<history_start::Entity>(history_start::Column::SessionId, &ids)
                .await?,
            document_update: updates
                .into_iter()
                .map(|(seq, folded_in)| document_update::Model {
                    session_id: document.session_id,
                    seq,
                    author: None,
                    at: 0,
                    folded_in,
                    bytes: Vec::new(),
                })
                .collect(),
            ..Rows::default()
        })
    }

    /// The updates of a document that come after a position.
    pub(crate) fn updates_after(session: Uuid, seq: i64) -> Condition {
        Condition::all()
            .add(document_update::Column::SessionId.eq(session))
            .add(document_update::Column::Seq.gt(seq))
    }
}
