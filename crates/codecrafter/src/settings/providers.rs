//! Single sign-on providers: `[providers.NAME]` in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use codecrafter_domain::identity::ProviderName;
use codecrafter_domain::text;
use codecrafter_sso::{GithubUrls, ProviderConfig, ProviderKind, Secret, check_url};
use serde::{Deserialize, Serialize};
use url::Url;

/// Most providers: each is a button.
const MOST: usize = 16;
/// Longest label, in characters.
const LABEL_CHARS: usize = 40;
/// Longest value of the others, in bytes.
const MOST_BYTES: usize = 2_000;

const GITHUB_AUTHORIZE: &str = "https://github.com/login/oauth/authorize";
const GITHUB_TOKEN: &str = "https://github.com/login/oauth/access_token";
const GITHUB_API: &str = "https://api.github.com";

/// All that are typed, by name.
pub(super) type Typed = BTreeMap<String, Provider>;

/// A provider as it is typed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Provider {
    /// `OpenID` Connect.
    Oidc {
        issuer: String,
        label: String,
        client_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_secret: Option<Hidden>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_secret_file: Option<PathBuf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<Vec<String>>,
    },
    /// GitHub, or a GitHub Enterprise Server.
    Github {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        client_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_secret: Option<Hidden>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_secret_file: Option<PathBuf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scopes: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorize_url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_url: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_url: Option<String>,
    },
}

/// A secret on its way to [`Secret`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Checks all of them.
pub(super) fn check(typed: &Typed) -> anyhow::Result<Vec<ProviderConfig>> {
    if typed.len() > MOST {
        bail!("providers must be at most {MOST}");
    }
    let configs = typed
        .iter()
        .map(|(name, provider)| one(name, provider).with_context(|| format!("providers.{name}")));
    let configs = configs.collect::<anyhow::Result<Vec<_>>>()?;
    for (index, config) in configs.iter().enumerate() {
        let issuer = config.kind.issuer();
        // People are known by their issuer: of two, one would be asked for the other.
        if let Some(same) = configs[..index].iter().find(|other| other.kind.issuer() == issuer) {
            bail!(
                "providers.{} and providers.{} are the same issuer {issuer}",
                same.name,
                config.name
            );
        }
    }
    Ok(configs)
}

fn one(name: &str, provider: &Provider) -> anyhow::Result<ProviderConfig> {
    let name = ProviderName::new(name)
        .map_err(anyhow::Error::msg)
        .context("its name")?;
    let (label, client_id, secret, file, scopes, kind) = match provider {
        Provider::Oidc {
            issuer,
            label,
            client_id,
            client_secret,
            client_secret_file,
            scopes,
        } => {
            let kind = ProviderKind::Oidc {
                issuer: self::issuer(issuer)?,
            };
            let scopes = self::scopes(scopes.as_deref(), &["openid", "profile", "email"])?;
            if !scopes.iter().any(|scope| scope == "openid") {
                bail!("scopes must have openid");
            }
            (
                label.as_str(),
                client_id,
                client_secret,
                client_secret_file,
                scopes,
                kind,
            )
        }
        Provider::Github {
            label,
            client_id,
            client_secret,
            client_secret_file,
            scopes,
            authorize_url,
            token_url,
            api_url,
        } => {
            let kind = ProviderKind::Github(Box::new(GithubUrls {
                authorize: url("authorize_url", authorize_url.as_deref().unwrap_or(GITHUB_AUTHORIZE))?,
                token: url("token_url", token_url.as_deref().unwrap_or(GITHUB_TOKEN))?,
                api: url("api_url", api_url.as_deref().unwrap_or(GITHUB_API))?,
            }));
            let scopes = self::scopes(scopes.as_deref(), &["read:user", "user:email"])?;
            let label = label.as_deref().unwrap_or("GitHub");
            (label, client_id, client_secret, client_secret_file, scopes, kind)
        }
    };
    Ok(ProviderConfig {
        name,
        label: text::line(label, LABEL_CHARS).map_err(|error| anyhow::anyhow!("label {error}"))?,
        client_id: plain("client_id", client_id)?,
        client_secret: self::secret(secret.as_ref(), file.as_ref())?,
        scopes,
        kind,
    })
}

/// As it is typed: it is compared to the letter with what the provider says.
fn issuer(typed: &str) -> anyhow::Result<String> {
    let parsed = url("issuer", typed)?;
    if parsed.query().is_some() {
        bail!("issuer must have no query");
    }
    Ok(typed.to_owned())
}

