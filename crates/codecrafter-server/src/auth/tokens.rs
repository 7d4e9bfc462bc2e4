//! Access tokens (JWT, RFC 7519, HS256 only) and refresh tokens (opaque).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use codecrafter_domain::id::{ApiKeyId, LoginId, UserId};
use codecrafter_domain::user::User;
use codecrafter_store::types::TokenHash;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::known::Name;
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
/// Life of a ticket: time enough to open a socket.
pub(crate) const TICKET_LIFE: Duration = Duration::seconds(30);
const ISSUER: &str = "codecrafter";
/// Of tickets. What one kind of token opens, no other does.
const TICKETS: &str = "codecrafter-ticket";
/// Of what our own pages have in a cookie, for sockets only.
const SOCKETS: &str = "codecrafter-socket";
/// Of what a browser keeps while it is away at a provider.
const AWAY: &str = "codecrafter-away";
/// The longest of these that is looked at, in bytes: browsers keep cookies of at most 4 KiB.
const MAX_AWAY_BYTES: usize = 3072;

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

/// What a ticket says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct TicketClaims {
    /// Which ticket: each opens one socket.
    pub(crate) jti: Uuid,
    /// Whose.
    pub(crate) sub: UserId,
    /// What it was got with.
    pub(crate) of: TicketOf,
    /// Until when it opens, in seconds since 1970.
    exp: i64,
    /// Until when what it opened stays open: the end of what it was got with; `None` for never.
    pub(crate) until: Option<i64>,
}

/// What a ticket was got with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketOf {
    /// A login.
    Login(LoginId),
    /// An API key.
    Key(ApiKeyId),
}

impl From<TicketOf> for Name {
    fn from(of: TicketOf) -> Self {
        match of {
            TicketOf::Login(login) => Self::Login(login),
            TicketOf::Key(key) => Self::Key(key),
        }
    }
}

impl From<Name> for TicketOf {
    fn from(name: Name) -> Self {
        match name {
            Name::Login(login) => Self::Login(login),
            Name::Key(key) => Self::Key(key),
        }
    }
}

#[derive(Serialize)]
struct Issued<T> {
    #[serde(flatten)]
    claims: T,
    iss: &'static str,
    iat: i64,
}

/// Makes and checks access tokens.
pub(crate) struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    access: Validation,
    ticket: Validation,
    socket: Validation,
    away: Validation,
}

