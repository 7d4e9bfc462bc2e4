//! `OpenID` Connect Core 1.0: the authorization code flow with PKCE, state and nonce.

mod cached;
mod discovery;
mod id_token;
mod keys;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::config::ProviderConfig;
use crate::flow::{Flow, Returned};
use crate::github::word;
use crate::http::Http;
use crate::{Email, Profile, SsoError};
use cached::Cached;
use discovery::{Discovered, Metadata};
use id_token::{Claims, Expected, Flag};
use keys::KeySet;

/// A provider of `OpenID` Connect.
#[derive(Debug)]
pub(crate) struct Oidc {
    issuer: String,
    http: Http,
    discovered: Cached<Discovered>,
    keys: Cached<KeySet>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
    access_token: String,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

/// What the userinfo endpoint says.
#[derive(Deserialize)]
struct Userinfo {
    sub: String,
    email: Option<String>,
    email_verified: Option<Flag>,
    name: Option<String>,
    preferred_username: Option<String>,
}

impl Oidc {
    pub(crate) fn new(issuer: String, http: Http) -> Self {
        Self {
            issuer,
            http,
            discovered: Cached::default(),
            keys: Cached::default(),
        }
    }

    pub(crate) async fn authorize(
        &self,
        config: &ProviderConfig,
        redirect: &Url,
        flow: &Flow,
    ) -> Result<Url, SsoError> {
        let mut url = self.metadata().await?.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", &config.scopes.join(" "))
            .append_pair("state", flow.state())
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    pub(crate) async fn finish(
        &self,
        config: &ProviderConfig,
        redirect: &Url,
        flow: &Flow,
        returned: &Returned,
    ) -> Result<Profile, SsoError> {
        let metadata = self.metadata().await?;
        self.check_sender(&metadata, returned)?;
        let answer = self.redeem(config, &metadata, redirect, flow, &returned.code).await?;
        let expected = Expected {
            issuer: &self.issuer,
            client: &config.client_id,
            nonce: &flow.nonce,
        };
        let claims = self.check(&metadata, &answer.id_token, expected).await?;
        self.complete(&metadata, claims, &answer.access_token).await
    }

    async fn metadata(&self) -> Result<Metadata, SsoError> {
        let found = self.discovered.get(|| discovery::ask(&self.http, &self.issuer)).await?;
        Ok(found.0)
    }

    /// An answer of another provider, which somebody has had sent here, is told by its issuer (RFC 9207).
    fn check_sender(&self, metadata: &Metadata, returned: &Returned) -> Result<(), SsoError> {
        match &returned.issuer {
            Some(issuer) if *issuer != self.issuer => Err(SsoError::untrusted("the answer is of another issuer")),
            None if metadata.tells_issuer => Err(SsoError::untrusted("the answer does not say of which issuer it is")),
            _ => Ok(()),
        }
    }

    async fn redeem(
        &self,
        config: &ProviderConfig,
        metadata: &Metadata,
        redirect: &Url,
        flow: &Flow,
        code: &str,
    ) -> Result<TokenAnswer, SsoError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", &flow.verifier),
        ];
        let mut authorization = None;
        if metadata.takes_basic {
            authorization = Some(basic(&config.client_id, config.client_secret.reveal()));
        } else {
            form.push(("client_id", &config.client_id));
            form.push(("client_secret", config.client_secret.reveal()));
        }
        let answer = self.http.post(&metadata.token_endpoint, &form, authorization).await?;
        if answer.status.is_client_error()
            && let Ok(failure) = serde_json::from_slice::<Failure>(&answer.body)
        {
            return Err(SsoError::Refused(word(&failure.error)));
        }
        answer.json()
    }

    /// What the id token says, once it is known to be the provider's, for this platform and this flow.
    async fn check(&self, metadata: &Metadata, token: &str, expected: Expected<'_>) -> Result<Claims, SsoError> {
        let header = id_token::header(token)?;
        let ask = || keys::ask(&self.http, &metadata.jwks_uri);
        let mut key = self.keys.get(ask).await?.find(&header);
        if key.is_none() {
            key = self.keys.newer(ask).await?.find(&header);
        }
        let key = key.ok_or_else(|| SsoError::untrusted("the id token is signed with an unknown key"))?;
        id_token::check(token, &header, &key, expected)
    }

    /// Adds what the userinfo endpoint says where the id token is silent about the address.
    async fn complete(&self, metadata: &Metadata, claims: Claims, token: &str) -> Result<Profile, SsoError> {
        let mut profile = Profile {
            issuer: self.issuer.clone(),
            subject: claims.sub,
            email: email(claims.email, claims.email_verified),
            name: claims.name,
            username: claims.preferred_username,
        };
        if let (None, Some(endpoint)) = (&profile.email, &metadata.userinfo_endpoint) {
            let more: Userinfo = self.http.get_with(endpoint, token).await?;
            if more.sub != profile.subject {
                return Err(SsoError::untrusted("userinfo is about somebody else"));
            }
            profile.email = email(more.email, more.email_verified);
            profile.name = profile.name.or(more.name);
            profile.username = profile.username.or(more.preferred_username);
        }
        Ok(profile)
    }
}

fn email(address: Option<String>, verified: Option<Flag>) -> Option<Email> {
    address.map(|address| Email {
        address,
        is_verified: verified.is_some_and(|Flag(is_verified)| is_verified),
    })
}

/// RFC 6749, 2.3.1: both are coded as in forms first.
fn basic(id: &str, secret: &str) -> String {
    let coded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", coded(id), coded(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_coded() {
        assert_eq!(basic("a:b", "c d"), format!("Basic {}", STANDARD.encode("a%3Ab:c+d")));
    }

    #[test]
    fn an_address_is_verified_only_where_that_is_said() {
        let of = |verified| email(Some("a@b.c".into()), verified).expect("an address").is_verified;
        assert!(of(Some(Flag(true))));
        assert!(!of(Some(Flag(false))) && !of(None));
        assert_eq!(email(None, Some(Flag(true))), None);
    }
}