fn url(key: &str, typed: &str) -> anyhow::Result<Url> {
    let url: Url = plain(key, typed)?.parse().with_context(|| format!("{key} {typed:?}"))?;
    check_url(&url).map_err(|error| anyhow::anyhow!("{key} {error}, not {typed:?}"))?;
    Ok(url)
}

fn scopes(typed: Option<&[String]>, defaults: &[&str]) -> anyhow::Result<Vec<String>> {
    let Some(typed) = typed else {
        return Ok(defaults.iter().map(|scope| (*scope).to_owned()).collect());
    };
    typed.iter().map(|scope| plain("scopes", scope)).collect()
}

/// The secret that is typed, or that stands in the file.
fn secret(typed: Option<&Hidden>, file: Option<&PathBuf>) -> anyhow::Result<Secret> {
    let text = match (typed, file) {
        (Some(Hidden(text)), None) => text.clone(),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path);
            let text = text.with_context(|| format!("client_secret_file {}", path.display()))?;
            text.trim().to_owned()
        }
        _ => bail!("either client_secret or client_secret_file must be set"),
    };
    // RFC 6749 has blanks in them. Not what is wrong with it: that could tell what it is.
    let fits = (1..=MOST_BYTES).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if !fits {
        bail!("client_secret must have 1 to {MOST_BYTES} ASCII characters");
    }
    Ok(Secret::new(text))
}

/// Text without blanks and control characters, and not too long.
fn plain(key: &str, text: &str) -> anyhow::Result<String> {
    let fits = !text.is_empty() && text.len() <= MOST_BYTES && text.chars().all(|c| !c.is_control() && c != ' ');
    if !fits {
        bail!("{key} must have 1 to {MOST_BYTES} characters without blanks");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn configs(typed: Value) -> anyhow::Result<Vec<ProviderConfig>> {
        check(&serde_json::from_value::<Typed>(typed)?)
    }

    fn keycloak() -> Value {
        json!({"kind": "oidc", "label": "Our Keycloak", "issuer": "https://id.example.org/realms/x/",
            "client_id": "codecrafter", "client_secret": "hunter2"})
    }

    #[test]
    fn providers_are_read() {
        let github = json!({"kind": "github", "client_id": "abc", "client_secret": "hunter2"});
        let read = configs(json!({"keycloak": keycloak(), "github": github})).expect("right");
        assert_eq!((read[0].label.as_str(), read[0].kind.word()), ("GitHub", "github"));
        assert_eq!(read[0].kind.issuer(), "https://github.com");
        assert_eq!(
            read[1].kind.issuer(),
            "https://id.example.org/realms/x/",
            "to the letter"
        );
        assert_eq!(read[1].scopes, ["openid", "profile", "email"]);
        assert!(!format!("{read:?}").contains("hunter2"));
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        for (key, value) in [
            ("issuer", json!("http://id.example.org")),
            ("issuer", json!("https://id.example.org?x=y")),
            ("issuer", json!("nonsense")),
            ("label", json!(" ")),
            ("client_id", json!("")),
            ("client_secret", json!("hunter\u{7}2")),
            ("client_secret_file", json!("/tmp/x")),
            ("scopes", json!(["email"])),
            ("scope", json!("openid")),
        ] {
            let mut wrong = keycloak();
            wrong[key] = value;
            let refused = format!("{:#}", configs(json!({"keycloak": wrong})).expect_err(key));
            assert!(refused.contains(key) && !refused.contains("hunter"), "{refused}");
        }
        assert!(configs(json!({"Key cloak": keycloak()})).is_err());
        let twice = format!(
            "{:#}",
            configs(json!({"a": keycloak(), "b": keycloak()})).expect_err("twice")
        );
        assert!(twice.contains("same issuer"), "{twice}");
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret");
        std::fs::write(&path, "hunter2\n").expect("written");
        let mut typed = keycloak();
        typed.as_object_mut().expect("an object").remove("client_secret");
        assert!(configs(json!({"keycloak": typed})).is_err(), "none at all");
        typed["client_secret_file"] = json!(path);
        let read = configs(json!({"keycloak": typed})).expect("right");
        assert_eq!(read[0].client_secret, Secret::new("hunter2".into()));
    }
}
