//! Sessions: making, finding, changing, deleting.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;

use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::execution::{SourceFile, bounds};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::{Action, Role};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::user::Person;
use codecrafter_domain::validate::Invalid;
use codecrafter_domain::{object, path, text};
use codecrafter_store::types::{SessionPatch, SessionScope};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::invites;
use super::page::{List, page_request};
use crate::auth::caller::Caller;
use crate::authorise::{Access, authorise};
use crate::error::ApiError;
use crate::extract::{self, LargeJson, Path, Query};
use crate::state::App;

/// Files travel as JSON strings, in which escapes make them longer.
const BODY_BYTES: usize = 4 * 1024 * 1024;
const MAX_PARTICIPANTS: std::ops::RangeInclusive<u32> = 1..=500;
const DEFAULT_PARTICIPANTS: u32 = 50;
const QUERY_CHARS: usize = 100;

/// A session as one user sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    #[serde(flatten)]
    session: Session,
    /// Who owns it.
    owner: Person,
    /// The caller's role; null for those who are not in it.
    role: Option<Role>,
}

impl SessionView {
    pub(crate) async fn of(app: &App, access: Access) -> Result<Self, ApiError> {
        let owner = Person::from(&app.store.user(access.session.owner_id).await?);
        Ok(Self {
            owner,
            role: access.role(),
            session: access.session,
        })
    }
}

/// A new session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSession {
    /// 1 to 120 characters.
    title: String,
    /// Id or alias of a language.
    language: String,
    /// At most 2,000 characters.
    #[serde(default)]
    description: String,
    /// Who may find it; `private` unless given. With `link`, an invite for editors is made as well.
    #[serde(default)]
    visibility: Option<Visibility>,
    /// Its first files, at most 20; the language's template unless given.
    #[serde(default, deserialize_with = "object::optional_list")]
    files: Option<Vec<SourceFile>>,
    /// How many participants it takes, 1 to 500; 50 unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    max_participants: Option<u32>,
}

/// Changes to a session; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionPatch)]
pub(crate) struct Patch {
    /// 1 to 120 characters.
    #[serde(default)]
    title: Option<String>,
    /// At most 2,000 characters.
    #[serde(default)]
    description: Option<String>,
    /// Id or alias of a language.
    #[serde(default)]
    language: Option<String>,
    /// Who may find it.
    #[serde(default)]
    visibility: Option<Visibility>,
    /// How many participants it takes, 1 to 500.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    max_participants: Option<u32>,
}

/// Which sessions.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Those that the caller is in.
    #[default]
    Mine,
    /// Those that everybody may read.
    Public,
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
    /// Words of titles and descriptions, at most 100 characters.
    #[serde(default)]
    q: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 50 unless said.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
}

/// Make a session, with its files.
#[utoipa::path(post, path = "/sessions", tag = "sessions", security(("token" = [])),
    request_body = NewSession, responses((status = 201, body = SessionView)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    LargeJson(new): LargeJson<NewSession, BODY_BYTES>,
) -> Result<(StatusCode, HeaderMap, Json<SessionView>), ApiError> {
    let (session, files) = check_new(&app, caller.user.id, new)?;
    app.store.create_session(&session).await?;
    if let Err(error) = app.documents.create(session.id, caller.user.id, &files).await {
        app.store.delete_session(session.id).await?;
        return Err(error.into());
    }
    if session.visibility == Visibility::Link {
        invites::make(&app, session.id, Role::Editor, None, None).await?;
    }
    let location = HeaderValue::try_from(format!("/api/v1/sessions/{}", session.id));
    let location = location.map_err(ApiError::internal)?;
    let view = SessionView {
        session,
        owner: caller.person(),
        role: Some(Role::Owner),
    };
    Ok((
        StatusCode::CREATED,
        HeaderMap::from_iter([(header::LOCATION, location)]),
        Json(view),
    ))
}

type Files = Vec<(String, String)>;

fn check_new(app: &App, owner: UserId, new: NewSession) -> Result<(Session, Files), Invalid> {
    let mut invalid = Invalid::none();
    let title = invalid.check("title", text::line(&new.title, text::TITLE_CHARS));
    let description = invalid.check(
        "description",
        text::paragraph(&new.description, text::DESCRIPTION_CHARS),
    );
    let language = invalid.check("language", app.catalogue.require(&new.language));
    let capacity = new.max_participants.unwrap_or(DEFAULT_PARTICIPANTS);
    invalid.check("max_participants", capacity_rule(capacity));
    let template = || language.map(|language| language.template.clone()).unwrap_or_default();
    let files = check_files(new.files.unwrap_or_else(template), &mut invalid);
    invalid.into_result()?;
    let now = codecrafter_domain::time::now();
    let session = Session {
        id: SessionId::new(),
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
        language: language.map(|language| language.id.clone()).unwrap_or_default(),
        visibility: new.visibility.unwrap_or(Visibility::Private),
        owner_id: owner,
        max_participants: capacity,
        forked_from: None,
        created_at: now,
        updated_at: now,
    };
    Ok((session, files))
}

