//! User names: letters of any one script, in one spelling, and none that looks like another one.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _, skeleton};

/// Lengths of user names, in characters.
const CHARS: RangeInclusive<usize> = 3..=32;

/// Checks a user name: 3 to 32 letters and digits of one script, `_` and `-`, the first a letter or digit.
///
/// Compatible forms become one (NFKC), upper case folds. Characters that Unicode advises against in identifiers, and
/// scripts that are not written together, are refused (UTS 39).
pub fn username(text: &str) -> Result<String, String> {
    let name = fold(text);
    let fits = CHARS.contains(&name.chars().count())
        && name.chars().all(is_allowed)
        && name.chars().next().is_some_and(char::is_alphanumeric)
        && name.as_str().is_single_script();
    if fits {
        Ok(name)
    } else {
        Err("must have 3 to 32 letters and digits of one script, _ and -, the first a letter or digit".into())
    }
}

/// The user name that is nearest to a text of other rules, such as an address: without what cannot be in one, shortened,
/// and with `number` behind it unless that is 0, for when others are taken. `user` where nothing is left.
pub fn username_near(text: &str, number: u32) -> String {
    let text = text.split('@').next().unwrap_or_default();
    let name: String = fold(text)
        .chars()
        .map(|char| if matches!(char, '.' | ' ' | '+') { '-' } else { char })
        .filter(|char| is_allowed(*char))
        .collect();
    let name = name.trim_start_matches(|char: char| !char.is_alphanumeric());
    let number = if number == 0 { String::new() } else { number.to_string() };
    let room = *CHARS.end() - number.len();
    let name: String = name.chars().take(room).collect();
    let name = name.trim_end_matches(['-', '_']);
    // A number alone is nobody's name.
    let near = Some(name).filter(|name| !name.is_empty());
    near.and_then(|name| username(&format!("{name}{number}")).ok())
        .unwrap_or_else(|| format!("user{number}"))
}

/// One spelling of a name: compatible forms and cases are the same.
pub(super) fn fold(text: &str) -> String {
    // Lower case of composed characters may come apart.
    text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// What a name looks like: the same for all that are easily taken for each other (the skeleton of UTS 39).
///
/// ASCII stands for itself: `user1` and `userl` are two people, and names of other scripts are held against them.
pub fn look(name: &str) -> String {
    let mut look = String::with_capacity(name.len());
    for char in name.nfd() {
        if char.is_ascii() {
            look.push(char);
        } else {
            look.extend(skeleton(char.encode_utf8(&mut [0; 4])));
        }
    }
    look.to_lowercase()
}

fn is_allowed(char: char) -> bool {
    let is_word = char.is_alphanumeric() || is_combining_mark(char);
    matches!(char, '_' | '-') || (is_word && char.identifier_allowed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold() {
        for (typed, name) in [
            (" Ada_L ", "ada_l"),
            ("ＡＤＡ１", "ada1"),
            ("ﬁona", "fiona"),
            ("Jo\u{301}zef", "józef"),
            ("АДАМ", "адам"),
            ("数学者", "数学者"),
        ] {
            assert_eq!(username(typed).as_deref(), Ok(name), "{typed:?}");
            assert_eq!(username(name).as_deref(), Ok(name), "{name:?} stays");
        }
    }

    #[test]
    fn what_misleads_is_refused() {
        for wrong in [
            "ab",
            "-abc",
            "_abc",
            "a b c",
            "ada\0",
            "аda",
            "αdmin",
            "ada\u{200d}",
            "ad\u{202e}a",
            "ad\u{200b}a",
            "\u{301}abc",
            "😀😀😀",
            "ada@example.org",
            "guest:1",
            "a/../b",
            &"a".repeat(33),
            &"é".repeat(33),
        ] {
            assert!(username(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_is_made_of_what_others_call_somebody() {
        for (text, number, name) in [
            ("Ada.Lovelace@example.org", 0, "ada-lovelace"),
            ("ada", 2, "ada2"),
            ("Józef K.", 0, "józef-k"),
            ("al", 0, "user"),
            ("al", 7, "al7"),
            ("_\u{202e}__", 3, "user3"),
            ("😀", 0, "user"),
            ("аda", 1, "user1"),
            ("", 4_000_000_000, "user4000000000"),
        ] {
            assert_eq!(username_near(text, number), name, "{text:?}");
            assert_eq!(username(name).as_deref(), Ok(name));
        }
        assert_eq!(username_near(&"é".repeat(90), 12), format!("{}12", "é".repeat(30)));
    }

    #[test]
    fn what_looks_alike_is_the_same() {
        for (one, other) in [("сосо", "coco"), ("роса", "poca"), ("ѕоре1", "sope1")] {
            assert_eq!(look(&username(one).expect("one script")), look(other), "{one}");
        }
        for (one, other) in [
            ("user1", "userl"),
            ("user0", "usero"),
            ("józef", "jozef"),
            ("modern", "rnodern"),
        ] {
            assert_ne!(look(one), look(other));
        }
        assert_eq!(look("ada_l-1"), "ada_l-1", "ASCII stands for itself");
    }
}
