//! Access tokens (JWT, RFC 7519, HS256 only) and refresh tokens (opaque).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use codecrafter_domain::id::{LoginId, UserId};
use codecrafter_domain::user::User;
use codecrafter_store::types::TokenHash;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;

/// Life of an access token.
pub(crate) const ACCESS_LIFE: Duration = Duration::minutes(15);
/// Life of a refresh token, and so of a login that is not used.
const REFRESH_LIFE: Duration = Duration::days(30);
/// The same for guests, whose login ends with the session, too.
const GUEST_LIFE: Duration = Duration::hours(24);
/// How guests' refresh tokens begin. What follows is hashed together with it: no other token becomes one of these.
const GUEST_PREFIX: &str = "guest.";
/// Longest token that is looked at, in bytes; ours have about 250.
const MAX_TOKEN_BYTES: usize = 1024;
const ISSUER: &str = "codecrafter";

/// What an access token says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Whose.
    pub(crate) sub: UserId,
    /// Of which login.
    pub(crate) sid: LoginId,
    /// Until when, in seconds since 1970.
    pub(crate) exp: i64,
}

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    claims: Claims,
    iss: &'static str,
    iat: i64,
}

/// Makes and checks access tokens.
pub(crate) struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        Self {
            signing: EncodingKey::from_secret(key),
            checking: DecodingKey::from_secret(key),
            validation,
        }
    }

    pub(crate) fn issue(&self, user: UserId, login: LoginId, now: DateTime<Utc>) -> Result<String, ApiError> {
        let claims = Claims {
            sub: user,
            sid: login,
            exp: (now + ACCESS_LIFE).timestamp(),
        };
        let issued = Issued {
            claims,
            iss: ISSUER,
            iat: now.timestamp(),
        };
        jsonwebtoken::encode(&Header::default(), &issued, &self.signing).map_err(ApiError::internal)
    }

    /// What a token says, if we signed it and it has not expired.
    pub(crate) fn check(&self, token: &str) -> Result<Claims, ApiError> {
        use jsonwebtoken::errors::ErrorKind;
        if token.len() > MAX_TOKEN_BYTES {
            return Err(ApiError::unauthenticated("The token is not valid."));
        }
        match jsonwebtoken::decode::<Claims>(token, &self.checking, &self.validation) {
            Ok(data) => Ok(data.claims),
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
                Err(ApiError::unauthenticated("The token has expired: refresh it."))
            }
            Err(_) => Err(ApiError::unauthenticated("The token is not valid.")),
        }
    }
}

/// A secret of 128 bits or more in 22 or more characters that need no escaping anywhere.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String, ApiError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A new refresh token for this user.
pub(crate) fn refresh_token(user: &User) -> Result<String, ApiError> {
    let prefix = if user.is_guest() { GUEST_PREFIX } else { "" };
    Ok(format!("{prefix}{}", random_text::<32>()?))
}

/// A new refresh token of the same kind as this one.
pub(crate) fn successor(token: &str) -> Result<String, ApiError> {
    let prefix = if token.starts_with(GUEST_PREFIX) {
        GUEST_PREFIX
    } else {
        ""
    };
    Ok(format!("{prefix}{}", random_text::<32>()?))
}

/// How long a refresh token lives.
pub(crate) fn refresh_life(token: &str) -> Duration {
    if token.starts_with(GUEST_PREFIX) {
        GUEST_LIFE
    } else {
        REFRESH_LIFE
    }
}

/// What is stored of a refresh token. The token has 256 random bits, so that a plain hash is enough.
pub(crate) fn refresh_hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(&[7; 32])
    }

    #[test]
    fn a_token_says_what_was_put_in() {
        let (user, login) = (UserId::new(), LoginId::new());
        let token = tokens().issue(user, login, Utc::now()).expect("signed");
        let claims = tokens().check(&token).expect("valid");
        assert_eq!((claims.sub, claims.sid), (user, login));
    }

    #[test]
    fn expired_foreign_and_unsigned_tokens_are_refused() {
        let (user, login) = (UserId::new(), LoginId::new());
        let past = Utc::now() - ACCESS_LIFE - Duration::seconds(1);
        let expired = tokens().issue(user, login, past).expect("signed");
        assert!(tokens().check(&expired).is_err());
        let foreign = Tokens::new(&[8; 32]).issue(user, login, Utc::now()).expect("signed");
        assert!(tokens().check(&foreign).is_err());
        let good = tokens().issue(user, login, Utc::now()).expect("signed");
        let payload = good.split('.').nth(1).expect("three parts");
        let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
        for wrong in [unsigned.as_str(), "", "x", "a.b.c", &good[1..], &"x".repeat(5000)] {
            assert!(tokens().check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn guests_are_forgotten_sooner() {
        let guest = User::guest("Gina", codecrafter_domain::id::SessionId::new(), Utc::now());
        let first = refresh_token(&guest).expect("random");
        let next = successor(&first).expect("random");
        assert_ne!(first, next);
        assert_eq!((refresh_life(&first), refresh_life(&next)), (GUEST_LIFE, GUEST_LIFE));
        let account = User {
            guest_of: None,
            platform_admin: false,
            ..guest
        };
        let first = refresh_token(&account).expect("random");
        assert_eq!(refresh_life(&successor(&first).expect("random")), REFRESH_LIFE);
    }

    #[test]
    fn random_texts_differ() {
        let one = random_text::<32>().expect("random");
        assert_eq!(one.len(), 43);
        assert_ne!(one, random_text::<32>().expect("random"));
    }
}