fn check_files(files: Vec<SourceFile>, invalid: &mut Invalid) -> Files {
    if files.len() > bounds::FILES {
        invalid.add(
            "files",
            format!("must be at most {} files, not {}", bounds::FILES, files.len()),
        );
    }
    let mut bytes = 0;
    let mut checked = Files::new();
    for (index, file) in files.into_iter().enumerate() {
        let field = format!("files[{index}]");
        invalid.check(&format!("{field}.path"), path::check(&file.path));
        let content = file.encoding.decode(&file.content);
        let content = content.and_then(|content| String::from_utf8(content).map_err(|_| "must be UTF-8 text".into()));
        let content = invalid.check(&format!("{field}.content"), content).unwrap_or_default();
        bytes += content.len();
        checked.push((file.path, content));
    }
    if bytes > bounds::SOURCE_BYTES {
        let limit = bounds::SOURCE_BYTES;
        invalid.add("files", format!("must have at most {limit} bytes in all, not {bytes}"));
    }
    if let Some(index) = path::first_collision(checked.iter().map(|(path, _)| path.as_str())) {
        invalid.add(format!("files[{index}].path"), "collides with another file's path");
    }
    checked
}

fn capacity_rule(capacity: u32) -> Result<u32, String> {
    if MAX_PARTICIPANTS.contains(&capacity) {
        return Ok(capacity);
    }
    let (least, most) = (MAX_PARTICIPANTS.start(), MAX_PARTICIPANTS.end());
    Err(format!("must be from {least} to {most}, not {capacity}"))
}

/// List sessions, the one that changed last first.
#[utoipa::path(get, path = "/sessions", tag = "sessions", security(("token" = [])),
    params(ListQuery), responses((status = 200, body = List<SessionView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<List<SessionView>>, ApiError> {
    let request = page_request(query.cursor, query.limit)?;
    let q = query.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    if q.is_some_and(|q| q.chars().count() > QUERY_CHARS) {
        return Err(ApiError::invalid(
            "q",
            format!("must have at most {QUERY_CHARS} characters"),
        ));
    }
    let scope = match query.scope {
        Scope::Mine => SessionScope::Mine(caller.user.id),
        Scope::Public => SessionScope::Public,
    };
    let page = app.store.sessions(scope, q, &request).await?;
    let mut owners: HashMap<UserId, Person> = HashMap::new();
    let mut items = Vec::with_capacity(page.items.len());
    for session in page.items {
        let owner = match owners.get(&session.owner_id) {
            Some(owner) => owner.clone(),
            None => Person::from(&app.store.user(session.owner_id).await?),
        };
        owners.insert(session.owner_id, owner.clone());
        let role = app.store.role(session.id, caller.user.id).await?;
        items.push(SessionView { session, owner, role });
    }
    Ok(Json(List::from(codecrafter_store::types::Page {
        items,
        next_cursor: page.next_cursor,
    })))
}

/// A session.
#[utoipa::path(get, path = "/sessions/{id}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<SessionView>, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::Read).await?;
    Ok(Json(SessionView::of(&app, access).await?))
}

/// Change a session.
#[utoipa::path(patch, path = "/sessions/{id}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), request_body = Patch, responses((status = 200, body = SessionView)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    extract::Json(patch): extract::Json<Patch>,
) -> Result<Json<SessionView>, ApiError> {
    let mut access = authorise(&app, id, caller.user.id, Action::Configure).await?;
    let patch = check_patch(&app, patch)?;
    access.session = app.store.update_session(id, &patch).await?;
    let session = access.session.clone();
    app.tell(id, SessionEventKind::SessionUpdated { session }, &caller.person())
        .await;
    if patch.visibility.is_some() {
        app.rights_changed(id).await;
    }
    Ok(Json(SessionView::of(&app, access).await?))
}

fn check_patch(app: &App, patch: Patch) -> Result<SessionPatch, Invalid> {
    let mut invalid = Invalid::none();
    let title = patch.title.map(|title| text::line(&title, text::TITLE_CHARS));
    let description = patch
        .description
        .map(|text| text::paragraph(&text, text::DESCRIPTION_CHARS));
    let language = patch
        .language
        .map(|language| app.catalogue.require(&language).map(|known| known.id.clone()));
    let checked = SessionPatch {
        title: title.and_then(|title| invalid.check("title", title)),
        description: description.and_then(|description| invalid.check("description", description)),
        language: language.and_then(|language| invalid.check("language", language)),
        visibility: patch.visibility,
        max_participants: patch
            .max_participants
            .and_then(|capacity| invalid.check("max_participants", capacity_rule(capacity))),
    };
    invalid.into_result().map(|()| checked)
}

/// Delete a session. Everybody in it is disconnected.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::Delete).await?;
    app.store.delete_session(id).await?;
    app.tell(id, SessionEventKind::SessionDeleted, &caller.person()).await;
    app.rights_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}
