//! Running programs.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use codecrafter_collab::SnapshotRequest;
use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::{Execution, ExecutionHead, ExecutionRequest, Status};
use codecrafter_domain::id::{ExecutionId, SessionId};
use codecrafter_domain::permission::{Action, Decision};
use codecrafter_domain::snapshot::SnapshotKind;
use codecrafter_execution::{IdempotencyKey, Submission};
use codecrafter_store::StoreError;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{List, PageQuery};
use crate::auth::caller::{Caller, RecentCaller};
use crate::authorise::{access, authorise};
use crate::budget::Budget;
use crate::error::ApiError;
use crate::extract::{LargeJson, Path, Query};
use crate::quota;
use crate::state::App;

/// Sources and standard input, 1 MiB each, and tests of 4 MiB, as base64 or with escapes.
const BODY_BYTES: usize = 16 * 1024 * 1024;
/// How long `wait=true` waits: the longest wall limit, compiling, and some time in the queue.
const WAIT: Duration = Duration::from_mins(3);
/// Silent event streams say something this often, so that proxies keep them open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How to answer.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CreateQuery {
    /// Whether to answer once it has finished, with the result.
    #[serde(default)]
    wait: bool,
}

/// Accepted, or finished where that was waited for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Created {
    /// On its way.
    Accepted(Box<ExecutionHead>),
    /// Done.
    Finished(Box<Execution>),
}

/// Run a program.
///
/// With `tests` it is compiled once and run with each of them; `outcome` is then `ok` when it compiled and its tests were
/// run, and their verdicts tell the rest. A request with the header `Idempotency-Key` that was made before, within
/// 24 hours and by the same user, is not run again but answers with the run of the first one.
#[utoipa::path(post, path = "/executions", tag = "executions", security(("token" = [])),
    params(CreateQuery,
        ("Idempotency-Key" = Option<String>, Header,
            description = "A name for this request, of 1 to 128 visible ASCII characters")),
    request_body = ExecutionRequest,
    responses((status = 202, description = "Accepted", body = ExecutionHead),
        (status = 200, description = "Finished, with `wait=true`", body = Execution)))]
pub(crate) async fn create(
    State(app): State<App>,
    RecentCaller(caller): RecentCaller,
    Query(query): Query<CreateQuery>,
    given: HeaderMap,
    LargeJson(request): LargeJson<ExecutionRequest, BODY_BYTES>,
) -> Result<(StatusCode, HeaderMap, Json<Created>), ApiError> {
    app.budgets.take(Budget::Execute(caller.user.id)).await?;
    let allowance = quota::recent_allowance(&app, caller.user.id).await?;
    let submission = Submission {
        idempotency_key: idempotency_key(&given)?,
        waits: query.wait,
        most_unfinished: Some(allowance.executions.into()),
    };
    if caller.user.is_guest() && request.session_id != caller.user.guest_of {
        return Err(ApiError::invalid(
            "session_id",
            "must be the session that you are a guest of",
        ));
    }
    if let Some(session) = request.session_id {
        authorise(&app, session, caller.user.id, Action::Run).await?;
    }
    let session = request.session_id;
    let head = app.executions.submit_as(&caller.user, request, &submission).await?;
    if let Some(session) = session {
        snapshot(&app, session, &caller, head.id);
    }
    let location = HeaderValue::try_from(format!("/api/v1/executions/{}", head.id)).map_err(ApiError::internal)?;
    let headers = HeaderMap::from_iter([(header::LOCATION, location)]);
    if !query.wait {
        return Ok((StatusCode::ACCEPTED, headers, Json(Created::Accepted(Box::new(head)))));
    }
    let execution = app.executions.wait_from(head, WAIT).await?;
    if execution.head.status == Status::Finished {
        Ok((StatusCode::OK, headers, Json(Created::Finished(Box::new(execution)))))
    } else {
        Ok((
            StatusCode::ACCEPTED,
            headers,
            Json(Created::Accepted(Box::new(execution.head))),
        ))
    }
}

