//! Settings: flags before environment before `codecrafter.toml` before defaults, checked once.
//!
//! A malformed or unknown value stops the start. What was typed is [`Typed`], what it means is [`Settings`].

mod limits;
mod providers;
mod shown;
mod surface;
mod typed;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use codecrafter_bus::BusConfig;
use codecrafter_domain::admin::Allowance;
use codecrafter_mail::{MailConfig, Sender};
use codecrafter_queue::QueueConfig;
use codecrafter_sandbox::SandboxConfig;
use codecrafter_server::{BudgetLimits, ConnectionLimits, HttpConnections, Setting, TrustedProxies};
use codecrafter_sso::ProviderConfig;
use codecrafter_store::StoreConfig;
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cli::{ServeArgs, SettingsArgs};
use typed::{KEYS, Typed, Words, words};

/// Variables that begin like settings and are none.
const OTHER_VARIABLES: [&str; 4] = ["config", "toolchain_path", "bin", "log"];

/// How long a deleted session can be restored unless set.
const KEEP_DELETED_DAYS: u16 = 30;
/// How long the audit log is kept unless set: over a year, so that one year can be compared with the last.
const KEEP_AUDIT_DAYS: u16 = 400;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Registration {
    /// Everybody.
    Open,
    /// Nobody.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Switch {
    On,
    Off,
}

/// Where results may be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookTargets {
    /// To public addresses.
    Public,
    /// Everywhere, this machine and its network included.
    Any,
}

/// What one process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Web app, API and workers.
    All,
    /// Web app and API.
    Api,
    /// Workers.
    Worker,
}

/// Settings, checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    /// Set where it was typed; otherwise `toolchain_cache` finds a place.
    pub(crate) cache_dir: Option<PathBuf>,
    pub(crate) role: Role,
    pub(crate) store: StoreConfig,
    pub(crate) queue: QueueConfig,
    pub(crate) bus: BusConfig,
    pub(crate) sandbox: SandboxConfig,
    /// Set where it was typed; otherwise it follows from the address listened on.
    pub(crate) public_url: Option<Url>,
    pub(crate) registration: Registration,
    pub(crate) rate_limits: Switch,
    pub(crate) connections: ConnectionLimits,
    pub(crate) budgets: BudgetLimits,
    pub(crate) http_connections: HttpConnections,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) cors_origins: Vec<HeaderValue>,
    /// Runs at the same time; one per core unless said.
    pub(crate) worker_slots: Option<usize>,
    pub(crate) webhook_targets: WebhookTargets,
    /// How long a deleted session can be restored.
    pub(crate) keep_deleted_days: u16,
    /// Which way mails take.
    pub(crate) mail: MailConfig,
    /// Set where it was typed; otherwise it follows from the public address.
    pub(crate) mail_from: Option<Sender>,
    /// How long the audit log is kept; for ever where it is 0.
    pub(crate) keep_audit_days: u16,
    /// What a user may use unless something else is set for them.
    pub(crate) allowance: Allowance,
    /// By whom one can sign in.
    pub(crate) providers: Vec<ProviderConfig>,
    /// What was typed, for administrators to see.
    pub(crate) shown: Vec<Setting>,
}

