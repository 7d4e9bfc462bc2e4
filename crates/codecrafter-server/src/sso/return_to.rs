//! Where somebody goes after signing in: a path of this site and nowhere else.

use url::Url;

/// Longest path, in bytes.
const MOST_BYTES: usize = 512;

/// The path, if nobody could read another site into it; otherwise the start page.
pub(crate) fn local(path: Option<&str>, public_url: &Url) -> String {
    path.filter(|path| is_local(path, public_url)).unwrap_or("/").to_owned()
}

/// Browsers drop tabs and line breaks, take `\` for `/`, and `//host` for another site.
fn is_local(path: &str, public_url: &Url) -> bool {
    let is_plain = path.len() <= MOST_BYTES && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_rooted = path.starts_with('/') && !path.starts_with("//");
    let stays = public_url.join(path).is_ok_and(|url| {
        // Nor back into a flow.
        url.origin() == public_url.origin() && !url.path().starts_with("//") && !url.path().starts_with("/api/")
    });
    is_plain && is_rooted && stays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        let url: Url = "https://code.example.org".parse().expect("a URL");
        let local = |path| local(Some(path), &url);
        for right in ["/", "/s/1?invite=a#b", "/account/security", "/s/%2e"] {
            assert_eq!(local(right), right);
        }
        for wrong in [
            "",
            "s/1",
            "//evil.example.org",
            "///evil.example.org",
            "/\\evil.example.org",
            "/\t/evil.example.org",
            "/a\r\nSet-Cookie: x=y",
            "https://evil.example.org",
            "https:evil.example.org",
            "javascript:alert(1)",
            "/..//evil.example.org",
            "/.//evil.example.org",
            "/a/..//evil.example.org",
            "/\u{2215}evil",
            "/api/v1/auth/providers/x/login",
            "@evil.example.org",
        ] {
            assert_eq!(local(wrong), "/", "{wrong:?}");
        }
        assert_eq!(local(&format!("/{}", "x".repeat(600))), "/");
    }
}
