//! Taking one's data along.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use tokio_util::io::ReaderStream;

use crate::auth::caller::Caller;
use crate::error::ApiError;
use crate::state::App;
use crate::takeout;
use codecrafter_domain::audit::{Act, Audit};

/// When to try again while others export, in seconds.
const AGAIN_AFTER_S: u64 = 10;

/// All one's data as a zip: the account and its preferences, one's runs, one's own sessions with files and history, and
/// what one has said in those of others.
#[utoipa::path(get, path = "/me/export", tag = "account", security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
pub(crate) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let permit = Arc::clone(&app.takeouts).try_acquire_owned();
    let permit = permit.map_err(|_| ApiError::too_many("Others export their data just now.", AGAIN_AFTER_S))?;
    app.audit(Audit::new(Act::DataExported).by(&caller.user).user(caller.user.id))
        .await;
    let disposition = "attachment; filename=\"codecrafter-account.zip\"";
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let zip = takeout::begin(&app, caller.user, permit);
    Ok((headers, Body::from_stream(ReaderStream::new(zip))).into_response())
}
