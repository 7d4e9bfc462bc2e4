//! Asks single sign-on providers who somebody is: `OpenID` Connect, and GitHub's OAuth 2.
//!
//! [`Provider::begin`] says where a browser is sent and what must be remembered until it comes back; [`Provider::finish`]
//! takes what it brings and gives the [`Profile`] that the provider vouches for. Whose account that is here, and how the
//! browser is told apart from others, is not known in this crate.

mod config;
mod error;
mod flow;
mod github;
mod http;
mod oidc;

use codecrafter_domain::identity::ProviderName;
use url::Url;

pub use config::{GithubUrls, ProviderConfig, ProviderKind, Secret, check_url};
pub use error::SsoError;
pub use flow::{Flow, Returned};

use github::Github;
use http::Http;
use oidc::Oidc;

/// Whom a provider says that somebody is. All of it is text of others, within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Who says so.
    pub issuer: String,
    /// Who it is there: never given to somebody else.
    pub subject: String,
    /// Their address, if the provider told one.
    pub email: Option<Email>,
    /// The name that they go by.
    pub name: Option<String>,
    /// Their user name.
    pub username: Option<String>,
}

/// An address as a provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Which.
    pub address: String,
    /// Whether the provider says that it is theirs.
    pub is_verified: bool,
}

/// All providers of this platform.
#[derive(Debug, Default)]
pub struct Providers(Vec<Provider>);

/// One of them.
#[derive(Debug)]
pub struct Provider {
    config: ProviderConfig,
    client: Client,
}

#[derive(Debug)]
enum Client {
    Oidc(Box<Oidc>),
    Github(Box<Github>),
}

impl Providers {
    /// Nothing is asked of them before somebody wants to sign in.
    pub fn new(configs: Vec<ProviderConfig>) -> Self {
        Self(configs.into_iter().map(Provider::new).collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }

    /// One by its name.
    pub fn get(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.name().as_str() == name)
    }

    /// The one that vouches as this issuer.
    pub fn by_issuer(&self, issuer: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.issuer() == issuer)
    }
}

impl Provider {
    fn new(config: ProviderConfig) -> Self {
        let client = match &config.kind {
            ProviderKind::Oidc { issuer } => Client::Oidc(Box::new(Oidc::new(issuer.clone(), Http::default()))),
            ProviderKind::Github(at) => Client::Github(Box::new(Github {
                at: GithubUrls::clone(at),
                http: Http::default(),
            })),
        };
        Self { config, client }
    }

    /// Its name in addresses and settings.
    pub fn name(&self) -> &ProviderName {
        &self.config.name
    }

    /// Its name for people.
    pub fn label(&self) -> &str {
        &self.config.label
    }

    /// `oidc` or `github`.
    pub fn kind(&self) -> &'static str {
        self.config.kind.word()
    }

    /// Under which name it vouches.
    pub fn issuer(&self) -> String {
        self.config.kind.issuer()
    }

    /// Where to send a browser that shall come back to `redirect`, and what to remember until then.
    pub async fn begin(&self, redirect: &Url) -> Result<(Url, Flow), SsoError> {
        let flow = Flow::new()?;
        let url = match &self.client {
            Client::Oidc(oidc) => oidc.authorize(&self.config, redirect, &flow).await?,
            Client::Github(github) => github.authorize(&self.config, redirect, &flow),
        };
        Ok((url, flow))
    }

    /// Whom the provider says it is who has come back to `redirect`.
    pub async fn finish(&self, redirect: &Url, flow: &Flow, returned: &Returned) -> Result<Profile, SsoError> {
        match &self.client {
            Client::Oidc(oidc) => oidc.finish(&self.config, redirect, flow, returned).await,
            Client::Github(github) => github.finish(&self.config, redirect, flow, returned).await,
        }
    }
}
