//! The audit log: for administrators all of it, for everybody else what concerns them.

use std::net::IpAddr;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use codecrafter_domain::audit::{Act, Audit, AuditEntry};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_store::types::{AuditFilter, Page, PageRequest};
use futures::stream::{Stream, TryStreamExt as _};
use http::header;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::caller::Caller;
use crate::auth::platform_admin::PlatformAdmin;
use crate::error::ApiError;
use crate::extract::Query;
use crate::routes::page::{List, PageQuery, page_request};
use crate::state::App;

/// Entries read at a time for an export.
const EXPORTED: u64 = 100;

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// This act, or several with commas between them.
    #[serde(default)]
    act: Option<String>,
    /// Done by this user.
    #[serde(default)]
    actor: Option<UserId>,
    /// Done by or to this user.
    #[serde(default)]
    user: Option<UserId>,
    /// In this session.
    #[serde(default)]
    session: Option<SessionId>,
    /// From this address.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// By this request.
    #[serde(default)]
    request_id: Option<String>,
    /// Not before.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Before.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said. An export has no bound.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

impl AuditQuery {
    fn check(self) -> Result<(AuditFilter, PageRequest), ApiError> {
        let page = page_request(self.cursor, self.limit)?;
        let acts = self.act.as_deref().map(acts).transpose()?.unwrap_or_default();
        let filter = AuditFilter {
            acts,
            actor: self.actor,
            about: self.user,
            session: self.session,
            address: self.address,
            request_id: self.request_id,
            since: self.since,
            until: self.until,
        };
        Ok((filter, page))
    }
}

fn acts(words: &str) -> Result<Vec<Act>, ApiError> {
    let known = |word: &str| Act::ALL.iter().copied().find(|act| act.word() == word);
    let acts: Option<Vec<Act>> = words.split(',').map(|word| known(word.trim())).collect();
    acts.ok_or_else(|| ApiError::malformed_field("act", "must be an act of the audit log, or several with commas"))
}

/// The audit log, the latest first.
#[utoipa::path(get, path = "/admin/audit", tag = "admin", security(("token" = [])),
    params(AuditQuery), responses((status = 200, body = List<AuditEntry>)))]
pub(crate) async fn list(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<List<AuditEntry>>, ApiError> {
    let (filter, page) = query.check()?;
    Ok(Json(List::from(app.store.audit(&filter, &page).await?)))
}

/// The audit log as JSON lines, the latest first, as far as the filter lets it through.
#[utoipa::path(get, path = "/admin/audit/export", tag = "admin", security(("token" = [])),
    params(AuditQuery), responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export(
    admin: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, ApiError> {
    let (filter, mut page) = query.check()?;
    page.limit = EXPORTED;
    // Before the answer begins: what is wrong with the question can still be said.
    let first = app.store.audit(&filter, &page).await?;
    app.audit(Audit::new(Act::AuditExported).by(&admin.user)).await;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, Body::from_stream(lines(app, filter, first))).into_response())
}

/// The stream breaks off where the store fails, so that half a file is not taken for all of it.
fn lines(app: App, filter: AuditFilter, first: Page<AuditEntry>) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let parts = futures::stream::try_unfold(Next::Is(first), move |next| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let part = match next {
                Next::Is(part) => part,
                Next::After(Some(cursor)) => {
                    let page = PageRequest {
                        cursor: Some(cursor),
                        limit: EXPORTED,
                    };
                    app.store.audit(&filter, &page).await?
                }
                Next::After(None) => return Ok(None),
            };
            let mut chunk = Vec::new();
            for entry in &part.items {
                serde_json::to_writer(&mut chunk, entry).map_err(ApiError::internal)?;
                chunk.push(b'\n');
            }
            Ok(Some((Bytes::from(chunk), Next::After(part.next_cursor))))
        }
    });
    parts.map_err(|error: ApiError| std::io::Error::other(format!("{error:?}")))
}

/// The part of an export that comes next.
enum Next {
    Is(Page<AuditEntry>),
    After(Option<String>),
}

/// What has happened to one's own account, and what one has done, the latest first.
#[utoipa::path(get, path = "/me/security-events", tag = "auth", security(("token" = [])),
    params(PageQuery), responses((status = 200, body = List<AuditEntry>)))]
pub(crate) async fn mine(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<AuditEntry>>, ApiError> {
    let me = caller.user.id;
    let filter = AuditFilter {
        about: Some(me),
        ..AuditFilter::default()
    };
    let mut page = app.store.audit(&filter, &query.check()?).await?;
    for entry in &mut page.items {
        let is_own = entry.actor_id == Some(me);
        let is_attempt = entry.actor_id.is_none();
        // Where others were is not this user's to know; where somebody tried to be them is.
        if !is_own && !is_attempt {
            entry.address = None;
            entry.request_id = None;
        }
    }
    Ok(Json(List::from(page)))
}
