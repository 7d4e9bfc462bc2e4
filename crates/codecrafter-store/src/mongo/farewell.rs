//! The end of an account. Its document is the point of no return; what is elsewhere follows, by whoever ended it or,
//! where that process ended itself, by the next one that opens the store.

use chrono::{DateTime, Utc};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::user::Person;
use mongodb::bson::doc;
use serde_json::Value;

use super::engine::{Engine, id, key};
use super::executions::ExecutionDocument;
use super::messages::{MessageDocument, ReadDocument};
use super::people::{IdentityPart, PasskeyPart, UserDocument, search_text};
use super::queue::KeyDocument;
use super::sessions::SessionDocument;
use super::{identities, logins, participants, passkeys};
use crate::Result;
use crate::convert;
use crate::error::StoreError;
use crate::types::Farewell;

/// What is shown of those who are gone.
const NAME: &str = "Deleted user";
const COLOR: &str = "#6b7280";
/// Begins the names of those who are gone. No name of an account has such characters.
const GONE: &str = "deleted:";

/// What a user had that others may have now.
type Left = (Vec<String>, Vec<IdentityPart>, Vec<PasskeyPart>);

/// See [`crate::AccountStore::delete_account`].
pub(super) async fn delete(engine: &Engine, id: UserId, now: DateTime<Utc>) -> Result<Farewell> {
    let ended = engine.change(key(id.0), |user: &mut UserDocument| {
        user.require_account()?;
        forget(user, now)
    });
    let (logins, identities, passkeys) = ended.await?;
    logins::forget_tokens(engine, logins).await?;
    identities::release(engine, &identities).await?;
    passkeys::release(engine, &passkeys).await?;
    leave(engine, id, now).await
}

/// Goes on with the farewells that a crash has interrupted.
pub(super) async fn finish_all(engine: &Engine) -> Result<()> {
    for user in engine.ids::<UserDocument>(doc! { "leaving": true }).await? {
        leave(engine, UserId(id(&user)?), Utc::now()).await?;
    }
    Ok(())
}

/// Takes somebody who is gone out of all that is not their own document. Can be done again.
async fn leave(engine: &Engine, id: UserId, now: DateTime<Utc>) -> Result<Farewell> {
    let mut farewell = Farewell::default();
    for session in own_sessions(engine, id).await? {
        match pass_on(engine, session, id, now).await? {
            Some(heir) => farewell.handed_over.push((session, heir)),
            None => farewell.deleted.push(session),
        }
    }
    let user = key(id.0);
    for session in ids(engine, doc! { "participants.user": &user }).await? {
        if !farewell.deleted.contains(&session) {
            farewell.left.push(session);
        }
    }
    let about = doc! { "$or": [
        { "participants.user": &user }, { "waiting.user": &user }, { "bans.user": &user },
    ] };
    for session in ids(engine, about).await? {
        participants::forget(engine, session, id).await?;
    }
    engine.remove_all::<ReadDocument>(doc! { "user": &user }).await?;
    engine.remove_all::<KeyDocument>(doc! { "user": &user }).await?;
    let own_runs = doc! { "user": &user, "session": null, "finished_at": { "$ne": null } };
    engine.remove_all::<ExecutionDocument>(own_runs).await?;
    forget_in_chats(engine, id).await?;
    let left = engine.change(&user, |user: &mut UserDocument| {
        user.leaving = false;
        Ok(())
    });
    left.await?;
    Ok(farewell)
}

async fn own_sessions(engine: &Engine, id: UserId) -> Result<Vec<SessionId>> {
    let mut own = ids(engine, doc! { "owner": key(id.0), "deleted_at": null }).await?;
    own.sort();
    Ok(own)
}

async fn ids(engine: &Engine, which: mongodb::bson::Document) -> Result<Vec<SessionId>> {
    let found = engine.ids::<SessionDocument>(which).await?;
    found.iter().map(|session| id(session).map(SessionId)).collect()
}

/// Hands a session over to the admin who has been there longest and can sign in, or deletes it.
async fn pass_on(engine: &Engine, id: SessionId, owner: UserId, now: DateTime<Utc>) -> Result<Option<UserId>> {
    loop {
        let Some(session) = engine.find::<SessionDocument>(&key(id.0)).await? else {
            return Ok(None);
        };
        let heir = heir(engine, &session, owner).await?;
        let passed_on = engine.change(&session.id, |session: &mut SessionDocument| {
            if let Some(heir) = heir {
                return session.hand_over(owner, heir);
            }
            session.deleted_at.get_or_insert(convert::micros(now));
            Ok(())
        });
        match passed_on.await {
            // The heir has left meanwhile.
            Err(StoreError::NotFound) if heir.is_some() => {}
            passed_on => return passed_on.map(|()| heir),
        }
    }
}

async fn heir(engine: &Engine, session: &SessionDocument, owner: UserId) -> Result<Option<UserId>> {
    let admin = convert::word(Role::Admin);
    let mut admins: Vec<_> = session.participants.iter().filter(|part| part.role == admin).collect();
    admins.sort_by_key(|part| (part.joined_at, &part.user));
    for part in admins.into_iter().filter(|part| part.user != key(owner.0)) {
        let user = engine.find::<UserDocument>(&part.user).await?;
        if user.is_some_and(|user| user.guest_of.is_none() && user.deactivated_at.is_none()) {
            return Ok(Some(UserId(id(&part.user)?)));
        }
    }
    Ok(None)
}

/// Sessions tell of joins and roles by the name of then.
async fn forget_in_chats(engine: &Engine, id: UserId) -> Result<()> {
    for message in engine.ids::<MessageDocument>(doc! { "about": key(id.0) }).await? {
        let forgotten = engine.change(&message, |message: &mut MessageDocument| {
            let Some(line) = &message.line else { return Ok(()) };
            let mut line: Value = convert::from_json(line)?;
            if let Some(user) = line.get_mut("user") {
                *user = serde_json::to_value(nobody(id)).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            }
            message.line = Some(convert::json(&line)?);
            Ok(())
        });
        logins::or_nobody(forgotten.await, ())?;
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

fn username(id: UserId) -> String {
    format!("{GONE}{}", id.0.simple())
}

/// Leaves a document that tells nothing: no name or address of an account has these characters, and no password fits.
fn forget(user: &mut UserDocument, now: DateTime<Utc>) -> Result<Left> {
    let name = username(user.user_id()?);
    let left = (
        std::mem::take(&mut user.logins)
            .into_iter()
            .map(|login| login.id)
            .collect(),
        std::mem::take(&mut user.identities),
        passkeys::take(user),
    );
    *user = UserDocument {
        id: user.id.clone(),
        version: user.version,
        created_at: user.created_at,
        email: format!("{name}@deleted.invalid"),
        username_key: name.clone(),
        search: search_text("", NAME),
        username: name,
        display_name: NAME.to_owned(),
        color: COLOR.to_owned(),
        deactivated_at: Some(convert::micros(now)),
        deleted_at: Some(convert::micros(now)),
        leaving: true,
        ..UserDocument::default()
    };
    Ok(left)
}
