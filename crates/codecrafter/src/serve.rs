//! `codecrafter serve`: puts the parts together and runs them until it is told to stop.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::TimeDelta;
use codecrafter_bus::BusConfig;
use codecrafter_collab::{CollabConfig, Documents};
use codecrafter_domain::execution::callback::Targets;
use codecrafter_execution::{Executions, Peers, Worker, WorkerConfig, WorkerParts};
use codecrafter_mail::Mailer;
use codecrafter_queue::QueueConfig;
use codecrafter_sandbox::Sandbox;
use codecrafter_server::{HttpConnections, Isolation, Parts, Probes, RateLimits, Registration, ServerConfig};
use codecrafter_sso::Providers;
use codecrafter_webhook::{WebhookConfig, Webhooks};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::engines::Engines;
use crate::settings::{self, Role, Settings, Switch};
use crate::{control, print, secrets};

/// Bounds of the buckets of times, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];
const LOG_DEFAULT: &str = "info";

/// Runs the roles of the settings until SIGTERM or Ctrl+C, then stops in order.
pub(crate) async fn serve(settings: Settings) -> anyhow::Result<ExitCode> {
    log_to_stderr()?;
    secrets::make_data_dir(&settings.data_dir)?;
    let metrics = metrics()?;
    // Bound before anything else: an address that is taken should be told at once.
    let listener = listen(&settings).await?;
    let engines = Engines::open(&settings).await?;
    let shutdown = CancellationToken::new();
    stop_on_signal(shutdown.clone())?;
    control::listen(&settings.data_dir, Arc::clone(&engines.bus), shutdown.clone());
    let worker = start_worker(&engines, &settings, &shutdown);
    let webhooks = start_webhooks(&engines, &settings, &shutdown)?;
    if settings.role == Role::Worker {
        serve_probes(listener, &engines, settings.http_connections, metrics, shutdown.clone()).await?;
    } else {
        serve_api(listener, &engines, &settings, metrics, shutdown.clone()).await?;
    }
    if let Some(worker) = worker {
        worker.await.context("worker")?;
    }
    if let Some(webhooks) = webhooks {
        webhooks.await.context("webhooks")?;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn log_to_stderr() -> anyhow::Result<()> {
    let filter = std::env::var("CODECRAFTER_LOG").unwrap_or_else(|_| LOG_DEFAULT.to_owned());
    let filter = EnvFilter::try_new(&filter).with_context(|| format!("CODECRAFTER_LOG {filter:?}"))?;
    let is_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if is_terminal {
        builder.with_ansi(true).with_target(false).init();
    } else {
        builder.json().flatten_event(true).init();
    }
    Ok(())
}

fn metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("metrics")
}

async fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    TcpListener::bind(settings.listen).await.with_context(|| {
        let address = settings.listen;
        format!("cannot listen on {address}: stop what listens there, or choose another with --listen")
    })
}

