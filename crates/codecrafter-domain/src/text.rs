//! Rules for short texts that people type: names, titles, addresses, passwords.

mod password;
mod username;

pub use password::{normalise as normalise_password, password};
pub use username::{look, username, username_near};

/// Longest name shown to others, in characters.
pub const DISPLAY_NAME_CHARS: usize = 64;
/// Longest title of a session, in characters.
pub const TITLE_CHARS: usize = 120;
/// Longest description of a session, in characters.
pub const DESCRIPTION_CHARS: usize = 2_000;
/// Longest text that somebody says of themselves, in characters.
pub const BIO_CHARS: usize = 500;

/// Checks a title or a name: 1 to `max` characters once trimmed, no control characters.
pub fn line(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty".into());
    }
    if text.chars().count() > max {
        return Err(format!("must have at most {max} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    if text.chars().any(turns_text) || !text.chars().any(|c| !is_blank(c)) {
        return Err("must be visible, and must not turn the direction of text".into());
    }
    Ok(text.to_owned())
}

/// Marks that have what follows them, whosever it is, read in the other direction.
fn turns_text(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What leaves no trace of ink: a name of nothing else names nobody.
fn is_blank(char: char) -> bool {
    let fills = matches!(
        char,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}'
    );
    let joins =
        matches!(char, '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}');
    char.is_whitespace() || fills || joins
}

/// Checks a longer text: at most `max` characters, control characters only tab and line breaks.
pub fn paragraph(text: &str, max: usize) -> Result<String, String> {
    if text.chars().count() > max {
        return Err(format!("must have at most {max} characters"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("must not contain control characters".into());
    }
    Ok(text.trim().to_owned())
}

/// A user name or an address as somebody types it to sign in, in the spelling of those that are stored.
pub fn login(text: &str) -> String {
    username::fold(text)
}

/// Checks an email address (RFC 5321 lengths, a name of dot-separated atoms, a host of labels with a dot, or
/// `localhost`); ASCII only, so that none looks like another; lower case.
pub fn email(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let fits = text.len() <= 254
        && text.split_once('@').is_some_and(|(local, host)| {
            local.len() <= 64 && local.split('.').all(is_atom) && (host == "localhost" || is_host(host))
        });
    if fits {
        Ok(text)
    } else {
        Err("must be an email address of at most 254 ASCII characters".into())
    }
}

/// Characters that need no quoting (RFC 5322, 3.2.3).
fn is_atom(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !part.is_empty() && part.chars().all(allowed)
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.') && host.split('.').all(is_label)
}

/// Most links of a profile.
const LINKS: usize = 5;
/// Longest link, in bytes.
const LINK_BYTES: usize = 200;

/// Checks the links of a profile: at most 5 of at most 200 bytes each, `http` or `https`, without credentials.
pub fn links(links: &[String]) -> Result<Vec<String>, String> {
    if links.len() > LINKS {
        return Err(format!("must have at most {LINKS} links"));
    }
    links.iter().map(|link| self::link(link)).collect()
}

fn link(text: &str) -> Result<String, String> {
    let wrong = || format!("must each be an http or https address of at most {LINK_BYTES} bytes");
    let url = url::Url::parse(text.trim()).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.username().is_empty() && url.password().is_none();
    let link = String::from(url);
    if is_web && is_bare && link.len() <= LINK_BYTES {
        Ok(link)
    } else {
        Err(wrong())
    }
}

/// Checks a colour: `#rrggbb`; lower case.
pub fn color(text: &str) -> Result<String, String> {
    match text.strip_prefix('#') {
        Some(digits) if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err("must be a colour such as #1f6feb".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_loosely_checked() {
        assert_eq!(email("Ada@Example.org").as_deref(), Ok("ada@example.org"));
        for wrong in [
            "",
            "ada",
            "@x.y",
            "a@b",
            "a@b..c",
            "a b@c.d",
            "a@b@c.d",
            "a\n@b.c",
            "a..b@c.d",
            ".a@c.d",
            "а@example.org",
            "a@-b.c",
            "a@b.c\r\nBcc: x@y.z",
            "\"a\"@b.c",
            "a@[127.0.0.1]",
            "a,b@c.d",
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn links_lead_to_the_web() {
        let good = links(&[" HTTPS://Example.org ".into(), "http://a.b/c?d#e".into()]);
        assert_eq!(
            good,
            Ok(vec!["https://example.org/".to_owned(), "http://a.b/c?d#e".to_owned()])
        );
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.b",
            "//a.b",
            "a.b",
            "https://u:p@a.b",
            "",
        ] {
            assert!(links(&[wrong.to_owned()]).is_err(), "{wrong:?}");
        }
        assert!(links(&vec!["https://a.b".to_owned(); 6]).is_err());
        assert!(links(&[format!("https://a.b/{}", "x".repeat(200))]).is_err());
    }

    #[test]
    fn names_are_seen_and_read_as_they_are() {
        for wrong in ["\u{202e}nimda", "\u{200b}\u{3164}", "a\u{2066}b"] {
            assert!(line(wrong, 10).is_err(), "{wrong:?}");
        }
        assert!(line("👩\u{200d}💻 Ada", 10).is_ok());
    }

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("  Pair  ", 10).as_deref(), Ok("Pair"));
        assert!(line("   ", 10).is_err());
        assert!(line("a\u{7}b", 10).is_err());
        assert!(line(&"é".repeat(11), 10).is_err());
    }
}
