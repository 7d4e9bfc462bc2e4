//! What a browser keeps of a login: cookies that scripts cannot read and other sites cannot send. One holds the refresh
//! token, and goes to where that is used only; the other opens sockets, and nothing else.

use chrono::Duration;
use cookie::{Cookie, SameSite};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::error::ApiError;

const NAME: &str = "codecrafter_refresh";
const PATH: &str = "/api/v1/auth";
const SOCKET_NAME: &str = "codecrafter_socket";
const SOCKET_PATH: &str = "/api/v1";

/// What every request must carry whose rights come from a cookie: forms and links of other sites cannot have it sent.
pub(crate) const REQUIRED: HeaderName = HeaderName::from_static("x-requested-with");

/// The token in the request's cookie.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    value(headers, NAME)
}

/// The token for sockets in the request's cookie.
pub(crate) fn read_socket(headers: &HeaderMap) -> Option<String> {
    value(headers, SOCKET_NAME)
}

/// The value of a cookie in the request.
pub(crate) fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Headers that give the browser both tokens for `life`.
pub(crate) fn set(refresh: &str, socket: &str, life: Duration, public_url: &Url) -> HeaderMap {
    let life = cookie::time::Duration::seconds(life.num_seconds());
    headers(base(refresh, socket, public_url).map(|mut cookie| {
        cookie.set_max_age(life);
        cookie
    }))
}

/// Headers that take the tokens away.
pub(crate) fn clear(public_url: &Url) -> HeaderMap {
    headers(base("", "", public_url).map(|mut cookie| {
        cookie.make_removal();
        cookie
    }))
}

fn headers<'a>(cookies: impl IntoIterator<Item = Cookie<'a>>) -> HeaderMap {
    let values = cookies.into_iter().map(|cookie| {
        let value = HeaderValue::try_from(cookie.to_string());
        value.expect("names, base64url values and attributes are all visible ASCII")
    });
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::SET_COOKIE, value);
    }
    headers
}

fn base<'a>(refresh: &'a str, socket: &'a str, public_url: &Url) -> [Cookie<'a>; 2] {
    [
        one(NAME, refresh, PATH, public_url),
        one(SOCKET_NAME, socket, SOCKET_PATH, public_url),
    ]
}

fn one<'a>(name: &'static str, value: &'a str, path: &'static str, public_url: &Url) -> Cookie<'a> {
    Cookie::build((name, value))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(public_url.scheme() == "https")
        .build()
}

/// Refuses a request whose rights come from a cookie, unless one of our own pages has made it.
pub(crate) fn guard(headers: &HeaderMap, public_url: &Url) -> Result<(), ApiError> {
    if !is_own_origin(headers, public_url) {
        return Err(ApiError::forbidden("Cookies are taken from our own pages only."));
    }
    if !headers.contains_key(REQUIRED) {
        return Err(ApiError::forbidden(
            "A request with a cookie needs the header X-Requested-With, with any value.",
        ));
    }
    Ok(())
}

/// Whether a request comes from our own page, or from a program that is no browser.
pub(crate) fn is_own_origin(headers: &HeaderMap, public_url: &Url) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| !matches!(site, "same-origin" | "none"))
    {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    if origin.origin() == public_url.origin() {
        return true;
    }
    let authority = &origin[url::Position::BeforeHost..url::Position::AfterPort];
    text(header::HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own(pairs: &[(header::HeaderName, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .cloned()
            .map(|(name, value)| (name, HeaderValue::from_static(value)));
        let url = "https://code.example".parse().expect("a URL");
        is_own_origin(&headers.collect(), &url)
    }

    #[test]
    fn other_sites_are_refused() {
        let fetch_site = header::HeaderName::from_static("sec-fetch-site");
        assert!(is_own(&[]));
        assert!(is_own(&[(header::ORIGIN, "https://code.example")]));
        assert!(is_own(&[
            (header::ORIGIN, "http://localhost:8080"),
            (header::HOST, "localhost:8080")
        ]));
        assert!(!is_own(&[
            (header::ORIGIN, "https://evil.example"),
            (header::HOST, "code.example")
        ]));
        assert!(!is_own(&[(header::ORIGIN, "null")]));
        assert!(!is_own(&[(fetch_site, "cross-site")]));
    }

    #[test]
    fn the_cookie_is_strict() {
        let url: Url = "https://code.example".parse().expect("a URL");
        let headers = set("t", "s", Duration::days(30), &url);
        let mut cookies = headers.get_all(header::SET_COOKIE).iter();
        for start in [
            "codecrafter_refresh=t; HttpOnly; SameSite=Strict; Secure; Path=/api/v1/auth; Max-Age=2592000",
            "codecrafter_socket=s; HttpOnly; SameSite=Strict; Secure; Path=/api/v1; Max-Age=2592000",
        ] {
            assert_eq!(cookies.next().expect("two"), start);
        }
    }

    #[test]
    fn cookies_need_a_header_that_forms_cannot_send() {
        let url: Url = "https://code.example".parse().expect("a URL");
        let origin = (header::ORIGIN, HeaderValue::from_static("https://code.example"));
        let required = (REQUIRED, HeaderValue::from_static("CodeCrafter"));
        assert!(guard(&HeaderMap::from_iter([origin.clone(), required.clone()]), &url).is_ok());
        assert!(guard(&HeaderMap::from_iter([origin]), &url).is_err());
        let foreign = (header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert!(guard(&HeaderMap::from_iter([foreign, required]), &url).is_err());
    }
}
