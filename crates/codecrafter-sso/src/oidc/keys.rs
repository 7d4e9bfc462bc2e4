//! The keys with which a provider signs (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::SsoError;
use crate::http::Http;

/// Keys that are looked at; providers have a few.
const MOST_KEYS: usize = 64;

/// The keys of a provider.
#[derive(Debug, Clone)]
pub(super) struct KeySet(Vec<Jwk>);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// Asks a provider. Keys of kinds that are not known here are left out.
pub(super) async fn ask(http: &Http, address: &Url) -> Result<KeySet, SsoError> {
    let document: Document = http.get(address).await?;
    Ok(KeySet::from(document))
}

impl From<Document> for KeySet {
    fn from(document: Document) -> Self {
        let keys = document.keys.into_iter().take(MOST_KEYS);
        Self(keys.filter_map(|key| serde_json::from_value(key).ok()).collect())
    }
}

impl KeySet {
    /// The key that a token names; without a name, the only one that it could be.
    pub(super) fn find(&self, header: &Header) -> Option<DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| fits(key, header.alg));
        let key = match &header.kid {
            Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        key.and_then(|key| DecodingKey::from_jwk(key).ok())
    }
}

/// Whether a key signs by this algorithm. Only asymmetric ones are: what others can read must not be what signs.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let is_for_signing = key
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let is_bound_otherwise = key
        .common
        .key_algorithm
        .is_some_and(|bound| bound.to_string() != format!("{algorithm:?}"));
    let is_of_kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256) => true,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    is_for_signing && !is_bound_otherwise && is_of_kind
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn set(keys: &Value) -> KeySet {
        serde_json::from_value::<Document>(json!({ "keys": keys }))
            .expect("a document")
            .into()
    }

    fn header(algorithm: Algorithm, kid: Option<&str>) -> Header {
        let mut header = Header::new(algorithm);
        header.kid = kid.map(str::to_owned);
        header
    }

    #[test]
    fn a_key_is_found_by_its_name_and_kind() {
        let keys = set(&json!([
            {"kty": "nonsense"},
            {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
            {"kty": "EC", "kid": "e", "crv": "P-256", "x": X, "y": Y},
            {"kty": "EC", "kid": "enc", "use": "enc", "crv": "P-256", "x": X, "y": Y},
            {"kty": "OKP", "kid": "d", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        ]));
        let finds = |algorithm, kid| keys.find(&header(algorithm, kid)).is_some();
        assert!(finds(Algorithm::ES256, Some("e")) && finds(Algorithm::EdDSA, Some("d")));
        assert!(finds(Algorithm::ES256, None), "the only one");
        assert!(!finds(Algorithm::HS256, Some("o")), "a shared secret signs nothing");
        assert!(!finds(Algorithm::ES256, Some("enc")), "it is for something else");
        assert!(!finds(Algorithm::RS256, Some("e")) && !finds(Algorithm::ES256, Some("d")));
        assert!(!finds(Algorithm::ES256, Some("unknown")));
    }

    #[test]
    fn of_several_without_a_name_none_is_guessed() {
        let key = |kid| json!({"kty": "EC", "kid": kid, "alg": "ES256", "crv": "P-256", "x": X, "y": Y});
        assert!(
            set(&json!([key("a"), key("b")]))
                .find(&header(Algorithm::ES256, None))
                .is_none()
        );
        let bound = json!([{"kty": "EC", "alg": "ES384", "crv": "P-256", "x": X, "y": Y}]);
        assert!(set(&bound).find(&header(Algorithm::ES256, None)).is_none());
    }
}
