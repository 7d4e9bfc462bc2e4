//! What is set about providers.

use std::fmt;
use std::net::IpAddr;

use codecrafter_domain::identity::ProviderName;
use url::{Host, Url};

/// A provider as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Its name in addresses.
    pub name: ProviderName,
    /// Its name for people.
    pub label: String,
    /// Who this platform is there.
    pub client_id: String,
    /// How it shows that.
    pub client_secret: Secret,
    /// What it asks to see.
    pub scopes: Vec<String>,
    /// What it speaks, and where it is.
    pub kind: ProviderKind,
}

/// What a provider speaks, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderKind {
    /// `OpenID` Connect, with discovery.
    Oidc {
        /// As the provider writes it, to the letter.
        issuer: String,
    },
    /// GitHub's OAuth 2.
    Github(Box<GithubUrls>),
}

/// Where a GitHub is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubUrls {
    /// Where browsers are sent.
    pub authorize: Url,
    /// Where codes are redeemed.
    pub token: Url,
    /// Where its API is.
    pub api: Url,
}

impl ProviderKind {
    /// Its word in settings and answers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Oidc { .. } => "oidc",
            Self::Github(_) => "github",
        }
    }

    /// Under which name it vouches.
    pub fn issuer(&self) -> String {
        match self {
            Self::Oidc { issuer } => issuer.clone(),
            Self::Github(at) => at.authorize.origin().ascii_serialization(),
        }
    }
}

/// What nobody may read.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Checks where a provider is: https or, on this machine alone, http; without credentials and fragment.
pub fn check_url(url: &Url) -> Result<(), &'static str> {
    let is_safe = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    };
    if !is_safe {
        return Err("must be https://, or http:// on a loopback address");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have neither credentials nor a fragment");
    }
    Ok(())
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", Secret::new("hunter2".into())).contains("hunter2"));
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        let check = |url: &str| check_url(&url.parse().expect("a URL"));
        for right in [
            "https://id.example.org/realms/x",
            "http://127.0.0.1:9000",
            "http://[::1]:1/x",
            "http://localhost:3000",
        ] {
            assert!(check(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://id.example.org",
            "http://127.0.0.1.example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "ftp://id.example.org",
            "https://a:b@id.example.org",
            "https://id.example.org/#x",
            "data:text/plain,x",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
