//! One-time codes (TOTP, RFC 6238) as every authenticator app makes them: HMAC-SHA-1, six digits, steps of 30 seconds.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;
use url::Url;
use url::form_urlencoded::byte_serialize;

/// Bytes of a secret: as many as HMAC-SHA-1 puts out (RFC 4226, section 4).
pub(crate) const SECRET_BYTES: usize = 20;
/// Seconds for which a code is shown.
const STEP: i64 = 30;
/// Steps to either side that are taken, for clocks that are not quite right.
const TOLERANCE: u64 = 1;
const DIGITS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step whose code this is, around `now`: the latest, should there be several.
pub(crate) fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Option<u64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let current = u64::try_from(now.timestamp() / STEP).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let steps = current.saturating_sub(TOLERANCE)..=current.saturating_add(TOLERANCE);
    // All are looked at, so that the time taken does not tell which one it was.
    steps.fold(None, |found, step| {
        let fits = code_of(&key, step).as_bytes().ct_eq(code.as_bytes());
        if fits.into() { Some(step) } else { found }
    })
}

/// Section 5.3 of RFC 4226.
fn code_of(key: &hmac::Key, step: u64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let word = tag.iter().skip(offset).take(4);
    let number = word.fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 1_000_000)
}

/// As people type it into an app, and apps take it from an address (RFC 4648, section 6, unpadded).
pub(crate) fn base32(secret: &[u8]) -> String {
    let mut text = String::with_capacity(secret.len().div_ceil(5) * 8);
    for chunk in secret.chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, index| {
            bits << 8 | u64::from(chunk.get(index).copied().unwrap_or_default())
        });
        let letters = (chunk.len() * 8).div_ceil(5);
        text.extend((0..letters).map(|index| char::from(BASE32[(bits >> (35 - 5 * index) & 31) as usize])));
    }
    text
}

/// What an app reads from the QR code.
pub(crate) fn uri(secret: &[u8], username: &str, public_url: &Url) -> String {
    let host: String = byte_serialize(public_url.host_str().unwrap_or_default().as_bytes()).collect();
    let name: String = byte_serialize(username.as_bytes()).collect();
    let secret = base32(secret);
    format!("otpauth://totp/CodeCrafter:{name}%40{host}?secret={secret}&issuer=CodeCrafter")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("in range")
    }

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(seconds / 30).expect("positive");
            assert_eq!(step_of(SECRET, code, at(seconds)), Some(step), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_away() {
        let (code, step) = ("050471", 37_037_037);
        for seconds in [1_111_111_110 - 30, 1_111_111_110, 1_111_111_110 + 59] {
            assert_eq!(step_of(SECRET, code, at(seconds)), Some(step), "{seconds}");
        }
        for seconds in [1_111_111_110 - 31, 1_111_111_110 + 60] {
            assert_eq!(step_of(SECRET, code, at(seconds)), None, "{seconds}");
        }
    }

    #[test]
    fn what_is_no_code_fits_nothing() {
        let now = at(1_111_111_111);
        assert!(step_of(SECRET, " 050 471 ", now).is_some());
        for code in ["", "50471", "0504710", "050472", "０５０４７１", "050471\0"] {
            assert_eq!(step_of(SECRET, code, now), None, "{code}");
        }
        assert_eq!(step_of(b"another", "050471", now), None);
        assert_eq!(step_of(SECRET, "050471", at(-60)), None);
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_is_that_of_the_rfc() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn names_do_not_break_out_of_the_address() {
        let url = Url::parse("https://code.example.org/").expect("an address");
        let uri = uri(SECRET, "йожик", &url);
        assert_eq!(
            uri,
            "otpauth://totp/CodeCrafter:%D0%B9%D0%BE%D0%B6%D0%B8%D0%BA%40code.example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=CodeCrafter"
        );
    }
}
