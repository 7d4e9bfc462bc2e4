//! What is believed of an id token (`OpenID` Connect Core 1.0, 3.1.3.7).

use chrono::Utc;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::SsoError;

/// Signatures that are taken. Never `none`, nor one whose key both sides have.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// How far clocks may be apart, in seconds.
const LEEWAY_S: u64 = 60;
/// How old a token may be that was just fetched, in seconds.
const MOST_AGE_S: f64 = 600.0;
/// Longest token that is looked at, in bytes: some providers write every group of somebody into it.
const MOST_BYTES: usize = 64 * 1024;
/// Longest subject, in bytes (`OpenID` Connect Core 1.0, 2).
const MOST_SUBJECT: usize = 255;

/// What an id token says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    iat: f64,
    nonce: Option<String>,
    pub(super) email: Option<String>,
    pub(super) email_verified: Option<Flag>,
    pub(super) name: Option<String>,
    pub(super) preferred_username: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Yes or no; some providers write it as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flag(pub(super) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(value == Value::Bool(true) || value == "true"))
    }
}

/// What a token must be about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
}

/// The head of a token, if it is signed in a way that is taken.
pub(super) fn header(token: &str) -> Result<Header, SsoError> {
    let refused = || SsoError::untrusted("the id token is not signed in a way that is taken");
    if token.len() > MOST_BYTES {
        return Err(SsoError::untrusted("the id token is too long"));
    }
    let header = decode_header(token).map_err(|_| refused())?;
    if ALGORITHMS.contains(&header.alg) {
        Ok(header)
    } else {
        Err(refused())
    }
}

/// Checks signature and claims.
pub(super) fn check(
    token: &str,
    header: &Header,
    key: &DecodingKey,
    expected: Expected<'_>,
) -> Result<Claims, SsoError> {
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client]);
    validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
    let data = decode::<Claims>(token, key, &validation);
    let claims = data
        .map_err(|error| SsoError::untrusted(format!("id token: {error}")))?
        .claims;
    check_claims(&claims, expected, Utc::now().timestamp())?;
    Ok(claims)
}

fn check_claims(claims: &Claims, expected: Expected<'_>, now: i64) -> Result<(), SsoError> {
    let refuse = |why: &str| Err(SsoError::untrusted(format!("id token: {why}")));
    if claims.iss != expected.issuer {
        return refuse("another issuer");
    }
    let (is_for_us, is_for_others) = match &claims.aud {
        Audience::One(client) => (client == expected.client, false),
        Audience::Several(clients) => (
            clients.iter().any(|client| client == expected.client),
            clients.iter().any(|client| client != expected.client),
        ),
    };
    let is_ours = match &claims.azp {
        Some(party) => party == expected.client,
        None => !is_for_others,
    };
    if !is_for_us || !is_ours {
        return refuse("for another client");
    }
    if claims.sub.is_empty() || claims.sub.len() > MOST_SUBJECT || claims.sub.contains('\0') {
        return refuse("no usable subject");
    }
    // Seconds since 1970 are exact in 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let age = now as f64 - claims.iat;
    #[expect(clippy::cast_precision_loss, reason = "a minute")]
    if !(-(LEEWAY_S as f64)..=MOST_AGE_S).contains(&age) {
        return refuse("not made just now");
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return refuse("of another flow");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const EXPECTED: Expected<'static> = Expected {
        issuer: "https://id.example.org",
        client: "us",
        nonce: "n",
    };

    fn is_believed(key: &str, value: Value) -> bool {
        let mut claims = json!({"iss": EXPECTED.issuer, "sub": "1", "aud": "us", "iat": NOW, "nonce": "n"});
        claims[key] = value;
        let claims = serde_json::from_value(claims).expect("claims");
        check_claims(&claims, EXPECTED, NOW).is_ok()
    }

    #[test]
    fn a_token_is_for_us_alone_or_says_who_asked() {
        assert!(is_believed("aud", json!("us")) && is_believed("aud", json!(["us"])));
        for others in [json!("them"), json!(["us", "them"]), json!([])] {
            assert!(!is_believed("aud", others.clone()), "{others}");
        }
        assert!(is_believed("azp", json!("us")) && !is_believed("azp", json!("them")));
    }

    #[test]
    fn a_token_is_of_this_issuer_flow_and_moment() {
        assert!(!is_believed("iss", json!("https://id.example.org/")));
        assert!(!is_believed("nonce", json!("m")) && !is_believed("nonce", json!(null)));
        assert!(is_believed("iat", json!(NOW - 600)) && is_believed("iat", json!(NOW + 60)));
        assert!(!is_believed("iat", json!(NOW - 601)) && !is_believed("iat", json!(NOW + 61)));
        assert!(!is_believed("sub", json!("")) && !is_believed("sub", json!("x".repeat(256))));
    }

    #[test]
    fn flags_are_said_in_two_ways() {
        let flag = |value| serde_json::from_value::<Flag>(value).expect("a flag").0;
        assert!(flag(json!(true)) && flag(json!("true")));
        assert!(!flag(json!(false)) && !flag(json!("false")) && !flag(json!(1)) && !flag(json!("yes")));
    }

    #[test]
    fn only_some_signatures_are_taken() {
        // {"alg":"none"}, {"alg":"HS256"}, {"alg":"ES384"}: each with the body {}.
        for token in [
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJIUzI1NiJ9.e30.AA",
            "eyJhbGciOiJFUzM4NCJ9.e30.AA",
            "x",
            "",
        ] {
            assert!(header(token).is_err(), "{token}");
        }
        // {"alg":"RS256"}
        assert!(header("eyJhbGciOiJSUzI1NiJ9.e30.AA").is_ok());
    }
}
