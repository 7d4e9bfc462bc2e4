//! The HTTP client: reaches allowed addresses only, follows nothing, waits for nobody long.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use codecrafter_domain::execution::callback::{self, Targets};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::sync::OnceCell;

use crate::{HEADER, Signed, WebhookConfig};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// Posts to allowed addresses.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// Made when it is first needed: it reads the machine's certificates.
    client: OnceCell<reqwest::Client>,
}

impl Client {
    /// Posts and returns nothing if the receiver took it. The answer's body is never read.
    ///
    /// # Errors
    /// Says why it was not taken.
    pub(crate) async fn post(&self, url: &str, signed: Signed, config: &WebhookConfig) -> Result<(), String> {
        let url = callback::check(url)?;
        // A literal address is connected to without being looked up, so it is checked here.
        config.targets.check(&url)?;
        let client = self.client.get_or_try_init(|| async { build(config) }).await?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER, signed.signature)
            .body(signed.body);
        let response = request.send().await.map_err(causes)?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("answered {status}")),
        }
    }
}

fn build(config: &WebhookConfig) -> Result<reqwest::Client, String> {
    let targets = config.targets;
    reqwest::Client::builder()
        .user_agent(concat!("CodeCrafter/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // A proxy of the environment would look names up itself, past our check.
        .no_proxy()
        .dns_resolver(Checked { targets })
        .connect_timeout(CONNECT)
        .timeout(config.timeout)
        // A kept connection would be used again without the name being looked up.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(causes)
}

/// Looks names up and gives allowed addresses only. The connection goes to one of these: there is no second look-up
/// that could say something else.
struct Checked {
    targets: Targets,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.targets;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| targets.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(io::Error::other("has no public address").into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// An error with what lies beneath it: the outermost says little.
fn causes(error: reqwest::Error) -> String {
    // The address may hold a token of the receiver's.
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    said
}