impl Settings {
    /// Reads file, environment and flags.
    pub(crate) fn read(common: &SettingsArgs, serve: &ServeArgs) -> anyhow::Result<Self> {
        refuse_unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let mut figment = Figment::new();
        if let Some(file) = settings_file(common.config.as_deref())? {
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment
            .merge(Env::prefixed("CODECRAFTER_").only(&KEYS))
            .merge(Serialized::defaults(flags(common, serve)));
        figment.extract::<Typed>().context("settings")?.check()
    }
}

/// The file that was named, or the usual one where it is there.
fn settings_file(named: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    match named {
        Some(path) if path.is_file() => Ok(Some(path.to_owned())),
        Some(path) => bail!("settings file {} is not there", path.display()),
        None => Ok(Some(PathBuf::from("codecrafter.toml")).filter(|path| path.is_file())),
    }
}

fn flags(common: &SettingsArgs, serve: &ServeArgs) -> Typed {
    Typed {
        listen: serve.listen,
        data_dir: common.data_dir.clone(),
        roles: serve.roles.clone().map(Words::List),
        sandbox: common.sandbox.clone(),
        public_url: serve.public_url.clone(),
        ..Typed::default()
    }
}

/// A mistyped name must not silently mean the default.
fn refuse_unknown_variables(names: impl Iterator<Item = String>) -> anyhow::Result<()> {
    for name in names {
        let Some(key) = name.strip_prefix("CODECRAFTER_") else {
            continue;
        };
        let key = key.to_ascii_lowercase();
        if !KEYS.contains(&key.as_str()) && !OTHER_VARIABLES.contains(&key.as_str()) {
            bail!("{name} is not a setting; the settings are {}", KEYS.join(", "));
        }
    }
    Ok(())
}

impl Typed {
    fn check(self) -> anyhow::Result<Settings> {
        let shown = shown::settings(&self)?;
        let allowance = self.allowance()?;
        let providers = self.providers.as_ref().map_or(Ok(Vec::new()), providers::check)?;
        let connections = self.connections()?;
        let budgets = self.budgets()?;
        let http_connections = self.http_connections()?;
        let trusted_proxies = surface::trusted_proxies(&words(self.trusted_proxies.clone()))?;
        let cors_origins = surface::cors_origins(&words(self.cors_origins.clone()))?;
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let data_dir = self.data_dir.map_or_else(default_data_dir, Ok)?;
        let data_dir = std::path::absolute(&data_dir).context("data_dir")?;
        let cache_dir = self
            .cache_dir
            .map(std::path::absolute)
            .transpose()
            .context("cache_dir")?;
        let store = match &self.store {
            Some(url) => url.parse().map_err(anyhow::Error::msg)?,
            None => StoreConfig::Sqlite {
                path: data_dir.join("codecrafter.db"),
            },
        };
        let queue = scheme("queue", self.queue.as_deref().unwrap_or("memory:"))?;
        let bus = scheme("bus", self.bus.as_deref().unwrap_or("memory:"))?;
        let sandbox = scheme("sandbox", self.sandbox.as_deref().unwrap_or("native:"))?;
        let mail = match &self.mail {
            Some(url) => scheme("mail", url)?,
            None => MailConfig::Folder {
                path: data_dir.join("mail"),
            },
        };
        let mail_from = self
            .mail_from
            .as_deref()
            .map(|from| scheme("mail_from", from))
            .transpose()?;
        if matches!(mail, MailConfig::Smtp(_)) && mail_from.is_none() {
            bail!("mail by SMTP needs mail_from, an address that the mail server lets this server send from");
        }
        let role = role(self.roles)?;
        refuse_split_memory(role, &queue, &bus)?;
        if self.rate_limits == Some(Switch::Off) && !listen.ip().is_loopback() {
            bail!("rate_limits = off is for load tests on loopback only, not for {listen}");
        }
        if self.worker_slots == Some(0) {
            bail!("worker_slots must be at least 1");
        }
        let public_url = self.public_url.as_deref().map(public_url).transpose()?;
        let registration = self.registration.unwrap_or(Registration::Open);
        let worker_slots = self.worker_slots;
        let rate_limits = self.rate_limits.unwrap_or(Switch::On);
        Ok(Settings {
            listen,
            data_dir,
            cache_dir,
            role,
            store,
            queue,
            bus,
            sandbox,
            public_url,
            registration,
            rate_limits,
            connections,
            budgets,
            http_connections,
            trusted_proxies,
            cors_origins,
            worker_slots,
            webhook_targets: self.webhook_targets.unwrap_or(WebhookTargets::Public),
            keep_deleted_days: self.keep_deleted_days.unwrap_or(KEEP_DELETED_DAYS),
            mail,
            mail_from,
            keep_audit_days: self.keep_audit_days.unwrap_or(KEEP_AUDIT_DAYS),
            allowance,
            providers,
            shown,
        })
    }
}

fn scheme<T: std::str::FromStr<Err: std::fmt::Display>>(key: &str, text: &str) -> anyhow::Result<T> {
    text.parse().map_err(|error| anyhow::anyhow!("{key}: {error}"))
}

fn role(typed: Option<Words>) -> anyhow::Result<Role> {
    if typed.is_none() {
        return Ok(Role::All);
    }
    let names = words(typed);
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        ["api", "worker"] => Ok(Role::All),
        ["api"] => Ok(Role::Api),
        ["worker"] => Ok(Role::Worker),
        _ => bail!("roles must be api, worker or api,worker, not {:?}", names.join(",")),
    }
}

fn refuse_split_memory(role: Role, queue: &QueueConfig, bus: &BusConfig) -> anyhow::Result<()> {
    let in_process = matches!(queue, QueueConfig::Memory { .. }) || matches!(bus, BusConfig::Memory);
    if role != Role::All && in_process {
        bail!("split roles need a queue and a bus that both processes reach; memory: is within one process");
    }
    Ok(())
}

fn public_url(text: &str) -> anyhow::Result<Url> {
    let url: Url = text.parse().with_context(|| format!("public_url {text:?}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || url.path() != "/" {
        bail!("public_url must be http:// or https:// and a host, without a path, not {text:?}");
    }
    Ok(url)
}

fn default_data_dir() -> anyhow::Result<PathBuf> {
    users_folder("XDG_DATA_HOME", ".local/share").context("no home folder to keep data in: give --data-dir")
}

/// The user's folder for one kind of files (XDG base directories), of which one below is ours.
pub(crate) fn users_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .filter(|value| Path::new(value).is_absolute())
            .map(PathBuf::from)
    };
    absolute(variable)
        .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
        .map(|base| base.join("codecrafter"))
}

#[cfg(test)]
mod tests;