fn start_worker(
    engines: &Engines,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Option<tokio::task::JoinHandle<()>> {
    if settings.role == Role::Api {
        return None;
    }
    let parts = WorkerParts {
        store: Arc::clone(&engines.store),
        queue: Arc::clone(&engines.queue),
        bus: Arc::clone(&engines.bus),
        sandbox: Arc::clone(&engines.sandbox),
        languages: Arc::clone(&engines.languages),
        idle: engines.idle.clone(),
    };
    let mut config = WorkerConfig::default();
    if settings.role == Role::All {
        config.roles = vec!["api".to_owned(), "worker".to_owned()];
    }
    if let Some(slots) = settings.worker_slots {
        config.slots = slots;
    }
    // Whoever reaches the queue may be at work on it.
    if !matches!(settings.queue, QueueConfig::Memory { .. }) {
        config.peers = Peers::Possible;
    }
    let languages = Arc::clone(&engines.languages);
    tokio::spawn(async move { languages.prepare().await });
    Some(tokio::spawn(Worker::new(parts, config).run(shutdown.clone())))
}

/// Where the API is: there are the secrets, and workers need no way out.
fn start_webhooks(
    engines: &Engines,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> anyhow::Result<Option<tokio::task::JoinHandle<()>>> {
    if settings.role == Role::Worker {
        return Ok(None);
    }
    let targets = webhook_targets(settings);
    if targets == Targets::Any {
        tracing::warn!(
            "webhook_targets = any: whoever runs programs may have this server connect into its own network"
        );
    }
    let config = WebhookConfig::new(secrets::webhook_secret(&settings.data_dir)?, targets);
    let webhooks = Webhooks::new(Arc::clone(&engines.store), Arc::clone(&engines.bus), config);
    Ok(Some(tokio::spawn(webhooks.run(shutdown.clone()))))
}

fn webhook_targets(settings: &Settings) -> Targets {
    match settings.webhook_targets {
        settings::WebhookTargets::Public => Targets::Public,
        settings::WebhookTargets::Any => Targets::Any,
    }
}

/// A worker is asked by monitors only.
async fn serve_probes(
    listener: TcpListener,
    engines: &Engines,
    bounds: HttpConnections,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let probes = Probes {
        store: Arc::clone(&engines.store),
        bus: Arc::clone(&engines.bus),
        queue: Arc::clone(&engines.queue),
        metrics,
        isolation: Some(isolation(engines.sandbox.as_ref())),
        closing: shutdown,
    };
    tracing::info!(%address, "listening for monitors");
    print(&format!(
        "This worker is ready; its /readyz and /metrics: http://{address}"
    ))?;
    codecrafter_server::serve_probes(listener, probes, bounds).await;
    Ok(())
}

async fn serve_api(
    listener: TcpListener,
    engines: &Engines,
    settings: &Settings,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let public_url = public_url(settings, address)?;
    let catalogue = Arc::new(engines.languages.catalogue());
    let (store, queue, bus) = (&engines.store, &engines.queue, &engines.bus);
    let executions = Executions::new(
        Arc::clone(store),
        Arc::clone(queue),
        Arc::clone(bus),
        Arc::clone(&catalogue),
    )
    .with_webhook_targets(webhook_targets(settings))
    .with_idle_slots(engines.idle.clone());
    let parts = Parts {
        store: Arc::clone(store),
        bus: Arc::clone(bus),
        ephemeral: Arc::clone(&engines.ephemeral),
        queue: Arc::clone(queue),
        executions,
        catalogue,
        documents: Documents::new(store.clone(), store.clone(), Arc::clone(bus), collab_config(settings)),
        metrics,
        mailer: mailer(settings, &public_url)?,
        providers: Providers::new(settings.providers.clone()),
        token_key: secrets::token_key(&settings.data_dir)?,
    };
    let config = server_config(settings, public_url.clone(), engines);
    if config.rate_limits == RateLimits::Off {
        tracing::warn!("request budgets are off: for load tests only");
    }
    let origin = public_url.origin().ascii_serialization();
    tracing::info!(%address, data_dir = %settings.data_dir.display(), "listening");
    print(&format!("CodeCrafter is ready: {origin}"))?;
    codecrafter_server::serve(listener, parts, config, shutdown)
        .await
        .context("server")
}

/// Nodes that share a bus share their documents.
fn collab_config(settings: &Settings) -> CollabConfig {
    CollabConfig {
        several_nodes: settings.bus != BusConfig::Memory,
        ..CollabConfig::default()
    }
}

/// Mails by the way that is set, from the address that is set or one of the public host.
pub(crate) fn mailer(settings: &Settings, public_url: &Url) -> anyhow::Result<Arc<dyn Mailer>> {
    let sender = if let Some(sender) = &settings.mail_from {
        sender.clone()
    } else {
        let host = public_url.domain().unwrap_or("localhost");
        let sender = format!("CodeCrafter <noreply@{host}>").parse();
        sender.map_err(anyhow::Error::msg).context("mail_from")?
    };
    codecrafter_mail::open(&settings.mail, sender).context("mail")
}

fn server_config(settings: &Settings, public_url: Url, engines: &Engines) -> ServerConfig {
    ServerConfig {
        public_url,
        registration: match settings.registration {
            settings::Registration::Open => Registration::Open,
            settings::Registration::Closed => Registration::Closed,
        },
        rate_limits: match settings.rate_limits {
            Switch::On => RateLimits::On,
            Switch::Off => RateLimits::Off,
        },
        budgets: settings.budgets,
        http_connections: settings.http_connections,
        trusted_proxies: settings.trusted_proxies.clone(),
        cors_origins: settings.cors_origins.clone(),
        connections: settings.connections,
        keep_deleted: TimeDelta::days(settings.keep_deleted_days.into()),
        allowance: settings.allowance,
        keep_audit: (settings.keep_audit_days > 0).then(|| TimeDelta::days(settings.keep_audit_days.into())),
        settings: settings.shown.clone(),
        isolation: (settings.role == Role::All).then(|| isolation(engines.sandbox.as_ref())),
    }
}

fn isolation(sandbox: &dyn Sandbox) -> Isolation {
    let isolation = sandbox.isolation();
    let (in_force, missing): (Vec<_>, Vec<_>) = isolation.properties.into_iter().partition(|part| part.in_force);
    let names = |parts: Vec<codecrafter_sandbox::Property>| parts.into_iter().map(|part| part.name).collect();
    Isolation {
        sandbox: isolation.name,
        in_force: names(in_force),
        missing: names(missing),
    }
}

/// What people type: as set, or the address that is listened on.
fn public_url(settings: &Settings, address: SocketAddr) -> anyhow::Result<Url> {
    if let Some(url) = &settings.public_url {
        return Ok(url.clone());
    }
    let host = if address.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        host_of(address)
    };
    Ok(format!("http://{host}:{}", address.port()).parse()?)
}

fn host_of(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

/// A second signal ends the process at once.
fn stop_on_signal(shutdown: CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for is_second in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_second {
                std::process::exit(130);
            }
            tracing::info!("stopping: finishing what is under way");
            shutdown.cancel();
        }
    });
    Ok(())
}
