//! A session's files as they are now.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use codecrafter_collab::FileText;
use codecrafter_domain::id::SessionId;
use codecrafter_domain::permission::Action;
use http::header;
use serde::Serialize;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::page::List;
use crate::archive::Zip;
use crate::auth::caller::Caller;
use crate::authorise::authorise;
use crate::error::ApiError;
use crate::extract::Path;
use crate::state::App;

/// A file of a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct File {
    /// Relative path, `/`-separated.
    path: String,
    /// Its text now.
    content: String,
}

impl From<FileText> for File {
    fn from(FileText { path, content }: FileText) -> Self {
        Self { path, content }
    }
}

/// All files, by path.
#[utoipa::path(get, path = "/sessions/{id}/files", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = List<File>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<List<File>>, ApiError> {
    authorise(&app, id, caller.user.id, Action::Read).await?;
    let files = app.documents.files(id).await?;
    Ok(Json(List::whole(files.into_iter().map(File::from).collect())))
}

/// One file's text.
#[utoipa::path(get, path = "/sessions/{id}/files/{*path}", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path), ("path" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((id, path)): Path<(SessionId, String)>,
) -> Result<([(header::HeaderName, &'static str); 1], String), ApiError> {
    authorise(&app, id, caller.user.id, Action::Read).await?;
    let files = app.documents.files(id).await?;
    let file = files.into_iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| ApiError::not_found("file"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], file.content))
}

/// All files as a zip.
#[utoipa::path(get, path = "/sessions/{id}/archive", tag = "sessions", security(("token" = [])),
    params(("id" = SessionId, Path)), responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
pub(crate) async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Response, ApiError> {
    authorise(&app, id, caller.user.id, Action::Read).await?;
    let files = app.documents.files(id).await?;
    let (zip, reader) = Zip::begin();
    tokio::spawn(async move {
        if let Err(error) = pack(zip, files).await {
            tracing::debug!(session = %id, ?error, "archive broken off");
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"session-{id}.zip\""),
        ),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(reader))).into_response())
}

/// The document gives no file whose path leads out of where it is unpacked.
async fn pack(mut zip: Zip, files: Vec<FileText>) -> Result<(), ApiError> {
    for FileText { path, content } in files {
        zip.whole(&path, content.as_bytes()).await?;
    }
    zip.close().await
}
