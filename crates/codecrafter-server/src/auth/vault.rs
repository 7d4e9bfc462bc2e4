//! What the server must be able to read again and nobody else: encrypted in the store, by a key that is not in it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use codecrafter_domain::id::UserId;

use crate::error::ApiError;

/// What the key is for: no other use of the server's key gives the same one.
const PURPOSE: &[u8] = b"codecrafter second factors 1";

/// Encrypts by AES-256-GCM (NIST SP 800-38D). What was written for one account cannot be read for another.
pub(crate) struct Vault(LessSafeKey);

impl Vault {
    /// With a key of its own, derived (HKDF, RFC 5869) from the server's.
    pub(crate) fn new(server_key: &[u8; 32]) -> Self {
        let root = Salt::new(HKDF_SHA256, &[]).extract(server_key);
        let purpose = [PURPOSE];
        let key = root.expand(&purpose, &AES_256_GCM);
        let key = key.expect("a key is far shorter than the longest output of HKDF");
        Self(LessSafeKey::new(UnboundKey::from(key)))
    }

    /// Nonce, ciphertext and tag. Nonces are random: an account has few secrets in its life.
    pub(crate) fn seal(&self, user: UserId, plain: &[u8]) -> Result<Vec<u8>, ApiError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(ApiError::internal)?;
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), about(user), &mut sealed)
            .map_err(ApiError::internal)?;
        sealed.splice(0..0, nonce);
        Ok(sealed)
    }

    /// What was sealed for this account by this key; `None` for everything else.
    pub(crate) fn open(&self, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.0.open_in_place(nonce, about(user), &mut text).ok()?;
        Some(plain.to_vec())
    }
}

fn about(user: UserId) -> Aad<[u8; 16]> {
    Aad::from(user.0.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_for_its_account_only() {
        let (vault, user) = (Vault::new(&[7; 32]), UserId::new());
        let sealed = vault.seal(user, b"secret").expect("sealed");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(vault.open(user, &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(vault.open(UserId::new(), &sealed), None);
        assert_eq!(Vault::new(&[8; 32]).open(user, &sealed), None);
        assert_ne!(vault.seal(user, b"secret").expect("sealed"), sealed);
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let (vault, user) = (Vault::new(&[7; 32]), UserId::new());
        let sealed = vault.seal(user, b"secret").expect("sealed");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(vault.open(user, &changed), None, "{index}");
            assert_eq!(vault.open(user, &sealed[..index]), None, "{index}");
        }
    }
}
