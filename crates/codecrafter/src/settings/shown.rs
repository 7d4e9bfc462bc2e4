//! Settings as administrators see them: without what is secret.

use anyhow::Context as _;
use codecrafter_server::Setting;
use serde_json::Value;
use url::Url;

use super::typed::{KEYS, Typed};

const REDACTED: &str = "[redacted]";
/// Whatever has one of these in its name is secret, now and when somebody adds a setting.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "token", "key", "credential", "dsn"];

/// All settings in the order of their keys; those that were not typed have no value.
pub(super) fn settings(typed: &Typed) -> anyhow::Result<Vec<Setting>> {
    let typed = serde_json::to_value(typed).context("settings")?;
    let shown = KEYS.iter().map(|key| Setting {
        key: (*key).to_owned(),
        value: typed
            .get(key)
            .filter(|value| !value.is_null())
            .map(|value| show(key, value)),
    });
    Ok(shown.collect())
}

fn show(key: &str, value: &Value) -> String {
    match redact(key, value.clone()) {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

/// The value without what is secret in it, however deep.
fn redact(key: &str, value: Value) -> Value {
    let key = key.to_lowercase();
    if SECRET_WORDS.iter().any(|word| key.contains(word)) {
        return REDACTED.into();
    }
    match value {
        Value::String(text) => without_password(&text).into(),
        Value::Array(items) => items.into_iter().map(|item| redact(&key, item)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| {
                let value = redact(&key, value);
                (key, value)
            })
            .collect(),
        value => value,
    }
}

/// An address without user, password and query, in which drivers take passwords, too.
fn without_password(text: &str) -> String {
    let Ok(mut url) = text.parse::<Url>() else {
        return without_login(text);
    };
    let holds = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    if !holds || url.cannot_be_a_base() {
        return text.to_owned();
    }
    // These fail for addresses without a host, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query().is_some() {
        url.set_query(Some(REDACTED));
    }
    url.to_string()
}

/// The same for addresses of several hosts.
fn without_login(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, ""), |(rest, _)| (rest, "?[redacted]"));
    let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
    format!("{scheme}://{hosts}{query}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (key, value) in [
            ("store", json!("postgres://cc:hunter2@db/cc")),
            ("store", json!("postgres://db/cc?user=cc&password=hunter2")),
            ("store", json!("mongodb://cc:hunter2@a:1,b:2/cc?authSource=admin")),
            ("bus", json!("redis+sentinel://cc:hunter2@a:1,b:2/main")),
            ("bus", json!("redis+cluster://:hunter2@a,b:2?prefix=hunter2")),
            ("queue", json!("amqp://cc:hunter2@mq/cc?prefix=x.")),
            ("smtp", json!({"host": "mail", "password": "hunter2"})),
            ("smtp_url", json!("smtp://me:hunter2@mail:25")),
            ("oidc", json!([{"id": "x", "client_secret": "hunter2"}])),
            ("api_token", json!("hunter2")),
            ("signing_key", json!(["hunter2"])),
        ] {
            let shown = show(key, &value);
            assert!(!shown.contains("hunter2"), "{key}: {shown}");
        }
    }

    #[test]
    fn what_is_not_secret_is_shown() {
        assert_eq!(show("store", &json!("sqlite:/srv/cc.db")), "sqlite:/srv/cc.db");
        assert_eq!(
            show("public_url", &json!("https://code.example.org")),
            "https://code.example.org"
        );
        assert_eq!(show("listen", &json!("127.0.0.1:80")), "127.0.0.1:80");
        assert_eq!(show("worker_slots", &json!(4)), "4");
        let all = settings(&Typed::default()).expect("settings");
        assert_eq!(all.len(), KEYS.len());
        assert!(all.iter().all(|setting| setting.value.is_none()));
    }
}
