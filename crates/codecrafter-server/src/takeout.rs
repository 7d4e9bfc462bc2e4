//! All that is one's own as a zip, written as the reader takes it: neither its size nor that of a session is held in memory.

use std::time::Duration;

use chrono::{DateTime, Utc};
use codecrafter_domain::account::Preferences;
use codecrafter_domain::id::UserId;
use codecrafter_domain::identity::Identity;
use codecrafter_domain::second_factor::SecondFactors;
use codecrafter_domain::session::Session;
use codecrafter_domain::user::User;
use codecrafter_store::types::{PageRequest, SessionFilter, SessionScope};
use futures::{AsyncWriteExt as _, StreamExt as _};
use serde::Serialize;
use tokio::io::DuplexStream;

use crate::archive::{Entry, Zip};
use crate::error::ApiError;
use crate::export;
use crate::state::App;

/// How long a reader may take for all of it.
const PATIENCE: Duration = Duration::from_mins(30);
/// Things read from the store at a time.
const ITEMS: u64 = 50;

/// The account itself.
#[derive(Serialize)]
struct Account<'a> {
    user: &'a User,
    preferences: Preferences,
    identities: Vec<ConnectedAs>,
    second_factors: SecondFactors,
}

/// Who one is at a provider.
#[derive(Serialize)]
struct ConnectedAs {
    issuer: String,
    subject: String,
    name: String,
    created_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
}

impl From<Identity> for ConnectedAs {
    fn from(identity: Identity) -> Self {
        Self {
            issuer: identity.issuer,
            subject: identity.subject,
            name: identity.name,
            created_at: identity.created_at,
            used_at: identity.used_at,
        }
    }
}

/// Begins to write; the other end of what is written.
pub(crate) fn begin(app: &App, user: User, permit: tokio::sync::OwnedSemaphorePermit) -> DuplexStream {
    let (zip, reader) = Zip::begin();
    let (app, tracker) = (app.clone(), app.sockets.clone());
    tracker.spawn(async move {
        let id = user.id;
        let writing = tokio::time::timeout(PATIENCE, write(&app, user, zip));
        tokio::select! {
            written = writing => match written {
                Ok(Ok(())) => tracing::info!(user = %id, "account exported"),
                Ok(Err(error)) => tracing::warn!(user = %id, ?error, "export broken off"),
                Err(_) => tracing::warn!(user = %id, "export broken off: it was read too slowly"),
            },
            () = app.closing.cancelled() => {}
        }
        drop(permit);
    });
    reader
}

async fn write(app: &App, user: User, mut zip: Zip) -> Result<(), ApiError> {
    let preferences = app.store.preferences(user.id).await?;
    let identities = app.store.identities(user.id).await?;
    let account = Account {
        user: &user,
        preferences,
        identities: identities.into_iter().map(ConnectedAs::from).collect(),
        second_factors: app.store.second_factors(user.id).await?,
    };
    zip.json("account.json", &account).await?;
    executions(app, user.id, &mut zip).await?;
    let mut cursor = None;
    loop {
        let page = PageRequest { cursor, limit: ITEMS };
        let scope = SessionScope::Mine(user.id);
        let page = app.store.sessions(scope, &SessionFilter::default(), &page).await?;
        for session in page.items {
            if session.owner_id == user.id {
                own_session(app, session, &mut zip).await?;
            } else {
                messages(app, &session, user.id, &mut zip).await?;
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    zip.close().await
}

/// What one has run, wherever.
async fn executions(app: &App, user: UserId, zip: &mut Zip) -> Result<(), ApiError> {
    let mut file = zip.open("executions.jsonl").await?;
    let mut cursor = None;
    loop {
        let page = PageRequest { cursor, limit: ITEMS };
        let page = app.store.user_executions(user, &page).await?;
        for head in page.items {
            line(&mut file, &app.store.execution(head.id).await?).await?;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    file.close().await.map_err(ApiError::internal)
}

/// A session with its files as they are now, and everything that is kept of it.
async fn own_session(app: &App, session: Session, zip: &mut Zip) -> Result<(), ApiError> {
    let folder = format!("sessions/{}", session.id);
    zip.json(&format!("{folder}/session.json"), &session).await?;
    for file in app.documents.files(session.id).await? {
        let name = format!("{folder}/files/{}", file.path);
        zip.whole(&name, file.content.as_bytes()).await?;
    }
    let mut file = zip.open(&format!("{folder}/history.jsonl")).await?;
    let mut lines = std::pin::pin!(export::lines(app.clone(), session));
    while let Some(chunk) = lines.next().await {
        let chunk = chunk.map_err(ApiError::internal)?;
        file.write_all(&chunk).await.map_err(ApiError::internal)?;
    }
    file.close().await.map_err(ApiError::internal)
}

/// What one has said in a session of somebody else.
async fn messages(app: &App, session: &Session, user: UserId, zip: &mut Zip) -> Result<(), ApiError> {
    let mut file = zip.open(&format!("messages/{}.jsonl", session.id)).await?;
    let mut cursor = None;
    loop {
        let page = PageRequest { cursor, limit: ITEMS };
        let page = app.store.messages(session.id, &page).await?;
        for message in page.items.iter().filter(|message| message.author.id == user) {
            line(&mut file, message).await?;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    file.close().await.map_err(ApiError::internal)
}

async fn line(file: &mut Entry<'_>, value: &impl Serialize) -> Result<(), ApiError> {
    let mut line = serde_json::to_vec(value).map_err(ApiError::internal)?;
    line.push(b'\n');
    file.write_all(&line).await.map_err(ApiError::internal)
}