/// Copies the session's files beside the run, which does not wait for it.
fn snapshot(app: &App, session: SessionId, caller: &Caller, run: ExecutionId) {
    let request = SnapshotRequest {
        by: Some(caller.person()),
        execution: Some(run),
        ..SnapshotRequest::of(SnapshotKind::Run)
    };
    let documents = app.documents.clone();
    tokio::spawn(async move {
        if let Err(error) = documents.snapshot(session, request).await {
            tracing::warn!(%session, %run, %error, "no snapshot of the run");
        }
    });
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().parse();
    match values.next() {
        None => key
            .map(Some)
            .map_err(|error: String| ApiError::invalid("Idempotency-Key", error)),
        Some(_) => Err(ApiError::invalid("Idempotency-Key", "must be given once")),
    }
}

/// A run, with its output once it has finished.
#[utoipa::path(get, path = "/executions/{id}", tag = "executions", security(("token" = [])),
    params(("id" = ExecutionId, Path)), responses((status = 200, body = Execution)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExecutionId>,
) -> Result<Json<Execution>, ApiError> {
    find(&app, &caller, id, Action::Read).await.map(Json)
}

/// Cancel a run, wherever it is. One that has finished stays as it is.
#[utoipa::path(delete, path = "/executions/{id}", tag = "executions", security(("token" = [])),
    params(("id" = ExecutionId, Path)), responses((status = 204)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExecutionId>,
) -> Result<StatusCode, ApiError> {
    find(&app, &caller, id, Action::Run).await?;
    app.executions.cancel(id, Some(caller.person())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A run's events from its beginning, as Server-Sent Events: `status`, `stdout`, `stderr`,
/// `test` (a test is done, with its index and verdict), and `result` at the end.
/// With the header `Last-Event-ID`, those after that one.
#[utoipa::path(get, path = "/executions/{id}/events", tag = "executions", security(("token" = [])),
    params(("id" = ExecutionId, Path)),
    responses((status = 200, body = ExecutionEvent, content_type = "text/event-stream")))]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExecutionId>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    find(&app, &caller, id, Action::Read).await?;
    let after = last_event_id(&headers)?;
    let closing = app.closing.clone().cancelled_owned();
    let events = app.executions.events(id, after).await?.take_until(closing);
    let events = events.filter_map(|(seq, event)| async move { encode(seq, &event).map(Ok) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn last_event_id(headers: &HeaderMap) -> Result<u64, ApiError> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(0);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| ApiError::malformed_field("Last-Event-ID", "must be the id of an event of this run"))
}

fn encode(seq: u64, event: &ExecutionEvent) -> Option<Event> {
    let name = match event {
        ExecutionEvent::Status { .. } => "status",
        ExecutionEvent::Stdout { .. } => "stdout",
        ExecutionEvent::Stderr { .. } => "stderr",
        ExecutionEvent::Test { .. } => "test",
        ExecutionEvent::Result { .. } => "result",
    };
    let encoded = Event::default().event(name).id(seq.to_string()).json_data(event);
    encoded
        .inspect_err(|error| tracing::error!(%error, "event cannot be written as JSON"))
        .ok()
}

/// The runs of a session, newest first.
#[utoipa::path(get, path = "/sessions/{id}/executions", tag = "executions", security(("token" = [])),
    params(("id" = SessionId, Path), PageQuery), responses((status = 200, body = List<ExecutionHead>)))]
pub(crate) async fn of_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<ExecutionHead>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Read).await?;
    Ok(Json(app.store.session_executions(id, &page.check()?).await?.into()))
}

/// A run that the caller may do this to: their own, or one of a session that allows it. Others do not exist.
async fn find(app: &App, caller: &Caller, id: ExecutionId, action: Action) -> Result<Execution, ApiError> {
    let hidden = || ApiError::not_found("execution");
    let execution = app.store.execution(id).await.map_err(|error| match error {
        StoreError::NotFound => hidden(),
        error => error.into(),
    })?;
    if execution.head.user.id == caller.user.id {
        return Ok(execution);
    }
    let session = execution.head.session_id.ok_or_else(hidden)?;
    if caller.user.is_guest_elsewhere(session) {
        return Err(hidden());
    }
    let access = access(app, session, caller.user.id)
        .await
        .map_err(|error| match error.status() {
            StatusCode::NOT_FOUND => hidden(),
            _ => error,
        })?;
    match access.decide(action) {
        Decision::Allowed => Ok(execution),
        Decision::Hidden => Err(hidden()),
        Decision::Forbidden => access.require(action).map(|()| execution),
    }
}
