//! What clients are told when something is wrong: problem documents (RFC 9457).

use axum::Json;
use axum::response::{IntoResponse, Response};
use codecrafter_bus::BusError;
use codecrafter_collab::CollabError;
use codecrafter_domain::api_key::Scope;
use codecrafter_domain::validate::{FieldError, Invalid};
use codecrafter_execution::SubmitError;
use codecrafter_queue::QueueError;
use codecrafter_store::StoreError;
use http::StatusCode;
use http::header::{self, HeaderValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When to try again after something did not answer, in seconds.
const RETRY_AFTER_S: u64 = 2;

/// A problem document (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem, for programs: stable.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time and what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The fields that are wrong, each with its limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// Any answer that is not a success. The cause is for the log only.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Option<String>,
    errors: Vec<FieldError>,
    retry_after_s: Option<u64>,
    /// Whether the connection cannot be used any more.
    closes: bool,
    /// What the `WWW-Authenticate` header says (RFC 6750).
    challenge: Option<Box<str>>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self {
            status,
            kind,
            title,
            detail: None,
            errors: Vec::new(),
            retry_after_s: None,
            closes: false,
            challenge: None,
        }
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The request cannot be read at all.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request").detail(detail)
    }

    /// A part of the address cannot be read.
    pub(crate) fn malformed_field(field: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request");
        error.errors = Invalid::one(field, message).0;
        error
    }

    /// One field is wrong.
    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Invalid::one(field, message).into()
    }

    /// No token, or one that is not valid (any more).
    pub(crate) fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not signed in").detail(detail)
    }

    /// Signed in, but not allowed.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed").detail(detail)
    }

    /// An API key that is good for other things.
    pub(crate) fn insufficient_scope(any_of: &[Scope]) -> Self {
        let names: Vec<_> = any_of.iter().map(|scope| scope.name()).collect();
        let mut error = Self::new(StatusCode::FORBIDDEN, "insufficient-scope", "Not allowed")
            .detail(format!("This takes an API key with the scope {}.", names.join(" or ")));
        let challenge = format!(r#"Bearer error="insufficient_scope", scope="{}""#, names.join(" "));
        error.challenge = Some(challenge.into());
        error
    }

    /// Not there, or not for this user to know of.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail(format!("There is no such {what}."))
    }

    /// Was there, and cannot be used any more.
    pub(crate) fn gone(detail: &str) -> Self {
        Self::new(StatusCode::GONE, "gone", "No longer usable").detail(detail)
    }

    /// The address knows other methods.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
        )
        .detail("This address takes other methods; the Allow header names them.")
    }

    /// What is there already stands against it.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict").detail(detail)
    }

    /// A value that must be unique is taken.
    pub(crate) fn taken(field: &str) -> Self {
        let mut error = Self::new(StatusCode::CONFLICT, "conflict", "Conflict");
        error.errors = Invalid::one(field, "is taken: choose another").0;
        error
    }

    /// The body is larger than this address takes.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large")
            .detail(format!("The body must have at most {limit} bytes."))
    }

    /// The body is of another type.
    pub(crate) fn unsupported_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-type",
            "Unsupported type",
        )
        .detail("The body must be JSON, with the header Content-Type: application/json.")
    }

    /// The body is compressed or otherwise coded.
    pub(crate) fn unsupported_coding() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-coding",
            "Unsupported coding",
        )
        .detail("The body must be sent as it is, without a Content-Encoding.")
    }

    /// The body takes too long to arrive.
    pub(crate) fn too_slow() -> Self {
        let mut error = Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "Body too slow")
            .detail("The body did not arrive in time.");
        error.closes = true;
        error
    }

    /// A budget is used up.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after_s: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests").detail(detail);
        error.retry_after_s = Some(retry_after_s.max(1));
        error
    }

    /// The user has as much as they may have.
    pub(crate) fn over_quota(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "over-quota", "Quota used up").detail(detail)
    }

    /// Something behind the server does not answer; the cause goes to the log.
    pub(crate) fn unavailable(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "unavailable");
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable")
            .detail("The server cannot do this just now. Try again in a moment.");
        error.retry_after_s = Some(RETRY_AFTER_S);
        error
    }

    /// Our fault; the cause goes to the log.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
            .detail("The server has made a mistake, and its log says which.")
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What kind of problem: the last part of its `type`.
    pub(crate) fn code(&self) -> &'static str {
        self.kind
    }

    /// What clients are told.
    pub(crate) fn body(&self) -> Problem {
        Problem {
            kind: format!("urn:codecrafter:problem:{}", self.kind),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.closes {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Invalid> for ApiError {
    fn from(Invalid(errors): Invalid) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid request");
        error.errors = errors;
        error
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found("thing"),
            StoreError::Conflict(field @ ("username" | "email")) => Self::taken(field),
            StoreError::Conflict("deactivated") => Self::forbidden("This account has been deactivated."),
            StoreError::Conflict(what) => Self::conflict(format!("It was changed meanwhile: {what}.")),
            StoreError::Invalid("cursor") => Self::malformed_field("cursor", "must be next_cursor of the page before"),
            StoreError::Invalid(field) => Self::invalid(field, "cannot be used"),
            StoreError::Full(what) => Self::conflict(format!("It is full: {what}.")),
            error @ StoreError::Unavailable(_) => Self::unavailable(error),
            error @ StoreError::Unreadable(_) => Self::internal(error),
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Invalid(invalid) => invalid.into(),
            SubmitError::TooMany { retry_after_s, .. } => Self::too_many(
                format!("You have {error}. Wait until some have finished, or cancel some."),
                retry_after_s,
            ),
            SubmitError::Full { retry_after_s } => {
                let mut unavailable = Self::unavailable(error);
                unavailable.retry_after_s = Some(retry_after_s);
                unavailable
            }
            SubmitError::Store(error) => error.into(),
            SubmitError::Unavailable(_) => Self::unavailable(error),
        }
    }
}

impl From<CollabError> for ApiError {
    fn from(error: CollabError) -> Self {
        match error {
            CollabError::Exists => Self::conflict("The session has files already."),
            CollabError::Invalid(what) => Self::invalid("files", what),
            CollabError::Full(what) => Self::conflict(format!("It is full: {what}. Delete some first.")),
            CollabError::Unavailable(_) => Self::unavailable(error),
            CollabError::Unreadable(_) => Self::internal(error),
        }
    }
}

impl From<BusError> for ApiError {
    fn from(error: BusError) -> Self {
        Self::unavailable(error)
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        Self::unavailable(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stay_inside() {
        let error = ApiError::from(StoreError::Unavailable("disk /secret is full".into()));
        let body = serde_json::to_string(&error.body()).expect("JSON");
        assert!(!body.contains("secret"), "{body}");
        assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn fields_are_named() {
        let error = ApiError::from(StoreError::Conflict("email"));
        assert_eq!(error.status(), StatusCode::CONFLICT);
        assert_eq!(error.body().errors[0].field, "email");
    }
}
