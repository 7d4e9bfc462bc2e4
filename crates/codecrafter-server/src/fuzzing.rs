//! What strangers' bytes reach, for the fuzz targets: compiled with `--cfg fuzzing` only.

use axum::response::IntoResponse as _;
use codecrafter_domain::execution::ExecutionRequest;
use http::{HeaderMap, HeaderValue, header};

use crate::auth::caller::bearer;
use crate::auth::tokens::Tokens;
use crate::error::ApiError;
use crate::extract;
use crate::routes::page::PageQuery;
use crate::routes::{executions, sessions};
use crate::sockets::{SocketQuery, attach};

/// Longest reason in a close frame, in bytes (RFC 6455).
const REASON_BYTES: usize = 123;

/// Reads the body of a request to run something; `None` where it is refused, with a problem document that can be sent.
pub fn execution_request(body: &[u8]) -> Option<ExecutionRequest> {
    refused(extract::parse(body))
}

/// Reads a query string as each of the addresses does that take one.
pub fn query(text: &str) {
    refused(extract::parse_query::<sessions::ListQuery>(text));
    refused(extract::parse_query::<executions::CreateQuery>(text));
    refused(extract::parse_query::<SocketQuery>(text));
    refused(extract::parse_query::<attach::AttachQuery>(text));
    let page = extract::parse_query(text).and_then(PageQuery::check);
    refused(page);
}

/// Reads a frame of somebody attached to a run.
///
/// # Panics
/// Where the reason to close does not fit a close frame.
pub fn attach_frame(text: &str) {
    let reason = attach::input::reason_to_close(text);
    assert!(reason.is_none_or(|reason| reason.len() <= REASON_BYTES));
}

/// Reads an Authorization header and the token in it.
///
/// # Panics
/// Where a token that nobody signed is taken.
pub fn authorization(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
    let Some(token) = bearer(&headers) else { return };
    assert!(refused(Tokens::new(&KEY).check(token)).is_none(), "nobody signed this");
}

/// A secret that no fuzzer guesses.
const KEY: [u8; 32] = *b"kept from all who make up tokens";

fn refused<T>(answer: Result<T, ApiError>) -> Option<T> {
    answer.map_err(ApiError::into_response).ok()
}
