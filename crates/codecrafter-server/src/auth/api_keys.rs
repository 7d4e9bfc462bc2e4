//! API keys as text: `cck_`, then the key's id and a secret, both in base64url.
//!
//! The id finds the row; what is compared is a hash of the secret, in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use codecrafter_domain::id::ApiKeyId;
use codecrafter_store::types::TokenHash;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::error::ApiError;

/// How keys begin, so that people and scanners of leaked secrets know them.
const PREFIX: &str = "cck_";
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
/// Characters of the id in base64url.
const ID_CHARS: usize = 22;
const CHARS: usize = PREFIX.len() + ID_CHARS + 43;

/// A key that somebody presents, or is about to be given. Never shown by `Debug`.
pub(crate) struct Presented {
    /// Which key it says it is.
    pub(crate) id: ApiKeyId,
    secret: [u8; SECRET_BYTES],
}

impl Presented {
    /// A new key with 256 random bits.
    pub(crate) fn random() -> Result<Self, ApiError> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(ApiError::internal)?;
        Ok(Self {
            id: ApiKeyId::new(),
            secret,
        })
    }

    /// Reads a key; `None` where it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != CHARS || !text.is_ascii() {
            return None;
        }
        let (id, secret) = text.strip_prefix(PREFIX)?.split_at(ID_CHARS);
        let id: [u8; ID_BYTES] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self {
            id: ApiKeyId(Uuid::from_bytes(id)),
            secret,
        })
    }

    /// What its user is shown, once.
    pub(crate) fn text(&self) -> String {
        let id = URL_SAFE_NO_PAD.encode(self.id.0.as_bytes());
        format!("{PREFIX}{id}{}", URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// What is stored. The secret has 256 random bits, so that a plain hash is enough.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.secret).into())
    }

    /// Whether it is the key of which this was stored.
    pub(crate) fn fits(&self, stored: &TokenHash) -> bool {
        self.hash().0.ct_eq(&stored.0).into()
    }
}

/// Whether a token says that it is a key.
pub(crate) fn is_key(token: &str) -> bool {
    token.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_shown() {
        let key = Presented::random().expect("random");
        let text = key.text();
        assert!(is_key(&text) && text.len() == CHARS);
        let read = Presented::parse(&text).expect("a key");
        assert_eq!(read.id, key.id);
        assert!(read.fits(&key.hash()));
        assert!(!Presented::random().expect("random").fits(&key.hash()));
    }

    #[test]
    fn what_is_no_key_is_not_read() {
        let good = Presented::random().expect("random").text();
        let longer = format!("{good}A");
        let umlaut = format!("{}é", &good[..good.len() - 2]);
        for wrong in [
            "",
            "cck_",
            "cck_x",
            &good[1..],
            &good[..good.len() - 1],
            &longer,
            &umlaut,
        ] {
            assert!(Presented::parse(wrong).is_none(), "{wrong}");
        }
        // The last character of 32 bytes has two bits to spare: another spelling is no other key.
        let (head, last) = good.split_at(good.len() - 1);
        let spelt = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let fitting = spelt
            .chars()
            .filter(|c| Presented::parse(&format!("{head}{c}")).is_some());
        assert_eq!(fitting.count(), 16, "{last}");
    }
}