impl Tokens {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            signing: EncodingKey::from_secret(key),
            checking: DecodingKey::from_secret(key),
            access: validation(ISSUER),
            ticket: validation(TICKETS),
            socket: validation(SOCKETS),
            away: Validation {
                required_spec_claims: ["exp", "iss"].map(str::to_owned).into(),
                ..validation(AWAY)
            },
        }
    }

    pub(crate) fn issue(&self, user: UserId, login: LoginId, now: DateTime<Utc>) -> Result<String, ApiError> {
        let claims = Claims {
            sub: user,
            sid: login,
            exp: (now + ACCESS_LIFE).timestamp(),
        };
        self.sign(claims, ISSUER, now)
    }

    /// A ticket for somebody whose access ends at `until`.
    pub(crate) fn issue_ticket(
        &self,
        user: UserId,
        of: TicketOf,
        until: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<String, ApiError> {
        let claims = TicketClaims {
            jti: Uuid::new_v4(),
            sub: user,
            of,
            exp: (now + TICKET_LIFE).timestamp(),
            until,
        };
        self.sign(claims, TICKETS, now)
    }

    /// What opens sockets for our own pages until `expires`, for a cookie.
    pub(crate) fn issue_socket(
        &self,
        user: UserId,
        login: LoginId,
        expires: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<String, ApiError> {
        let claims = Claims {
            sub: user,
            sid: login,
            exp: expires.timestamp(),
        };
        self.sign(claims, SOCKETS, now)
    }

    /// What a browser keeps while it is away at a provider; it says itself until when.
    pub(crate) fn issue_away(&self, away: impl Serialize, now: DateTime<Utc>) -> Result<String, ApiError> {
        self.sign(away, AWAY, now)
    }

    fn sign(&self, claims: impl Serialize, iss: &'static str, now: DateTime<Utc>) -> Result<String, ApiError> {
        let issued = Issued {
            claims,
            iss,
            iat: now.timestamp(),
        };
        jsonwebtoken::encode(&Header::default(), &issued, &self.signing).map_err(ApiError::internal)
    }

    /// What a token says, if we signed it and it has not expired.
    pub(crate) fn check(&self, token: &str) -> Result<Claims, ApiError> {
        self.read(token, MAX_TOKEN_BYTES, &self.access)
    }

    /// The same of a ticket. Whether it was used is not known here.
    pub(crate) fn check_ticket(&self, ticket: &str) -> Result<TicketClaims, ApiError> {
        self.read(ticket, MAX_TOKEN_BYTES, &self.ticket)
    }

    /// The same of what our own pages have in a cookie.
    pub(crate) fn check_socket(&self, token: &str) -> Result<Claims, ApiError> {
        self.read(token, MAX_TOKEN_BYTES, &self.socket)
    }

    /// The same of what a browser has kept while it was away. Whether it was used is not known here.
    pub(crate) fn check_away<T: DeserializeOwned + Clone>(&self, token: &str) -> Result<T, ApiError> {
        self.read(token, MAX_AWAY_BYTES, &self.away)
    }

    fn read<T: DeserializeOwned + Clone>(
        &self,
        token: &str,
        most_bytes: usize,
        validation: &Validation,
    ) -> Result<T, ApiError> {
        use jsonwebtoken::errors::ErrorKind;
        if token.len() > most_bytes {
            return Err(ApiError::unauthenticated("The token is not valid."));
        }
        match jsonwebtoken::decode::<T>(token, &self.checking, validation) {
            Ok(data) => Ok(data.claims),
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
                Err(ApiError::unauthenticated("The token has expired: refresh it."))
            }
            Err(_) => Err(ApiError::unauthenticated("The token is not valid.")),
        }
    }
}

fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 0;
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    validation
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
    fn what_one_kind_opens_no_other_does() {
        let (tokens, user, login, now) = (tokens(), UserId::new(), LoginId::new(), Utc::now());
        let of = TicketOf::Login(login);
        let access = tokens.issue(user, login, now).expect("signed");
        let ticket = tokens.issue_ticket(user, of, Some(5), now).expect("signed");
        let socket = tokens
            .issue_socket(user, login, now + TICKET_LIFE, now)
            .expect("signed");
        assert_eq!(tokens.check_ticket(&ticket).expect("valid").until, Some(5));
        assert_eq!(tokens.check_socket(&socket).expect("valid").sid, login);
        assert!(tokens.check(&ticket).is_err() && tokens.check(&socket).is_err());
        assert!(tokens.check_ticket(&access).is_err() && tokens.check_ticket(&socket).is_err());
        assert!(tokens.check_socket(&access).is_err() && tokens.check_socket(&ticket).is_err());
        let late = now - TICKET_LIFE - Duration::seconds(1);
        let late = tokens.issue_ticket(user, of, Some(5), late).expect("signed");
        assert!(tokens.check_ticket(&late).is_err());
    }

    #[test]
    fn other_algorithms_are_refused() {
        let (user, login, now) = (UserId::new(), LoginId::new(), Utc::now());
        let claims = Issued {
            claims: Claims {
                sub: user,
                sid: login,
                exp: (now + ACCESS_LIFE).timestamp(),
            },
            iss: ISSUER,
            iat: now.timestamp(),
        };
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let token = jsonwebtoken::encode(&Header::new(algorithm), &claims, &EncodingKey::from_secret(&[7; 32]));
            assert!(tokens().check(&token.expect("signed")).is_err(), "{algorithm:?}");
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
