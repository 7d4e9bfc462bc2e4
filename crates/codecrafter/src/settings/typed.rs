//! Settings as people type them, in a file, the environment or flags.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Registration, Switch, WebhookTargets, providers};

/// Settings as they are typed, each still optional.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) store: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bus: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sandbox: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) registration: Option<Registration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate_limits: Option<Switch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trusted_proxies: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cors_origins: Option<Words>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) http_connections: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) http_connections_per_address: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests_per_address: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests_per_user: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests_per_key: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) executions_per_user: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) messages_per_user: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) logins_per_address: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) registrations_per_address: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections_per_user: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connections_per_address: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worker_slots: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) webhook_targets: Option<WebhookTargets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_deleted_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mail_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_audit_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quota_executions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quota_sessions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quota_storage_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) providers: Option<providers::Typed>,
}

/// All of them, as they are named in files; in the environment in capitals, after `CODECRAFTER_`.
pub(super) const KEYS: [&str; 34] = [
    "listen",
    "data_dir",
    "cache_dir",
    "roles",
    "store",
    "queue",
    "bus",
    "sandbox",
    "public_url",
    "registration",
    "rate_limits",
    "trusted_proxies",
    "cors_origins",
    "http_connections",
    "http_connections_per_address",
    "requests_per_address",
    "requests_per_user",
    "requests_per_key",
    "executions_per_user",
    "messages_per_user",
    "logins_per_address",
    "registrations_per_address",
    "connections_per_user",
    "connections_per_address",
    "worker_slots",
    "webhook_targets",
    "keep_deleted_days",
    "mail",
    "mail_from",
    "keep_audit_days",
    "quota_executions",
    "quota_sessions",
    "quota_storage_bytes",
    "providers",
];

/// A list or, in the environment, comma-separated text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    List(Vec<String>),
    Text(String),
}

/// What was typed, one by one.
pub(super) fn words(typed: Option<Words>) -> Vec<String> {
    let words = match typed {
        None => return Vec::new(),
        Some(Words::List(words)) => words,
        Some(Words::Text(text)) => text.split(',').map(str::to_owned).collect(),
    };
    words.iter().map(|word| word.trim().to_owned()).collect()
}
