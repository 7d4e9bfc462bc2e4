//! The API's description, for programs and for people.

use std::sync::LazyLock;

use axum::response::Response;
use http::{HeaderMap, header};

use crate::{asyncapi, openapi, web};

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document().to_json().unwrap_or_default());
static SOCKETS: LazyLock<String> = LazyLock::new(|| asyncapi::document().to_string());

/// The `OpenAPI` document.
pub(crate) async fn document() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}

/// The `AsyncAPI` document.
pub(crate) async fn sockets() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], SOCKETS.as_str())
}

/// The page that renders it.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    web::file("docs.html", &headers)
}
