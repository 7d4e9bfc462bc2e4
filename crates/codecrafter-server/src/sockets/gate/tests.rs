//! What cannot be brought about through the API yet: an account is deactivated while it is connected.

use std::sync::Arc;

use codecrafter_collab::{CollabConfig, Documents};
use codecrafter_domain::account::Device;
use codecrafter_domain::id::{LoginId, SessionId, UserId};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::user::User;
use codecrafter_execution::{Catalogue, Executions};
use codecrafter_mail::MailConfig;
use codecrafter_store::StoreConfig;
use codecrafter_store::types::{NewLogin, TokenHash};
use http::HeaderMap;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;
use crate::state::{Parts, RateLimits, Registration, ServerConfig};

/// How long a test waits for what must come, at most.
const PATIENCE: Duration = Duration::from_secs(30);

async fn app(folder: &tempfile::TempDir) -> App {
    let path = folder.path().join("codecrafter.db");
    let store = codecrafter_store::open(&StoreConfig::Sqlite { path })
        .await
        .expect("store");
    let queue = codecrafter_queue::open(&"memory:".parse().expect("a queue"))
        .await
        .expect("queue");
    let codecrafter_bus::Engine { bus, ephemeral } = codecrafter_bus::open(&"memory:".parse().expect("a bus"))
        .await
        .expect("bus");
    let catalogue = Arc::new(Catalogue::default());
    let executions = Executions::new(store.clone(), queue.clone(), bus.clone(), catalogue.clone());
    let documents = Documents::new(store.clone(), store.clone(), bus.clone(), CollabConfig::default());
    let mail = MailConfig::Folder {
        path: folder.path().join("mail"),
    };
    let parts = Parts {
        store,
        bus,
        ephemeral,
        queue,
        executions,
        catalogue,
        documents,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        mailer: codecrafter_mail::open(&mail, "noreply@example.org".parse().expect("a sender")).expect("mailer"),
        providers: codecrafter_sso::Providers::default(),
        token_key: [7; 32],
    };
    let config = ServerConfig {
        public_url: "http://localhost".parse().expect("a URL"),
        registration: Registration::Open,
        rate_limits: RateLimits::Off,
        budgets: crate::budget::BudgetLimits::default(),
        http_connections: crate::connections::HttpConnections {
            most: 10,
            per_address: None,
        },
        trusted_proxies: crate::client_address::TrustedProxies::default(),
        cors_origins: Vec::new(),
        connections: crate::seats::ConnectionLimits::default(),
        keep_deleted: chrono::TimeDelta::days(30),
        isolation: None,
        allowance: codecrafter_domain::admin::Allowance::default(),
        keep_audit: None,
        settings: Vec::new(),
    };
    App::new(parts, config)
}

/// An account with a session of its own: the session, and an access token.
async fn signed_in(app: &App) -> (SessionId, UserId, String) {
    let now = chrono::Utc::now();
    let user = User {
        id: UserId::new(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        display_name: "Ada".into(),
        color: "#1f6feb".into(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: now,
    };
    app.store.create_user(&user, "hash").await.expect("account");
    let session = Session {
        id: SessionId::new(),
        title: "Own".into(),
        description: String::new(),
        language: "python".into(),
        visibility: Visibility::Private,
        owner_id: user.id,
        max_participants: 2,
        waiting_room: false,
        forked_from: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    app.store.create_session(&session).await.expect("session");
    let (login, expires) = (LoginId::new(), now + chrono::TimeDelta::days(1));
    let hash = TokenHash([1; 32]);
    let new = NewLogin {
        id: login,
        user: user.id,
        token: hash,
        device: Device::default(),
        now,
        expires_at: expires,
    };
    app.store.create_login(&new).await.expect("login");
    let token = app.tokens.issue(user.id, login, now).expect("signed");
    (session.id, user.id, token)
}

#[tokio::test]
async fn a_deactivated_account_is_shut_out_of_what_it_has_open() {
    let folder = tempfile::tempdir().expect("folder");
    let app = app(&folder).await;
    let (session, user, token) = signed_in(&app).await;
    let headers = HeaderMap::new();
    let session = session.to_string();
    let presented = Presented {
        headers: &headers,
        ticket: None,
        token: Some(&token),
    };
    let open = || Gate::open(&app, Socket::Sync, &session, presented);
    let gate = open().await.unwrap_or_else(|shut| panic!("opens: {shut:?}"));
    let mut next = std::pin::pin!(gate.next());
    assert!(futures::poll!(&mut next).is_pending(), "stays open");

    app.store
        .deactivate(user, chrono::Utc::now())
        .await
        .expect("deactivated");
    app.logins_changed(user).await;
    let (_, answer) = tokio::time::timeout(PATIENCE, next).await.expect("is told");
    assert!(matches!(answer, Err(Shut::Refused(Refusal::SignIn))), "{answer:?}");
    assert!(matches!(open().await, Err(Shut::Refused(Refusal::SignIn))));
}
