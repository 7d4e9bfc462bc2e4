//! What every request goes through: ids, logs, figures, headers, panics.

use std::any::Any;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tracing::Instrument as _;

use crate::audit;
use crate::budget::{Budget, spent};
use crate::client_address;
use crate::error::ApiError;
use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a request that a client may choose.
const MOST_ID_CHARS: usize = 64;
/// How long browsers may remember what other origins may do.
const PREFLIGHT: Duration = Duration::from_mins(10);

/// Scripts and connections from here only, nothing inline but styles, which the editor makes at run time.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Puts the layers around all routes, the last one outermost.
pub(crate) fn around(routes: Router, app: &App) -> Router {
    let is_tls = app.config.public_url.scheme() == "https";
    let (budgets, proxies) = (app.clone(), app.config.trusted_proxies.clone());
    routes
        .layer(from_fn(move |request, next| take(budgets.clone(), request, next)))
        .layer(cors(&app.config.cors_origins))
        .layer(from_fn(name_methods))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewId))
        .layer(from_fn(check_request_id))
        .layer(from_fn(move |request, next| harden(is_tls, request, next)))
        .layer(from_fn(move |request, next| {
            client_address::resolve(proxies.clone(), request, next)
        }))
}

/// Pages of these origins may call the API with a token. They get no cookies: those are for our own pages.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let told = ["ratelimit", "ratelimit-policy", "x-request-id"].map(HeaderName::from_static);
    let told = told.into_iter().chain([header::RETRY_AFTER, header::WWW_AUTHENTICATE]);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers(told.collect::<Vec<_>>())
        .max_age(PREFLIGHT)
}

/// Takes a request from its address's budget, and tells what it has taken from all.
async fn take(app: App, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let address = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0.ip());
    let (mut response, spent) = spent::noting(async {
        if let Some(address) = address
            && let Err(error) = app.budgets.take(Budget::Address(address)).await
        {
            return error.into_response();
        }
        next.run(request).await
    })
    .await;
    spent::tell(response.headers_mut(), &spent);
    response
}

/// Answers OPTIONS with what the address takes, which is said where a method is refused.
async fn name_methods(mut request: Request, next: Next) -> Response {
    let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asks = request.method() == Method::OPTIONS && !is_preflight;
    if asks {
        // No address takes it, and the layer for other origins leaves it alone.
        *request.method_mut() = Method::TRACE;
    }
    let response = next.run(request).await;
    if !asks || response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let mut answer = StatusCode::NO_CONTENT.into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    answer
}

/// An id that a client chose is told back and written into the log: one that could spoil either is replaced.
async fn check_request_id(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).map(HeaderValue::as_bytes);
    let is_plain = |id: &[u8]| id.len() <= MOST_ID_CHARS && id.iter().all(u8::is_ascii_graphic);
    if !id.is_none_or(is_plain) {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

#[derive(Clone)]
struct NewId;

impl MakeRequestId for NewId {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        let id = uuid::Uuid::now_v7().to_string();
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}

// The panic's message may hold anything; the hook has written it to the log.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    ApiError::internal("a handler panicked").into_response()
}

/// Logs and counts. Only the route and the path are told, never the query, which may hold a token.
async fn observe(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "other".to_owned());
    let method = request.method().clone();
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let id: String = id.chars().take(64).collect();
    let span = tracing::info_span!("request", %id, %method, path = %request.uri().path());
    let began = Instant::now();
    let origin = audit::origin_of(&request, &id);
    let is_act = (!matches!(method, Method::GET | Method::HEAD) || acts(&route)) && !waits(&route);
    let answer = audit::within(origin, next.run(request)).instrument(span.clone());
    let response = if is_act {
        // Who hangs up halfway must not get an act done that nobody hears of.
        match tokio::spawn(answer).await {
            Ok(response) => response,
            Err(error) => ApiError::internal(error).into_response(),
        }
    } else {
        answer.await
    };
    let status = response.status();
    span.in_scope(|| tracing::debug!(status = status.as_u16(), ms = began.elapsed().as_millis(), "answered"));
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route),
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("codecrafter_http_requests_total", &labels).increment(1);
    metrics::histogram!("codecrafter_http_request_seconds", &labels).record(began.elapsed());
    response
}

/// Whether reading this route does something.
fn acts(route: &str) -> bool {
    route.ends_with("/callback")
}

/// Whether answers of this route may wait for long, for somebody who may have gone.
fn waits(route: &str) -> bool {
    route == "/api/v1/executions"
}

async fn harden(is_tls: bool, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_api {
        // Answers depend on who asks, and on when.
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    let mut set = |name, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), clipboard-read=(self), clipboard-write=(self)",
    );
    if is_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
