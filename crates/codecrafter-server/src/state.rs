//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use chrono::TimeDelta;
use codecrafter_bus::{Bus, Ephemeral, LogBounds};
use codecrafter_collab::Documents;
use codecrafter_domain::admin::Allowance;
use codecrafter_domain::event::{Audience, SessionEvent, SessionEventKind, Whisper};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::topic;
use codecrafter_domain::user::Person;
use codecrafter_execution::{Catalogue, Executions};
use codecrafter_mail::Mailer;
use codecrafter_queue::JobQueue;
use codecrafter_sso::Providers;
use codecrafter_store::Store;
use http::HeaderValue;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::audit::AuditLog;
use crate::auth::known::Known;
use crate::auth::passkeys::RelyingParty;
use crate::auth::passwords::Passwords;
use crate::auth::tokens::Tokens;
use crate::auth::uses::Uses;
use crate::auth::vault::Vault;
use crate::budget::{BudgetLimits, Budgets};
use crate::chat;
use crate::client_address::TrustedProxies;
use crate::connections::HttpConnections;
use crate::letters::Letters;
use crate::presence::Presence;
use crate::seats::{ConnectionLimits, Seats};
use crate::sockets::pace::Paces;

/// Exports of accounts that go on at the same time; each holds a document in memory.
const TAKEOUTS: usize = 4;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Nobody.
    Closed,
}

/// Whether request budgets are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimits {
    /// They are.
    On,
    /// They are not: for load tests.
    Off,
}

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The address that people type; `https` makes cookies `Secure`.
    pub public_url: Url,
    /// Who may make an account.
    pub registration: Registration,
    /// Whether request budgets are in force.
    pub rate_limits: RateLimits,
    /// How many requests a minute; in force while [`Self::rate_limits`] is.
    pub budgets: BudgetLimits,
    /// How many connections there may be.
    pub http_connections: HttpConnections,
    /// Proxies whose word about where a request comes from is taken.
    pub trusted_proxies: TrustedProxies,
    /// Other origins whose pages may call the API, without cookies.
    pub cors_origins: Vec<HeaderValue>,
    /// Most open connections; in force while [`Self::rate_limits`] is.
    pub connections: ConnectionLimits,
    /// How long a deleted session can be restored before it is forgotten.
    pub keep_deleted: TimeDelta,
    /// How programs are isolated, for `/readyz`: a name and what is in force.
    pub isolation: Option<Isolation>,
    /// What a user may use unless something else is set for them.
    pub allowance: Allowance,
    /// How long entries of the audit log are kept; for ever unless said.
    pub keep_audit: Option<TimeDelta>,
    /// The settings in force, without what is secret in them.
    pub settings: Vec<Setting>,
}

/// A setting as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Setting {
    /// Its key in `codecrafter.toml`.
    pub key: String,
    /// Its value; null where none was set and the default holds.
    pub value: Option<String>,
}

/// How programs are isolated, in words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Isolation {
    /// Which sandbox.
    pub sandbox: String,
    /// What is in force.
    pub in_force: Vec<String>,
    /// What is missing.
    pub missing: Vec<String>,
}

impl Isolation {
    /// Sets the metrics that name it: `codecrafter_sandbox_isolation_info` is 1 for the sandbox's name, and
    /// `codecrafter_sandbox_property_in_force` 1 or 0 for each property.
    pub(crate) fn publish(&self) {
        metrics::gauge!("codecrafter_sandbox_isolation_info", "name" => self.sandbox.clone()).set(1.0);
        let in_force = self.in_force.iter().map(|property| (property, 1.0));
        let missing = self.missing.iter().map(|property| (property, 0.0));
        for (property, value) in in_force.chain(missing) {
            metrics::gauge!("codecrafter_sandbox_property_in_force", "property" => property.clone()).set(value);
        }
    }
}

/// What the server works with.
pub struct Parts {
    /// Durable data.
    pub store: Arc<dyn Store>,
    /// Live events.
    pub bus: Arc<dyn Bus>,
    /// Counters.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Asked for its depth and whether it answers.
    pub queue: Arc<dyn JobQueue>,
    /// Runs programs.
    pub executions: Executions,
    /// Languages.
    pub catalogue: Arc<Catalogue>,
    /// Documents edited together.
    pub documents: Documents,
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// Vouch for people.
    pub providers: Providers,
    /// Signs access tokens, and keys that encrypt are derived from it; 32 random bytes.
    pub token_key: [u8; 32],
}

