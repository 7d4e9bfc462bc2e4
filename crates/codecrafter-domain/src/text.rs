//! Rules for short texts that people type: names, titles, addresses.

/// Longest name shown to others, in characters.
pub const DISPLAY_NAME_CHARS: usize = 64;
/// Longest title of a session, in characters.
pub const TITLE_CHARS: usize = 120;
/// Longest description of a session, in characters.
pub const DESCRIPTION_CHARS: usize = 2_000;

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
    Ok(text.to_owned())
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

/// Checks a user name: 3 to 32 of `a-z 0-9 _ -`, starting with a letter or digit; upper case folds.
pub fn username(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if !(3..=32).contains(&text.len()) || !text.chars().all(allowed) || text.starts_with(['_', '-']) {
        return Err("must have 3 to 32 characters of a-z, 0-9, _ and -, the first a letter or digit".into());
    }
    Ok(text)
}

/// Checks an email address loosely (RFC 5321 lengths, one @, a dot or `localhost` on the right); lower case.
pub fn email(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let wrong = || Err("must be an email address of at most 254 characters".to_owned());
    let Some((local, host)) = text.split_once('@') else {
        return wrong();
    };
    let host_ok = host == "localhost"
        || (host.contains('.') && host.split('.').all(|part| !part.is_empty() && !part.starts_with('-')));
    let clean = text
        .chars()
        .all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c));
    if text.len() > 254 || local.is_empty() || local.len() > 64 || host.contains('@') || !host_ok || !clean {
        return wrong();
    }
    Ok(text)
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

/// Checks a new password after NIST SP 800-63B: 8 to 128 characters, no composition rules.
pub fn password(text: &str) -> Result<(), String> {
    if (8..=128).contains(&text.chars().count()) {
        Ok(())
    } else {
        Err("must have 8 to 128 characters".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_fold_and_refuse() {
        assert_eq!(username(" Ada_L ").as_deref(), Ok("ada_l"));
        for wrong in ["ab", "-abc", "a b c", "ada\0", "адам", &"a".repeat(33)] {
            assert!(username(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn emails_are_loosely_checked() {
        assert_eq!(email("Ada@Example.org").as_deref(), Ok("ada@example.org"));
        for wrong in ["", "ada", "@x.y", "a@b", "a@b..c", "a b@c.d", "a@b@c.d", "a\n@b.c"] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("  Pair  ", 10).as_deref(), Ok("Pair"));
        assert!(line("   ", 10).is_err());
        assert!(line("a\u{7}b", 10).is_err());
        assert!(line(&"é".repeat(11), 10).is_err());
    }
}
