//! Sessions: making, reading, changing, deleting.

use axum::Json;
use axum::extract::State;

use codecrafter_domain::audit::{Act, Audit};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::execution::{SourceFile, bounds};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::{Action, Decision, Role};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::user::Person;
use codecrafter_domain::validate::Invalid;
use codecrafter_domain::{object, path, text};
use codecrafter_execution::LanguageInfo;
use codecrafter_store::types::SessionPatch;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::invites;
use crate::auth::caller::Caller;
use crate::authorise::{Access, access, authorise};
use crate::error::ApiError;
use crate::extract::{self, LargeJson, Path};
use crate::quota;
use crate::state::App;

/// Files travel as JSON strings, in which escapes make them longer.
const BODY_BYTES: usize = 4 * 1024 * 1024;
const MAX_PARTICIPANTS: std::ops::RangeInclusive<u32> = 1..=500;
const DEFAULT_PARTICIPANTS: u32 = 50;

/// A session as one user sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    #[serde(flatten)]
    pub(super) session: Session,
    /// Who owns it.
    pub(super) owner: Person,
    /// The caller's role; null for those who are not in it.
    pub(super) role: Option<Role>,
    /// The session that it was forked from, where the caller may read that; null in lists.
    pub(super) origin: Option<Origin>,
}

/// Where a fork comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Origin {
    /// Identifier.
    id: SessionId,
    /// Its title now.
    title: String,
}

impl SessionView {
    pub(crate) async fn of(app: &App, access: Access, caller: &Caller) -> Result<Self, ApiError> {
        let owner = Person::from(&app.store.user(access.session.owner_id).await?);
        Ok(Self {
            owner,
            role: access.role(),
            origin: origin(app, &access.session, caller).await?,
            session: access.session,
        })
    }
}

async fn origin(app: &App, fork: &Session, caller: &Caller) -> Result<Option<Origin>, ApiError> {
    let Some(id) = fork.forked_from.filter(|id| !caller.user.is_guest_elsewhere(*id)) else {
        return Ok(None);
    };
    match access(app, id, caller.user.id).await {
        Ok(access) => Ok((access.decide(Action::Read) == Decision::Allowed).then_some(Origin {
            id,
            title: access.session.title,
        })),
        Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(None),
        Err(error) => Err(error),
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
    /// Its first files, at most 20; those of the template unless given.
    #[serde(default, deserialize_with = "object::optional_list")]
    files: Option<Vec<SourceFile>>,
    /// Id of one of the language's templates, `sample` unless given; not together with `files`.
    #[serde(default)]
    template: Option<String>,
    /// How many participants it takes, 1 to 500; 50 unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    max_participants: Option<u32>,
    /// Whether those who join wait until an admin lets them in; not unless given.
    #[serde(default)]
    waiting_room: bool,
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
    /// Whether those who join wait until an admin lets them in.
    #[serde(default)]
    waiting_room: Option<bool>,
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
    quota::require_session(&app, caller.user.id).await?;
    app.store.create_session(&session).await?;
    store_files(&app, session.id, caller.user.id, &files).await?;
    if session.visibility == Visibility::Link {
        invites::make(&app, session.id, Role::Editor, None, None).await?;
    }
    let headers = location(session.id)?;
    let view = SessionView {
        session,
        owner: caller.person(),
        role: Some(Role::Owner),
        origin: None,
    };
    Ok((StatusCode::CREATED, headers, Json(view)))
}

/// A new session's first files; without them there is no session.
pub(super) async fn store_files(
    app: &App,
    session: SessionId,
    author: UserId,
    files: &[(String, String)],
) -> Result<(), ApiError> {
    if let Err(error) = app.documents.create(session, author, files).await {
        app.store.delete_session(session).await?;
        return Err(error.into());
    }
    Ok(())
}

/// Where a new session is.
pub(super) fn location(session: SessionId) -> Result<HeaderMap, ApiError> {
    let location = HeaderValue::try_from(format!("/api/v1/sessions/{session}"));
    let location = location.map_err(ApiError::internal)?;
    Ok(HeaderMap::from_iter([(header::LOCATION, location)]))
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
    let files = first_files(new.files, new.template.as_deref(), language, &mut invalid);
    let files = check_files(files, &mut invalid);
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
        waiting_room: new.waiting_room,
        forked_from: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    Ok((session, files))
}

/// The files that were given or those of a template.
fn first_files(
    files: Option<Vec<SourceFile>>,
    template: Option<&str>,
    language: Option<&LanguageInfo>,
    invalid: &mut Invalid,
) -> Vec<SourceFile> {
    match (files, template, language) {
        (Some(_), Some(_), _) => invalid.add("template", "cannot be given together with files"),
        (Some(files), None, _) => return files,
        (None, None, Some(language)) => return language.template.clone(),
        (None, Some(id), Some(language)) => match language.template(id) {
            Ok(files) => return files.to_vec(),
            Err(error) => invalid.add("template", error),
        },
        (None, _, None) => {}
    }
    Vec::new()
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

/// A session.
#[utoipa::path(get, path = "/sessions/{id}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = SessionView)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<SessionView>, ApiError> {
    let access = authorise(&app, id, caller.user.id, Action::Read).await?;
    Ok(Json(SessionView::of(&app, access, &caller).await?))
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
    let before = access.session.visibility;
    access.session = app.store.update_session(id, &patch).await?;
    if access.session.visibility != before {
        let changed = Audit::new(Act::VisibilityChanged).by(&caller.user).session(id);
        app.audit(changed.detail(access.session.visibility)).await;
    }
    let session = access.session.clone();
    app.tell(id, SessionEventKind::SessionUpdated { session }, &caller.person())
        .await;
    if patch.visibility.is_some() {
        app.rights_changed(id).await;
    }
    Ok(Json(SessionView::of(&app, access, &caller).await?))
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
        waiting_room: patch.waiting_room,
        max_participants: patch
            .max_participants
            .and_then(|capacity| invalid.check("max_participants", capacity_rule(capacity))),
    };
    invalid.into_result().map(|()| checked)
}

/// Delete a session. Everybody in it is disconnected. Its owner can restore it for 30 days, unless set otherwise.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, ApiError> {
    authorise(&app, id, caller.user.id, Action::Delete).await?;
    app.store.delete_session(id).await?;
    app.audit(Audit::new(Act::SessionDeleted).by(&caller.user).session(id))
        .await;
    app.tell(id, SessionEventKind::SessionDeleted, &caller.person()).await;
    app.rights_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}
