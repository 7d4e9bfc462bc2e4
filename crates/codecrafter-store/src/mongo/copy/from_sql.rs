//! Documents of the rows of an SQL database.

use codecrafter_domain::id::SessionId;
use sea_orm::ColumnTrait as _;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

use super::{End, accounts, chats, executions, logs, platform, sessions, shelves, tokens};
use crate::Result;
use crate::copy::Told;
use crate::mongo::append::last_position;
use crate::mongo::engine::key;
use crate::sql::copy::{End as SqlEnd, Step};
use crate::sql::entities::{
    audit_entry, ceremony, document, document_update, execution, idempotency_key, login, message, message_read, node,
    note, refresh_token, session, snapshot_text, user,
};

/// Copies the rows of a table by making documents of them.
macro_rules! copy_table {
    ($self:ident, $from:ident, $told:ident, $table:ident, $which:expr, $documents:expr) => {
        let mut rows = $from.rows::<$table::Entity>($which, Step::Copy).await?;
        while let Some(batch) = rows.next($told).await? {
            $self.engine.insert_all(&$documents(batch)).await?;
        }
    };
}

impl End {
    /// Copies everything from an SQL database.
    pub(crate) async fn copy_from_sql(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        self.copy_users(from, told).await?;
        self.copy_tokens(from, told).await?;
        let of_nobody = Condition::all().add(ceremony::Column::UserId.is_null());
        let all = Condition::all;
        copy_table!(self, from, told, ceremony, of_nobody, tokens::ceremonies);
        copy_table!(self, from, told, audit_entry, all(), platform::entries);
        copy_table!(self, from, told, node, all(), platform::nodes);
        self.copy_sessions(from, told).await?;
        self.copy_executions(from, told).await?;
        copy_table!(self, from, told, idempotency_key, all(), executions::keys);
        self.copy_logs(from, told).await?;
        self.copy_messages(from, told).await?;
        copy_table!(self, from, told, message_read, all(), chats::reads);
        copy_table!(self, from, told, note, all(), chats::notes);
        copy_table!(self, from, told, snapshot_text, all(), shelves::texts);
        Ok(())
    }

    async fn copy_users(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<user::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            let users = accounts::users(from.families_of_users(batch).await?)?;
            self.engine.insert_all(&accounts::claims(&users)).await?;
            self.engine.insert_all(&users).await?;
        }
        Ok(())
    }

    async fn copy_tokens(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<refresh_token::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            let mut logins: Vec<Uuid> = batch.iter().map(|row| row.login_id).collect();
            logins.sort_unstable();
            logins.dedup();
            let logins = from.having::<login::Entity>(login::Column::Id, &logins).await?;
            self.engine.insert_all(&tokens::tokens(batch, &logins)).await?;
        }
        Ok(())
    }

    async fn copy_sessions(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<session::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            let shelves = shelves::shelves(from.families_of_snapshots(&batch).await?);
            let sessions = sessions::sessions(from.families_of_sessions(batch).await?);
            self.engine.insert_all(&sessions::claims(&sessions)).await?;
            self.engine.insert_all(&sessions).await?;
            self.engine.insert_all(&shelves).await?;
        }
        Ok(())
    }

    async fn copy_executions(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<execution::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            let executions = executions::executions(from.families_of_executions(batch).await?)?;
            self.engine.insert_all(&executions).await?;
        }
        Ok(())
    }

    async fn copy_messages(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<message::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            self.engine.insert_all(&chats::messages(batch)?).await?;
        }
        Ok(())
    }

    async fn copy_logs(&self, from: &SqlEnd, told: Told<'_>) -> Result<()> {
        let mut rows = from.rows::<document::Entity>(Condition::all(), Step::Copy).await?;
        while let Some(batch) = rows.next(told).await? {
            for row in batch {
                self.copy_updates(from, SessionId(row.session_id)).await?;
                if row.base_version > 0 {
                    let log = logs::log(&row, from.family_of_document(&row).await?);
                    self.engine.insert_all(&[log]).await?;
                }
            }
        }
        Ok(())
    }

    /// Copies the updates of a log that come after the last one that is there: they are added in their order.
    async fn copy_updates(&self, from: &SqlEnd, session: SessionId) -> Result<()> {
        let last = last_position(&self.engine, &key(session.0)).await?;
        let later = SqlEnd::updates_after(session.0, last);
        let mut rows = from.rows::<document_update::Entity>(later, Step::Copy).await?;
        while let Some(batch) = rows.next(&mut |_| {}).await? {
            for chunk in logs::chunks(batch) {
                self.engine.insert(&chunk).await?;
            }
        }
        Ok(())
    }
}
