//! The end of an account.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::user::Person;
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::entities::{execution, message, participant, session, user};
use super::{convert, participants, users};
use crate::Result;
use crate::error::StoreError;
use crate::types::Farewell;

/// Tables with a `user_id` whose rows are nobody's business once that account is gone.
const OWN: [&str; 16] = [
    "api_keys",
    "identities",
    "logins",
    "links",
    "preferences",
    "idempotency_keys",
    "participants",
    "waiting",
    "bans",
    "message_reads",
    "quotas",
    "totp_secrets",
    "recovery_codes",
    "login_challenges",
    "passkeys",
    "passkey_ceremonies",
];

/// Tables with a `user_id` whose rows are a session's, and stay with it, or the platform's. Runs outside of sessions go.
#[cfg(test)]
const KEPT: [&str; 3] = ["audit_entries", "executions", "snapshots"];

/// What is shown of those who are gone.
const NAME: &str = "Deleted user";
const COLOR: &str = "#6b7280";

/// See [`crate::AccountStore::delete_account`]. The account is locked.
pub(super) async fn delete(tx: &impl ConnectionTrait, row: user::Model, now: DateTime<Utc>) -> Result<Farewell> {
    let id = UserId(row.id);
    let mut farewell = Farewell::default();
    for session in sessions_of(tx, id).await? {
        if let Some(heir) = heir(tx, session, id).await? {
            participants::hand_over(tx, session, id, heir).await?;
            farewell.handed_over.push((session, heir));
        } else {
            delete_session(tx, session, now).await?;
            farewell.deleted.push(session);
        }
    }
    farewell.left = others_sessions(tx, id, &farewell).await?;
    for table in OWN {
        let rows = Query::delete()
            .from_table(Alias::new(table))
            .and_where(Expr::col(Alias::new("user_id")).eq(id.0))
            .to_owned();
        tx.execute(&rows).await?;
    }
    execution::Entity::delete_many()
        .filter(execution::Column::UserId.eq(id.0))
        .filter(execution::Column::SessionId.is_null())
        .filter(execution::Column::FinishedAt.is_not_null())
        .exec(tx)
        .await?;
    forget_in_chats(tx, id).await?;
    forget(tx, row, now).await?;
    Ok(farewell)
}

async fn sessions_of(tx: &impl ConnectionTrait, id: UserId) -> Result<Vec<SessionId>> {
    let ids: Vec<Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::OwnerId.eq(id.0))
        .filter(session::Column::DeletedAt.is_null())
        .order_by_asc(session::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// The admin who has been there longest and can sign in.
async fn heir(tx: &impl ConnectionTrait, session: SessionId, owner: UserId) -> Result<Option<UserId>> {
    let rows = participant::Entity::find()
        .filter(participant::Column::SessionId.eq(session.0))
        .filter(participant::Column::UserId.ne(owner.0))
        .filter(participant::Column::Role.eq(convert::word(Role::Admin)))
        .order_by_asc(participant::Column::JoinedAt)
        .order_by_asc(participant::Column::UserId)
        .find_both_related(user::Entity)
        .all(tx)
        .await?;
    let heir = rows
        .into_iter()
        .find(|(_, user)| user.guest_of.is_none() && user.deactivated_at.is_none());
    Ok(heir.map(|(_, user)| UserId(user.id)))
}

async fn delete_session(tx: &impl ConnectionTrait, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::DeletedAt, Expr::value(convert::micros(now)))
        .filter(session::Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Where they took part, those that were deleted with them aside.
async fn others_sessions(tx: &impl ConnectionTrait, id: UserId, farewell: &Farewell) -> Result<Vec<SessionId>> {
    let ids: Vec<Uuid> = participant::Entity::find()
        .select_only()
        .column(participant::Column::SessionId)
        .filter(participant::Column::UserId.eq(id.0))
        .into_tuple()
        .all(tx)
        .await?;
    let ids = ids.into_iter().map(SessionId);
    Ok(ids.filter(|id| !farewell.deleted.contains(id)).collect())
}

/// Sessions tell of joins and roles by the name of then.
async fn forget_in_chats(tx: &impl ConnectionTrait, id: UserId) -> Result<()> {
    let rows: Vec<(Uuid, Option<String>)> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .column(message::Column::Line)
        .filter(message::Column::Line.contains(id.to_string()))
        .into_tuple()
        .all(tx)
        .await?;
    for (message, line) in rows {
        let Some(mut line) = line.map(|line| convert::from_json::<Value>(&line)).transpose()? else {
            continue;
        };
        match line.get_mut("user") {
            Some(user) if user["id"] == id.to_string() => {
                *user = serde_json::to_value(nobody(id)).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            }
            _ => continue,
        }
        message::Entity::update_many()
            .col_expr(message::Column::Line, Expr::value(convert::json(&line)?))
            .filter(message::Column::Id.eq(message))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// What others see of somebody who is gone.
fn nobody(id: UserId) -> Person {
    Person {
        id,
        username: username(id),
        display_name: NAME.to_owned(),
        color: COLOR.to_owned(),
        guest: false,
    }
}

/// Begins the names of those who are gone. No name of an account has such characters.
const GONE: &str = "deleted:";

fn username(id: UserId) -> String {
    format!("{GONE}{}", id.0.simple())
}

/// Of users: those who have an account.
pub(super) fn has_account() -> Condition {
    Condition::all()
        .add(user::Column::GuestOf.is_null())
        .add(Expr::col(user::Column::Username).not_like(format!("{GONE}%")))
}

/// Leaves a row that tells nothing: no name or address of an account has these characters, and no password fits.
async fn forget(tx: &impl ConnectionTrait, row: user::Model, now: DateTime<Utc>) -> Result<()> {
    let name = username(UserId(row.id));
    let mut change = row.into_active_model();
    change.email = Set(format!("{name}@deleted.invalid"));
    change.username_key = Set(name.clone());
    change.search = Set(users::search_text("", NAME));
    change.username = Set(name);
    change.display_name = Set(NAME.to_owned());
    change.color = Set(COLOR.to_owned());
    change.password_hash = Set(String::new());
    change.bio = Set(String::new());
    change.links = Set("[]".to_owned());
    change.email_verified = Set(false);
    change.pending_email = Set(None);
    change.platform_admin = Set(false);
    change.deactivated_at = Set(Some(convert::micros(now)));
    change.deleted_at = Set(Some(convert::micros(now)));
    user::Entity::update(change).exec_without_returning(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::migrate::tests::tables_with;

    #[tokio::test]
    async fn every_table_of_a_users_rows_is_known() {
        let mut known = [&OWN[..], &KEPT].concat();
        known.sort_unstable();
        assert_eq!(tables_with("user_id").await, known);
    }
}
