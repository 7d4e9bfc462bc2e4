//! `OpenID` Connect Discovery 1.0: where a provider is asked what.

use serde::Deserialize;
use url::Url;

use crate::SsoError;
use crate::config::check_url;
use crate::http::Http;

/// What is needed of a provider's metadata.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Whether client and secret go into a header rather than into the form.
    pub(super) takes_basic: bool,
    /// Whether every answer says of which issuer it is (RFC 9207).
    pub(super) tells_issuer: bool,
}

/// The metadata, as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Discovered(pub(super) Metadata);

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Asks a provider.
pub(super) async fn ask(http: &Http, issuer: &str) -> Result<Discovered, SsoError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let address = Url::parse(&address).map_err(|error| SsoError::unavailable(error.to_string()))?;
    let document: Document = http.get(&address).await?;
    check(document, issuer).map(Discovered)
}

fn check(document: Document, issuer: &str) -> Result<Metadata, SsoError> {
    // To the letter: otherwise one provider could speak for another.
    if document.issuer != issuer {
        return Err(SsoError::untrusted("its metadata names another issuer"));
    }
    let is_plain = issuer.starts_with("http:");
    let endpoint = |text: &str| endpoint(text, is_plain);
    let methods = document.token_endpoint_auth_methods_supported;
    let takes = |method: &str| {
        methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|one| one == method))
    };
    Ok(Metadata {
        takes_basic: takes("client_secret_basic") || !takes("client_secret_post"),
        tells_issuer: document.authorization_response_iss_parameter_supported,
        authorization_endpoint: endpoint(&document.authorization_endpoint)?,
        token_endpoint: endpoint(&document.token_endpoint)?,
        jwks_uri: endpoint(&document.jwks_uri)?,
        userinfo_endpoint: document.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
    })
}

/// An address that a provider names: as safe as its own.
fn endpoint(text: &str, is_plain: bool) -> Result<Url, SsoError> {
    let url = Url::parse(text).map_err(|error| SsoError::untrusted(format!("an endpoint: {error}")))?;
    check_url(&url).map_err(|error| SsoError::untrusted(format!("an endpoint {error}")))?;
    if url.scheme() == "http" && !is_plain {
        return Err(SsoError::untrusted("an endpoint is not https"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example.org";

    fn checked(change: &[(&str, Value)]) -> Result<Metadata, SsoError> {
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example.org/auth",
            "token_endpoint": "https://id.example.org/token",
            "jwks_uri": "https://keys.example.org/jwks",
        });
        for (key, value) in change {
            document[*key] = value.clone();
        }
        check(serde_json::from_value(document).expect("a document"), ISSUER)
    }

    #[test]
    fn metadata_of_others_and_plain_endpoints_are_refused() {
        assert!(checked(&[]).is_ok());
        for (key, value) in [
            ("issuer", "https://id.example.org/"),
            ("issuer", "https://evil.example.org"),
            ("token_endpoint", "http://id.example.org/token"),
            ("jwks_uri", "http://127.0.0.1/jwks"),
            ("userinfo_endpoint", "ftp://id.example.org/"),
            ("authorization_endpoint", "javascript:alert(1)"),
        ] {
            assert!(checked(&[(key, json!(value))]).is_err(), "{key} {value}");
        }
    }

    #[test]
    fn credentials_go_where_the_provider_takes_them() {
        let basic = |methods| {
            let change = [("token_endpoint_auth_methods_supported", methods)];
            checked(&change).expect("right").takes_basic
        };
        assert!(checked(&[]).expect("right").takes_basic, "unless it says otherwise");
        assert!(basic(json!(["client_secret_post", "client_secret_basic"])));
        assert!(!basic(json!(["private_key_jwt", "client_secret_post"])));
    }
}
