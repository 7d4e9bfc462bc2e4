//! The refresh token of a browser: a cookie that scripts cannot read and other sites cannot send.

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::tokens::refresh_life;

const NAME: &str = "codecrafter_refresh";
const PATH: &str = "/api/v1/auth";

/// The token in the request's cookie.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies
        .find(|cookie| cookie.name() == NAME)
        .map(|cookie| cookie.value().to_owned())
}

/// Headers that give the browser the token.
pub(crate) fn set(token: &str, public_url: &Url) -> HeaderMap {
    let mut cookie = base(token, public_url);
    cookie.set_max_age(cookie::time::Duration::seconds(refresh_life(token).num_seconds()));
    headers(&cookie)
}

/// Headers that take the token away.
pub(crate) fn clear(public_url: &Url) -> HeaderMap {
    let mut cookie = base("", public_url);
    cookie.make_removal();
    headers(&cookie)
}

fn headers(cookie: &Cookie<'_>) -> HeaderMap {
    let value = HeaderValue::try_from(cookie.to_string());
    let value = value.expect("name, base64url value and attributes are all visible ASCII");
    HeaderMap::from_iter([(header::SET_COOKIE, value)])
}

fn base<'a>(value: &'a str, public_url: &Url) -> Cookie<'a> {
    Cookie::build((NAME, value))
        .path(PATH)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(public_url.scheme() == "https")
        .build()
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
        let headers = set("t", &url);
        let cookie = headers[header::SET_COOKIE].to_str().expect("text");
        for part in [
            "HttpOnly",
            "SameSite=Strict",
            "Secure",
            "Path=/api/v1/auth",
            "Max-Age=2592000",
        ] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
}
