//! A store in a folder of its own, a bus, and documents upon them.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_bus::{Bus, Subscription};
use codecrafter_collab::{Access, CollabConfig, Documents, Peer};
use codecrafter_domain::event::{SessionEvent, SessionEventKind};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::topic;
use codecrafter_domain::user::{Person, User};
use codecrafter_store::{DocumentStore, Store, StoreConfig};
use tempfile::TempDir;

use crate::client::Client;

/// Nothing in these tests takes nearly as long unless it never happens.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn Bus>,
    pub documents: Documents,
    pub session: SessionId,
    pub owner: Person,
    folder: Arc<TempDir>,
}

/// Fast where nothing is measured.
pub fn config() -> CollabConfig {
    CollabConfig {
        batch_interval: Duration::from_millis(5),
        retry_min: Duration::from_millis(5),
        retry_max: Duration::from_millis(20),
        ..CollabConfig::default()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: CollabConfig) -> Self {
        Self::on(config, |store| store as Arc<dyn DocumentStore>).await
    }

    /// Documents see the store through `wrap`.
    pub async fn on(config: CollabConfig, wrap: impl FnOnce(Arc<dyn Store>) -> Arc<dyn DocumentStore>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store = codecrafter_store::open(&StoreConfig::Sqlite { path }).await.unwrap();
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new());
        let owner = account(store.as_ref(), "ada").await;
        let session = new_session(store.as_ref(), owner.id).await;
        let documents = Documents::new(wrap(Arc::clone(&store)), store.clone(), Arc::clone(&bus), config);
        Self {
            store,
            bus,
            documents,
            session,
            owner,
            folder: Arc::new(folder),
        }
    }

    /// Another process upon the same store, with this way to its bus.
    pub fn another(&self, config: CollabConfig, bus: Arc<dyn Bus>) -> Self {
        Self {
            documents: Documents::new(self.store.clone(), self.store.clone(), Arc::clone(&bus), config),
            store: Arc::clone(&self.store),
            bus,
            session: self.session,
            owner: self.owner.clone(),
            folder: Arc::clone(&self.folder),
        }
    }

    /// Forgets all that is in memory, as a crash does.
    pub fn crash(&mut self, config: CollabConfig) {
        self.documents = Documents::new(self.store.clone(), self.store.clone(), Arc::clone(&self.bus), config);
    }

    pub async fn user(&self, name: &str) -> Person {
        account(self.store.as_ref(), name).await
    }

    /// A client that has joined as the owner and has synced.
    pub async fn writer(&self) -> Client {
        self.client(Access::Write).await
    }

    pub async fn client(&self, access: Access) -> Client {
        let mut client = Client::new(self.peer(access));
        client.connect(self).await;
        client.synced().await;
        client
    }

    pub fn peer(&self, access: Access) -> Peer {
        Peer {
            user: Some(self.owner.clone()),
            access,
        }
    }

    pub async fn events(&self) -> Events {
        let subscription = self.bus.replay(&topic::session(self.session), 0).await.unwrap();
        Events {
            subscription,
            seen: Vec::new(),
        }
    }

    /// How many updates are stored and not folded, and the version of the base.
    pub async fn rows(&self) -> (usize, u64) {
        let rows = self.store.load_document(self.session).await.unwrap();
        (rows.updates.len(), rows.base_version)
    }
}

pub struct Events {
    subscription: Subscription,
    pub seen: Vec<SessionEventKind>,
}

impl Events {
    pub async fn next(&mut self) -> SessionEventKind {
        let next = tokio::time::timeout(PATIENCE, self.subscription.next());
        let message = next.await.expect("an event in time").expect("the bus is there");
        let event: SessionEvent = serde_json::from_slice(&message.payload).unwrap();
        self.seen.push(event.kind.clone());
        event.kind
    }

    pub async fn saved(&mut self) -> u64 {
        loop {
            if let SessionEventKind::DocumentSaved { updates } = self.next().await {
                return updates;
            }
        }
    }

    pub async fn unsaved(&mut self) {
        while self.next().await != SessionEventKind::DocumentUnsaved {}
    }
}

async fn account(store: &dyn Store, name: &str) -> Person {
    let user = User {
        id: UserId::new(),
        username: name.to_owned(),
        email: format!("{name}@example.org"),
        display_name: name.to_uppercase(),
        color: "#1f6feb".to_owned(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: Utc::now(),
    };
    store.create_user(&user, "hash").await.unwrap();
    Person::from(&user)
}

async fn new_session(store: &dyn Store, owner: UserId) -> SessionId {
    let session = Session {
        id: SessionId::new(),
        title: "Together".to_owned(),
        description: String::new(),
        language: "python".to_owned(),
        visibility: Visibility::Private,
        owner_id: owner,
        max_participants: 50,
        waiting_room: false,
        forked_from: None,
        created_at: Utc::now(),
        updated_at: Utc::now(),
        deleted_at: None,
    };
    store.create_session(&session).await.unwrap();
    session.id
}

/// Waits for a condition that nothing announces.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{what}");
}
