//! Comparing what a program wrote with what was expected of it.

/// How far a number may be from the expected one unless said: what printing with six decimals loses.
pub(super) const TOLERANCE: f64 = 1e-6;

/// Whether two texts are the same but for whitespace at the ends of lines and newlines at the end.
pub(super) fn trimmed(expected: &[u8], actual: &[u8]) -> bool {
    lines(expected).eq(lines(actual))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.trim_ascii_end().split(|byte| *byte == b'\n');
    lines.map(<[u8]>::trim_ascii_end)
}

/// Whether two texts have the same words, where numbers may differ by `tolerance`, absolutely or as a part of the
/// expected one. Not-a-number is itself, infinities are themselves only.
pub(super) fn float(expected: &[u8], actual: &[u8], tolerance: f64) -> bool {
    let (mut expected, mut actual) = (words(expected), words(actual));
    loop {
        match (expected.next(), actual.next()) {
            (None, None) => return true,
            (Some(expected), Some(actual)) if close(expected, actual, tolerance) => {}
            _ => return false,
        }
    }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

fn close(expected: &[u8], actual: &[u8], tolerance: f64) -> bool {
    if expected == actual {
        return true;
    }
    let (Some(expected), Some(actual)) = (number(expected), number(actual)) else {
        return false;
    };
    if expected.is_finite() && actual.is_finite() {
        let apart = (expected - actual).abs();
        return apart <= tolerance || apart <= tolerance * expected.abs();
    }
    #[expect(clippy::float_cmp, reason = "infinities have one value each")]
    let same = expected == actual;
    same || (expected.is_nan() && actual.is_nan())
}

fn number(word: &[u8]) -> Option<f64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whitespace_at_ends_does_not_matter() {
        for (expected, actual, same) in [
            ("1\n2\n", "1\n2", true),
            ("1\n2", "1 \t\n2\r\n\n\n", true),
            ("", " \n\n", true),
            ("1 2", "1  2", false),
            ("1\n2", "1\n\n2", false),
            (" 1", "1", false),
            ("a", "A", false),
            ("1\n2", "1\n2\n3", false),
        ] {
            assert_eq!(
                trimmed(expected.as_bytes(), actual.as_bytes()),
                same,
                "{expected:?} {actual:?}"
            );
        }
        assert!(trimmed(b"\xff \n", b"\xff"));
    }

    #[test]
    fn numbers_may_be_close() {
        for (expected, actual, same) in [
            ("1.0", "1.0000009", true),
            ("1.0", "1.00001", false),
            ("1e9", "1000000999", true),
            ("1e9", "1000002000", false),
            ("0", "0.000001", true),
            ("0", "-0.0", true),
            ("x = 1\ny = 2\n", "x = 1.0 y = 2", true),
            ("x 1", "y 1", false),
            ("1 2", "1", false),
            ("1", "1 2", false),
            ("nan", "NaN", true),
            ("nan", "1", false),
            ("1", "nan", false),
            ("inf", "Infinity", true),
            ("inf", "-inf", false),
            ("inf", "1e308", false),
            ("1e308", "inf", false),
            ("1e308", "-1e308", false),
            ("0x10", "16", false),
        ] {
            assert_eq!(
                float(expected.as_bytes(), actual.as_bytes(), TOLERANCE),
                same,
                "{expected:?} {actual:?}"
            );
        }
        assert!(float(b"1", b"1.0", 0.0));
        assert!(!float(b"1", b"1.0000000001", 0.0));
    }

    proptest! {
        #[test]
        fn everything_equals_itself(text in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(trimmed(&text, &text));
            prop_assert!(float(&text, &text, 0.0));
        }

        #[test]
        fn added_whitespace_at_ends_does_not_matter(
            lines in prop::collection::vec("[ -~]{0,10}", 0..8),
            ends in prop::collection::vec("[ \t\r]{0,3}", 8),
            after in "[ \t\r\n]{0,5}",
        ) {
            let padded: Vec<String> = lines.iter().zip(&ends).map(|(line, end)| format!("{line}{end}")).collect();
            let (plain, padded) = (lines.join("\n"), padded.join("\n") + &after);
            prop_assert!(trimmed(plain.as_bytes(), padded.as_bytes()));
            prop_assert!(trimmed(padded.as_bytes(), plain.as_bytes()));
        }

        #[test]
        fn another_word_is_never_accepted(words in prop::collection::vec("[a-m]{1,5}", 1..8), at in 0usize..8) {
            let mut other = words.clone();
            let at = at % words.len();
            other[at].push('z');
            let (words, other) = (words.join(" "), other.join(" "));
            prop_assert!(!trimmed(words.as_bytes(), other.as_bytes()));
            prop_assert!(!float(words.as_bytes(), other.as_bytes(), 1.0));
        }

        #[test]
        fn the_tolerance_is_a_bound(value in -1e12_f64..1e12, tolerance in 1e-9_f64..0.5, part in 0.0_f64..0.9) {
            let allowed = tolerance.max(tolerance * value.abs());
            let text = |value: f64| format!("{value:e}");
            let near = text(value + allowed * part);
            let far = text(value + allowed * 1.1 + value.abs() * 1e-12);
            prop_assert!(float(text(value).as_bytes(), near.as_bytes(), tolerance));
            prop_assert!(!float(text(value).as_bytes(), far.as_bytes(), tolerance));
        }

        #[test]
        fn a_larger_tolerance_accepts_no_less(a in any::<f64>(), b in any::<f64>(), one in 0.0_f64..1.0, two in 0.0_f64..1.0) {
            let (small, large) = (one.min(two), one.max(two));
            let (a, b) = (format!("{a:e}"), format!("{b:e}"));
            prop_assert!(!float(a.as_bytes(), b.as_bytes(), small) || float(a.as_bytes(), b.as_bytes(), large));
        }
    }
}
