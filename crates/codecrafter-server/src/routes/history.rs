//! How a session came to be what it is: its log of edits, for playback; all of it as a file; forgetting it.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Action;
use codecrafter_domain::user::Person;
use codecrafter_domain::validate::Invalid;
use codecrafter_store::StoreError;
use codecrafter_store::documents::StoredUpdate;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::export;
use crate::extract::{Path, Query};
use crate::state::App;

const DEFAULT_LIMIT: u64 = 500;
const MAX_LIMIT: u64 = 2_000;

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryQuery {
    /// Edits after this position; from the beginning unless given.
    #[serde(default)]
    after: u64,
    /// Edits at most, 1 to 2,000; 500 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 2000)]
    limit: Option<u64>,
}

/// A part of a session's log of edits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// What the edits build upon, where earlier ones were forgotten; with the first part only.
    start: Option<HistoryStart>,
    /// The edits, oldest first.
    items: Vec<HistoryItem>,
    /// Who made them, each once. Accounts that are gone are missing.
    people: Vec<Person>,
    /// Where the next part begins (`after`); null at the end.
    next: Option<u64>,
}

/// The document as of a moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryStart {
    /// Position of the last edit in it.
    seq: u64,
    /// When that edit was made.
    at: DateTime<Utc>,
    /// A Yjs update (v1) that makes an empty document this one, as base64.
    update: String,
}

/// An edit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryItem {
    /// Position in the log; rises, with gaps.
    pub(crate) seq: u64,
    /// When it was made.
    pub(crate) at: DateTime<Utc>,
    /// By whom.
    pub(crate) author: Option<UserId>,
    /// The Yjs update (v1), as base64.
    pub(crate) update: String,
}

impl From<StoredUpdate> for HistoryItem {
    fn from(update: StoredUpdate) -> Self {
        Self {
            seq: update.seq,
            at: update.at,
            author: update.author,
            update: STANDARD.encode(update.bytes),
        }
    }
}

/// The log of edits with authors and times, for playback: apply `start` and then each item to a Yjs document.
#[utoipa::path(get, path = "/sessions/{id}/history", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path), HistoryQuery), responses((status = 200, body = History)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<History>, ApiError> {
    authorise(&app, id, caller.user.id, Action::History).await?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Invalid::one("limit", format!("must be from 1 to {MAX_LIMIT}, not {limit}")).into());
    }
    let start = match query.after {
        0 => start(&app, id).await?,
        _ => None,
    };
    let updates = app.store.updates_after(id, query.after, limit).await?;
    let is_full = updates.len() as u64 == limit;
    Ok(Json(History {
        start,
        people: people(&app, &updates).await?,
        next: updates.last().filter(|_| is_full).map(|last| last.seq),
        items: updates.into_iter().map(HistoryItem::from).collect(),
    }))
}

pub(crate) async fn start(app: &App, session: SessionId) -> Result<Option<HistoryStart>, ApiError> {
    let start = app.store.history_start(session).await?;
    Ok(start.map(|start| HistoryStart {
        seq: start.seq,
        at: start.at,
        update: STANDARD.encode(start.base),
    }))
}

async fn people(app: &App, updates: &[StoredUpdate]) -> Result<Vec<Person>, ApiError> {
    let ids: BTreeSet<UserId> = updates.iter().filter_map(|update| update.author).collect();
    let mut people = Vec::with_capacity(ids.len());
    for id in ids {
        match app.store.user(id).await {
            Ok(user) => people.push(Person::from(&user)),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(people)
}

/// Forget how the files came to be what they are: the log of edits up to now and automatic snapshots. Files,
/// named snapshots and runs stay.
#[utoipa::path(delete, path = "/sessions/{id}/history", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 204)))]
pub(crate) async fn purge(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::Delete).await?;
    app.documents.purge_history(id, caller.user.id).await?;
    app.store.delete_automatic_snapshots(id).await?;
    app.audit(Audit::new(Act::HistoryPurged).by(&caller.user).session(id))
        .await;
    app.tell(id, SessionEventKind::HistoryPurged, &caller.person()).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything about a session as JSON lines, each with a `type`: `session`, `participant`, `snapshot` (with its files),
/// `execution` (with its output), `message`, `history_start`, `edit`. Private notes are not in it.
#[utoipa::path(get, path = "/sessions/{id}/history/export", tag = "history", security(("token" = [])),
    params(("id" = SessionId, Path)),
    responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Response, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::History).await?;
    app.audit(Audit::new(Act::HistoryExported).by(&caller.user).session(id))
        .await;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"session-{id}.jsonl\""),
        ),
    ];
    let lines = export::lines(app, access.session);
    Ok((headers, Body::from_stream(lines)).into_response())
}
