//! New passwords, after NIST SP 800-63B: length, no rules of composition, none that everybody tries first.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// Lengths of passwords, in characters (code points) once normalised.
const CHARS: RangeInclusive<usize> = 8..=128;

/// What people choose most, in lower case: facts from published leaks.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../data/common-passwords.txt").lines().collect());

/// The same password however a keyboard composes it (NFKC): what is hashed.
pub fn normalise(text: &str) -> String {
    text.nfkc().collect()
}

/// Checks a new password; `own` is what others know of its owner: names and address.
pub fn password(text: &str, own: &[&str]) -> Result<String, String> {
    let password = normalise(text);
    if !CHARS.contains(&password.chars().count()) {
        return Err("must have 8 to 128 characters".into());
    }
    let folded = password.to_lowercase();
    if COMMON.contains(folded.as_str()) {
        return Err("is one of the passwords that are tried first: choose another".into());
    }
    if own.iter().any(|own| is_about(&folded, own)) {
        return Err("must not be your name or address: choose another".into());
    }
    Ok(password)
}

/// Whether a password is a name, or an address or the part of it before the @.
fn is_about(password: &str, own: &str) -> bool {
    let own = normalise(own).to_lowercase();
    let local = own.split('@').next().unwrap_or_default();
    password == own || (!local.is_empty() && password == local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_length_counts() {
        for good in [
            "        ",
            &"x".repeat(8),
            &"x".repeat(128),
            "пароль-пароль",
            "correct horse",
        ] {
            assert!(password(good, &[]).is_ok(), "{good:?}");
        }
        for bad in ["", "1234567", &"x".repeat(129), &"é".repeat(7)] {
            assert!(password(bad, &[]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn composed_and_decomposed_are_the_same() {
        let composed = password("zw\u{f6}lf Boxk\u{e4}mpfer", &[]);
        assert_eq!(password("zwo\u{308}lf Boxka\u{308}mpfer", &[]), composed);
        assert!(
            password(&"e\u{301}".repeat(4), &[]).is_err(),
            "four characters, not eight"
        );
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        for bad in ["password", "PassWord123", "12345678", "qwertyuiop", "ｐａｓｓｗｏｒｄ"] {
            assert!(password(bad, &[]).is_err(), "{bad:?}");
        }
        let own = ["ada-lovelace", "countess@example.org", "Augusta Ada"];
        for bad in ["Ada-Lovelace", "countess", "Countess@Example.org", "augusta ada"] {
            assert!(password(bad, &own).is_err(), "{bad:?}");
        }
        assert!(password("augusta ada king", &own).is_ok());
    }
}
