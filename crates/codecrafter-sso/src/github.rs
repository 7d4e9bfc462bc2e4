//! GitHub, which speaks OAuth 2 but not `OpenID` Connect: who somebody is, its API says.

use serde::Deserialize;
use url::Url;

use crate::config::{GithubUrls, ProviderConfig};
use crate::flow::{Flow, Returned};
use crate::http::Http;
use crate::{Email, Profile, SsoError};

/// A GitHub.
#[derive(Debug)]
pub(crate) struct Github {
    pub(crate) at: GithubUrls,
    pub(crate) http: Http,
}

/// GitHub answers 200 whether it takes a code or not.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    token_type: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct GithubUser {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

impl Github {
    pub(crate) fn authorize(&self, config: &ProviderConfig, redirect: &Url, flow: &Flow) -> Url {
        let mut url = self.at.authorize.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", &config.scopes.join(" "))
            .append_pair("state", flow.state())
            .append_pair("code_challenge", &flow.challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    pub(crate) async fn finish(
        &self,
        config: &ProviderConfig,
        redirect: &Url,
        flow: &Flow,
        returned: &Returned,
    ) -> Result<Profile, SsoError> {
        let token = self.redeem(config, redirect, flow, &returned.code).await?;
        let user: GithubUser = self.http.get_with(&self.api("user")?, &token).await?;
        let addresses: Vec<Address> = self.http.get_with(&self.api("user/emails")?, &token).await?;
        let primary = addresses.into_iter().find(|address| address.primary);
        Ok(Profile {
            issuer: config.kind.issuer(),
            // Its number: names are given to others once somebody lets go of them.
            subject: user.id.to_string(),
            email: primary.map(|address| Email {
                address: address.email,
                is_verified: address.verified,
            }),
            name: user.name,
            username: Some(user.login),
        })
    }

    async fn redeem(
        &self,
        config: &ProviderConfig,
        redirect: &Url,
        flow: &Flow,
        code: &str,
    ) -> Result<String, SsoError> {
        let form = [
            ("client_id", config.client_id.as_str()),
            ("client_secret", config.client_secret.reveal()),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", &flow.verifier),
        ];
        let answer: TokenAnswer = self.http.post(&self.at.token, &form, None).await?.json()?;
        if let Some(error) = answer.error {
            return Err(SsoError::Refused(word(&error)));
        }
        let is_bearer = answer
            .token_type
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        answer
            .access_token
            .filter(|_| is_bearer)
            .ok_or_else(|| SsoError::untrusted("there is no bearer token"))
    }

    fn api(&self, path: &str) -> Result<Url, SsoError> {
        let base = self.at.api.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{path}")).map_err(|error| SsoError::unavailable(error.to_string()))
    }
}

/// What may stand in a log of a provider's word for an error.
pub(crate) fn word(error: &str) -> String {
    error
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(60)
        .collect()
}
