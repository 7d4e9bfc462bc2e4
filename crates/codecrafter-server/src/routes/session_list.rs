//! Finding sessions.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::Utc;
use codecrafter_domain::id::UserId;
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::Session;
use codecrafter_domain::user::Person;
use codecrafter_store::types::{Page, SessionFilter, SessionOrder, SessionScope};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::page::{List, page_request, search_text};
use super::sessions::SessionView;
use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::extract::Query;
use crate::state::App;

/// Which sessions.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Those that the caller is in.
    #[default]
    Mine,
    /// Those that everybody may read.
    Public,
    /// Those of the caller's own that were deleted and can be restored.
    Deleted,
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    /// The newest change.
    #[default]
    Changed,
    /// The newest session.
    Created,
}

/// Which sessions, and which part of their list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `mine` unless said.
    #[serde(default)]
    #[param(inline)]
    scope: Scope,
    /// Text in titles, descriptions and owners' names, at most 100 characters.
    #[serde(default)]
    q: Option<String>,
    /// Id or alias of a language.
    #[serde(default)]
    language: Option<String>,
    /// What comes first, `changed` unless said; of deleted ones, always the one deleted last.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

/// List sessions, the one that changed last first unless another order is asked for.
#[utoipa::path(get, path = "/sessions", tag = "sessions", security(("token" = [])),
    params(ListQuery), responses((status = 200, body = List<SessionView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<SessionView>>, ApiError> {
    let request = page_request(query.cursor.clone(), query.limit)?;
    let filter = filter(&app, &query)?;
    let scope = match query.scope {
        Scope::Mine => SessionScope::Mine(caller.user.id),
        Scope::Public => SessionScope::Public,
        Scope::Deleted => SessionScope::Deleted(caller.user.id),
    };
    let mut page = app.store.sessions(scope, &filter, &request).await?;
    // What waits to be forgotten is as good as forgotten.
    let since = Utc::now() - app.config.keep_deleted;
    page.items
        .retain(|session| session.deleted_at.is_none_or(|deleted| deleted > since));
    let items = views(&app, caller.user.id, page.items).await?;
    Ok(Json(List::from(Page {
        items,
        next_cursor: page.next_cursor,
    })))
}

fn filter(app: &App, query: &ListQuery) -> Result<SessionFilter, ApiError> {
    let language = query
        .language
        .as_deref()
        .map(|language| app.catalogue.require(language));
    let language = language
        .transpose()
        .map_err(|error| ApiError::invalid("language", error))?;
    Ok(SessionFilter {
        q: search_text(query.q.clone())?,
        language: language.map(|language| language.id.clone()),
        order: match query.sort {
            Sort::Changed => SessionOrder::Changed,
            Sort::Created => SessionOrder::Created,
        },
    })
}

async fn views(app: &App, caller: UserId, sessions: Vec<Session>) -> Result<Vec<SessionView>, ApiError> {
    let mut owners: HashMap<UserId, Person> = HashMap::new();
    let mut items = Vec::with_capacity(sessions.len());
    for session in sessions {
        let owner = match owners.get(&session.owner_id) {
            Some(owner) => owner.clone(),
            None => Person::from(&app.store.user(session.owner_id).await?),
        };
        owners.insert(session.owner_id, owner.clone());
        let role = match session.deleted_at {
            None => app.store.role(session.id, caller).await?,
            Some(_) => Some(Role::Owner),
        };
        items.push(SessionView {
            session,
            owner,
            role,
            origin: None,
        });
    }
    Ok(items)
}