/// What every handler can reach. A cheap handle.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) executions: Executions,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) documents: Documents,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) tokens: Tokens,
    /// Reads what is encrypted in the store.
    pub(crate) vault: Vault,
    pub(crate) passwords: Passwords,
    /// Whom passkeys are made for.
    pub(crate) passkeys: RelyingParty,
    /// Whose credentials were found a moment ago.
    pub(crate) known: Known,
    /// When API keys were used.
    pub(crate) key_uses: Uses,
    pub(crate) budgets: Budgets,
    pub(crate) presence: Presence,
    /// How fast users send.
    pub(crate) paces: Paces,
    /// Mails on their way.
    pub(crate) letters: Letters,
    /// Exports that go on at the same time.
    pub(crate) takeouts: Arc<Semaphore>,
    pub(crate) providers: Providers,
    pub(crate) audit_log: AuditLog,
    pub(crate) config: ServerConfig,
    /// Who is connected.
    pub(crate) seats: Seats,
    /// Sockets close retryably once this is cancelled.
    pub(crate) closing: CancellationToken,
    /// Sockets that are open.
    pub(crate) sockets: TaskTracker,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts, config: ServerConfig) -> Self {
        Self(Arc::new(Inner {
            store: parts.store,
            bus: parts.bus,
            ephemeral: Arc::clone(&parts.ephemeral),
            queue: parts.queue,
            executions: parts.executions,
            catalogue: parts.catalogue,
            documents: parts.documents,
            metrics: parts.metrics,
            tokens: Tokens::new(&parts.token_key),
            vault: Vault::new(&parts.token_key),
            passwords: Passwords::new(),
            passkeys: RelyingParty::new(&config.public_url),
            known: Known::default(),
            key_uses: Uses::default(),
            budgets: Budgets::new(parts.ephemeral, config.rate_limits, config.budgets),
            seats: Seats::new((config.rate_limits == RateLimits::On).then_some(config.connections)),
            presence: Presence::new(),
            paces: Paces::new(config.rate_limits),
            letters: Letters::new(parts.mailer),
            takeouts: Arc::new(Semaphore::new(TAKEOUTS)),
            providers: parts.providers,
            audit_log: AuditLog::default(),
            config,
            closing: CancellationToken::new(),
            sockets: TaskTracker::new(),
        }))
    }

    /// Tells everyone in a session, and notes in its chat what belongs there. A bus that is away costs watchers a moment,
    /// never the act itself.
    pub(crate) async fn tell(&self, session: SessionId, kind: SessionEventKind, by: &Person) {
        let line = chat::note(self, session, &kind, by).await;
        for kind in std::iter::once(kind).chain(line) {
            self.append(session, SessionEvent::now(kind, Some(by.clone()))).await;
        }
    }

    async fn append(&self, session: SessionId, event: SessionEvent) {
        let payload = match serde_json::to_vec(&event) {
            Ok(payload) => payload,
            Err(error) => return tracing::error!(%error, "event cannot be written as JSON"),
        };
        let topic = topic::session(session);
        if let Err(error) = self.bus.append(&topic, payload.into(), LogBounds::session()).await {
            tracing::warn!(%session, %error, "event not published");
        }
    }

    /// Tells some of those who are in a session just now; nothing is kept for those who come later.
    pub(crate) async fn whisper(&self, session: SessionId, to: Audience, kind: SessionEventKind, by: &Person) {
        let event = SessionEvent::now(kind, Some(by.clone()));
        let payload = match serde_json::to_vec(&Whisper { to, event }) {
            Ok(payload) => payload,
            Err(error) => return tracing::error!(%error, "event cannot be written as JSON"),
        };
        if let Err(error) = self.bus.publish(&topic::whispers(session), payload.into()).await {
            tracing::warn!(%session, %error, "event not published");
        }
    }

    /// Has open connections of a session ask again what they may do.
    pub(crate) async fn rights_changed(&self, session: SessionId) {
        self.poke(&topic::access(session)).await;
    }

    /// Has requests and open connections of a user ask again whether their login or key is live.
    pub(crate) async fn logins_changed(&self, user: UserId) {
        self.known.forget(user);
        self.poke(&topic::user(user)).await;
    }

    async fn poke(&self, topic: &str) {
        if let Err(error) = self.bus.publish(topic, bytes::Bytes::new()).await {
            tracing::error!(%topic, %error, "change of rights not announced");
        }
    }
}
