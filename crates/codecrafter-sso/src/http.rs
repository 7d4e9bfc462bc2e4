//! The HTTP client: follows nothing, goes through nobody, waits for nobody long, and reads no more than it must.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Request, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

use crate::SsoError;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(4);
/// How long an answer may take, body and all.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Largest answer that is read. Sets of keys with their certificates are some ten KiB.
const MOST_BYTES: usize = 256 * 1024;

/// Asks providers.
#[derive(Debug, Default)]
pub(crate) struct Http {
    /// Made when it is first needed: it reads the machine's certificates.
    client: OnceCell<reqwest::Client>,
}

/// An answer: its status and its bytes.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// What is there, in JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, SsoError> {
        let client = self.client().await?;
        self.send(client.get(url.clone())).await?.json()
    }

    /// What is there for the holder of a token, in JSON.
    pub(crate) async fn get_with<T: DeserializeOwned>(&self, url: &Url, token: &str) -> Result<T, SsoError> {
        let client = self.client().await?;
        let request = client.get(url.clone()).header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request).await?.json()
    }

    /// Posts a form.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<String>,
    ) -> Result<Answer, SsoError> {
        let body = serde_urlencoded::to_string(form).map_err(|error| SsoError::unavailable(error.to_string()))?;
        let client = self.client().await?;
        let mut request = client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.send(request).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, SsoError> {
        let request: Request = request
            .header(ACCEPT, "application/json")
            .build()
            .map_err(unreachable)?;
        let response = self.client().await?.execute(request).await.map_err(unreachable)?;
        let status = response.status();
        Ok(Answer {
            status,
            body: read(response).await?,
        })
    }

    async fn client(&self) -> Result<&reqwest::Client, SsoError> {
        self.client.get_or_try_init(|| async { build() }).await
    }
}

impl Answer {
    /// What a successful answer says.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, SsoError> {
        if !self.status.is_success() {
            return Err(SsoError::unavailable(format!("it answers {}", self.status)));
        }
        // Not what is wrong where: the answer may hold tokens.
        serde_json::from_slice(&self.body).map_err(|_| SsoError::unavailable("its answer is not what it should be"))
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, SsoError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(SsoError::unavailable("its answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn build() -> Result<reqwest::Client, SsoError> {
    reqwest::Client::builder()
        .user_agent(concat!("CodeCrafter/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // What is set for other programs of this machine must not read tokens.
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TIMEOUT)
        .build()
        .map_err(unreachable)
}

/// An error with what lies beneath it: the outermost says little. The address may hold a token.
fn unreachable(error: reqwest::Error) -> SsoError {
    let error = error.without_url();
    let mut said = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    SsoError::Unavailable(said)
}
