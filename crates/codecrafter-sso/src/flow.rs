//! What belongs to one attempt to sign in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::SsoError;

/// What belongs to one attempt: remembered for one browser, until it comes back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Comes back with the browser.
    state: String,
    /// Comes back in the id token.
    pub(crate) nonce: String,
    /// Shows that whoever redeems the code has asked for it (PKCE, RFC 7636).
    pub(crate) verifier: String,
}

/// What a browser brings back from a provider.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// To be redeemed for what the provider says.
    pub code: String,
    /// Who the provider says that it is (RFC 9207).
    pub issuer: Option<String>,
}

impl Flow {
    pub(crate) fn new() -> Result<Self, SsoError> {
        Ok(Self {
            state: random()?,
            nonce: random()?,
            verifier: random()?,
        })
    }

    /// What the provider gives back with the browser.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }

    /// Whether this is the state that went out.
    pub fn is_state(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// The S256 challenge of the verifier.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

fn random() -> Result<String, SsoError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SsoError::unavailable(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        let flow = Flow {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
            ..Flow::new().expect("random")
        };
        assert_eq!(flow.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn every_flow_is_its_own() {
        let (one, other) = (Flow::new().expect("random"), Flow::new().expect("random"));
        assert!(one.is_state(one.state()) && !one.is_state(other.state()) && !one.is_state(""));
        assert_ne!(one.nonce, other.nonce);
        assert!(one.verifier.len() >= 43);
    }
}
