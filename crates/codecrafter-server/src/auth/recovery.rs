//! Recovery codes: what lets somebody in who has lost what makes their codes.

use codecrafter_domain::id::UserId;
use codecrafter_store::types::TokenHash;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;

/// How many there are at first.
const CODES: usize = 10;
/// Letters of a code, each of five random bits.
const LETTERS: usize = 16;
const GROUP: usize = 4;
/// Crockford's: without letters that are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// New codes, and what is stored of them.
pub(crate) fn make(user: UserId) -> Result<(Vec<String>, Vec<TokenHash>), ApiError> {
    let codes = (0..CODES).map(|_| code()).collect::<Result<Vec<_>, _>>()?;
    let hashes = codes.iter().filter_map(|code| hash(user, code)).collect();
    Ok((codes, hashes))
}

fn code() -> Result<String, ApiError> {
    let mut bytes = [0; LETTERS];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// What is stored of a code, however it is typed; `None` for what cannot be one. A code has 80 random bits, so that a
/// plain hash is enough; with the user's id in it, nobody tries all accounts at once.
pub(crate) fn hash(user: UserId, typed: &str) -> Option<TokenHash> {
    let letters = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(letter);
    let code: String = letters.take(LETTERS + 1).collect::<Option<_>>()?;
    (code.len() == LETTERS).then(|| {
        let hash = Sha256::new().chain_update(user.0.as_bytes()).chain_update(&code);
        TokenHash(hash.finalize().into())
    })
}

fn letter(typed: char) -> Option<char> {
    let letter = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    u8::try_from(letter)
        .is_ok_and(|byte| ALPHABET.contains(&byte))
        .then_some(letter)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_differ_and_are_all_stored() {
        let (codes, hashes) = make(UserId::new()).expect("made");
        assert_eq!((codes.len(), hashes.len()), (CODES, CODES));
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), CODES);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            assert_eq!(code.matches('-').count(), 3, "{code}");
        }
    }

    #[test]
    fn a_code_is_typed_in_many_ways() {
        let user = UserId::new();
        let stored = hash(user, "0123-4567-89AB-CDEF").expect("a code");
        for typed in [
            "0123456789abcdef",
            " o1-23 4567 89AB cdef\n",
            "OI23-4567-89AB-CDEF",
            "ol23-4567-89AB-CDEF",
        ] {
            assert_eq!(hash(user, typed).as_ref(), Some(&stored), "{typed}");
        }
        assert_ne!(hash(UserId::new(), "0123-4567-89AB-CDEF").expect("a code"), stored);
    }

    #[test]
    fn what_is_no_code_has_no_hash() {
        let user = UserId::new();
        for typed in [
            "",
            "0123",
            "0123-4567-89AB-CDEU",
            "0123-4567-89AB-CDEF-0",
            "é123-4567-89AB-CDEF",
        ] {
            assert_eq!(hash(user, typed), None, "{typed}");
        }
        assert_eq!(hash(user, &"0".repeat(1_000_000)), None);
    }
}
