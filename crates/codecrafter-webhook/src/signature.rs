//! How a receiver knows that a result is ours and not an old one: an HMAC over time and body.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The header that carries the signature: `t=<seconds since 1970>,v1=<HMAC-SHA256 over "t.body", in hexadecimal>`.
pub const HEADER: &str = "CodeCrafter-Signature";

/// What signer and receiver share. The key is the text itself, as it is printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret from random bytes.
    pub fn new(random: &[u8]) -> Self {
        Self(hexadecimal(random))
    }

    /// As receivers are given it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value of [`HEADER`] for a body that is sent at `time`.
    pub fn sign(&self, time: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(time.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        format!("t={time},v1={}", hexadecimal(&mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_others_compute() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac 00ff
        let signed = Secret::new(&[0, 255]).sign(1_700_000_000, b"{}");
        assert_eq!(
            signed,
            "t=1700000000,v1=1f6c6b182ea25fc88e7ba6bc80b8a08d2ee9c15cee6dd8a949713629e953db4b"
        );
    }

    #[test]
    fn secrets_are_not_logged() {
        assert_eq!(format!("{:?}", Secret::new(&[1, 2])), "Secret(…)");
    }
}
