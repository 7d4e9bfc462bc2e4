//! Reading requests: like axum's extractors, with our problem documents when something is wrong.

mod unique;

use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::{Bytes, BytesMut};
use http::header;
use http::request::Parts;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::{Instant, timeout_at};

use crate::error::ApiError;
use crate::state::App;

/// Largest body unless a route says otherwise, in bytes.
const BODY_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive…
const SLOWEST_START: Duration = Duration::from_secs(20);
/// …beyond what its bytes take at this pace: dripping ends soon, a large body over a thin line does not.
const SLOWEST_BYTES_PER_SECOND: u64 = 4 * 1024;
/// Largest piece of a person's input that is said back, in characters.
const QUOTE_CHARS: usize = 200;

/// A JSON body of at most 64 KiB.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body of at most `MAX` bytes, for routes that carry files.
pub(crate) struct LargeJson<T, const MAX: usize>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &App) -> Result<Self, ApiError> {
        parse(&read(request, BODY_BYTES).await?).map(Self)
    }
}

impl<T: DeserializeOwned, const MAX: usize> FromRequest<App> for LargeJson<T, MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &App) -> Result<Self, ApiError> {
        parse(&read(request, MAX).await?).map(Self)
    }
}

/// A JSON body that may be missing altogether; then everything in it is the default.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &App) -> Result<Self, ApiError> {
        let is_json = has_json_type(&request);
        let body = collect(request, BODY_BYTES).await?;
        match body.is_empty() {
            true => Ok(Self(T::default())),
            false if is_json => parse(&body).map(Self),
            false => Err(ApiError::unsupported_type()),
        }
    }
}

async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    if !has_json_type(&request) {
        return Err(ApiError::unsupported_type());
    }
    collect(request, limit).await
}

fn has_json_type(request: &Request) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE);
    let essence = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

async fn collect(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    // Nothing is unpacked, so that nothing small can become large.
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ApiError::unsupported_coding());
    }
    let mut body = request.into_body();
    if body.size_hint().lower() > limit as u64 {
        return Err(ApiError::too_large(limit));
    }
    let began = Instant::now();
    let mut received = BytesMut::new();
    loop {
        let deadline = began + SLOWEST_START + Duration::from_secs(received.len() as u64 / SLOWEST_BYTES_PER_SECOND);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(ApiError::too_slow()),
            Ok(None) => return Ok(received.freeze()),
            Ok(Some(Err(_))) => return Err(ApiError::malformed("The body ended before it was complete.")),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if received.len() + data.len() > limit {
            return Err(ApiError::too_large(limit));
        }
        received.extend_from_slice(&data);
    }
}

pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // serde would also take the fields of an object in order, as an array.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::invalid("body", "must be an object"));
    }
    unique::check(body)?;
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let error = error.into_inner();
        // Some errors about values are classed as syntax: whether it is JSON decides.
        let is_json = || serde_json::from_slice::<serde_json::Value>(body).is_ok();
        match error.classify() {
            category if category == Category::Data || is_json() => {
                ApiError::invalid(&name(&field, &error.to_string()), message(&error.to_string()))
            }
            _ => ApiError::malformed(format!("The body is not JSON: {}.", quote(&error.to_string()))),
        }
    })?;
    deserializer
        .end()
        .map_err(|_| ApiError::malformed("The body is not JSON: something follows the value."))?;
    Ok(value)
}

/// The path, or `body` for the whole of it. A missing field is named itself instead of its parent.
fn name(path: &str, error: &str) -> String {
    let missing = error
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match (missing, path) {
        (Some(missing), ".") => missing.to_owned(),
        (Some(missing), parent) => format!("{parent}.{missing}"),
        (None, ".") => "body".to_owned(),
        (None, path) => path.to_owned(),
    }
}

/// serde's message without where in the body it was.
fn message(error: &str) -> String {
    let message = without_place(error);
    if message.starts_with("missing field") {
        return "is missing".into();
    }
    quote(message)
}

fn without_place(error: &str) -> &str {
    error.rsplit_once(" at line ").map_or(error, |(message, _)| message)
}

fn quote(text: &str) -> String {
    text.chars().take(QUOTE_CHARS).collect()
}

/// A part of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        use axum::extract::path::ErrorKind;
        use axum::extract::rejection::PathRejection;
        match axum::extract::Path::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(rejection)) => match rejection.kind() {
                ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::DeserializeError { key, .. } => {
                    Err(ApiError::malformed_field(key, "must be a UUID"))
                }
                ErrorKind::InvalidUtf8InPathParam { key } => Err(ApiError::malformed_field(key, "must be UTF-8")),
                _ => Err(ApiError::malformed_field("path", "must be a UUID")),
            },
            Err(error) => Err(ApiError::internal(error)),
        }
    }
}

/// The query string.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

pub(crate) fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let deserializer = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner().to_string();
        ApiError::malformed_field(&name(&path, &error), message(&error))
    })
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use codecrafter_domain::execution::ExecutionRequest;

    use super::*;

    async fn problem(body: &[u8]) -> serde_json::Value {
        let Err(error) = parse::<ExecutionRequest>(body) else {
            panic!("{} is wrong", String::from_utf8_lossy(body))
        };
        let body = error.into_response().into_body().collect().await.expect("in memory");
        serde_json::from_slice(&body.to_bytes()).expect("JSON")
    }

    #[tokio::test]
    async fn what_is_wrong_is_named() {
        for (body, field) in [
            (r#"{"language": 1}"#, "language"),
            (
                r#"{"language": "c", "files": [{"path": "a", "content": 5}]}"#,
                "files[0].content",
            ),
            (r#"{"language": "c", "files": [{"path": "a"}]}"#, "files[0].content"),
            (r#"{"language": "c", "limits": {"cpu_ms": -1}}"#, "limits.cpu_ms"),
            (r#"{"language": "c", "limits": {"cpu_ms": 1.5}}"#, "limits.cpu_ms"),
            (r#"{"language": "c", "stdin_encoding": 5}"#, "stdin_encoding"),
            (r#"{"language": "c", "limits": []}"#, "limits"),
            (r#"{"language": "c", "language": "c"}"#, "language"),
            (r#"{"language": "c", "env": {"A": "1", "\u0041": "2"}}"#, "env.A"),
            (
                r#"{"language": "c", "files": [{"path": "a", "path": "b", "content": ""}]}"#,
                "files[0].path",
            ),
            (r#"{"language": "c", "speed": 1}"#, "speed"),
            ("[]", "body"),
            ("7", "body"),
            ("{}", "language"),
        ] {
            let problem = problem(body.as_bytes()).await;
            assert_eq!(problem["status"], 422, "{body}: {problem}");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }

    #[tokio::test]
    async fn what_is_not_json_is_malformed() {
        for body in [&b""[..], b"{", b"{\"language\": \"\xff\"}", b"{\"language\": \"c\"} x"] {
            assert_eq!(problem(body).await["status"], 400);
        }
    }
}
