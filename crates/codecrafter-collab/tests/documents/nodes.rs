//! One document, open in several processes: here each is its own `Documents`, with one store and one bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_bus::{Bus, BusError, LogBounds, Subscription};
use codecrafter_collab::{Access, CollabConfig, Ending, Peer};
use rand::RngExt as _;
use serde_json::json;
use yrs::Text as _;

use crate::client::Client;
use crate::faulty::{Faults, Faulty};
use crate::world::{World, config, eventually};

fn several() -> CollabConfig {
    CollabConfig {
        several_nodes: true,
        reconcile_every: Duration::from_millis(300),
        ..config()
    }
}

/// The bus does all the work: what it loses is not made up for in these tests.
fn by_bus_alone() -> CollabConfig {
    CollabConfig {
        reconcile_every: Duration::from_hours(1),
        ..several()
    }
}

async fn two(config: CollabConfig) -> (World, World) {
    let here = World::with(config.clone()).await;
    let there = here.another(config, Arc::clone(&here.bus));
    (here, there)
}

/// Loses what is published: all of it, or some.
struct Lossy {
    inner: Arc<dyn Bus>,
    is_away: AtomicBool,
    /// Of a thousand.
    lost: AtomicU32,
}

impl Lossy {
    fn new(inner: &Arc<dyn Bus>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            is_away: AtomicBool::new(false),
            lost: AtomicU32::new(0),
        })
    }
}

#[async_trait]
impl Bus for Lossy {
    async fn publish(&self, topic: &str, payload: Bytes) -> Result<(), BusError> {
        let is_lost = rand::rng().random_range(0..1000) < self.lost.load(Ordering::SeqCst);
        if is_lost || self.is_away.load(Ordering::SeqCst) {
            return Err(BusError::Unavailable("lost".into()));
        }
        self.inner.publish(topic, payload).await
    }
    async fn append(&self, topic: &str, payload: Bytes, bounds: LogBounds) -> Result<u64, BusError> {
        self.inner.append(topic, payload, bounds).await
    }
    async fn subscribe(&self, topic: &str) -> Result<Subscription, BusError> {
        self.inner.subscribe(topic).await
    }
    async fn replay(&self, topic: &str, after: u64) -> Result<Subscription, BusError> {
        self.inner.replay(topic, after).await
    }
    async fn ping(&self) -> Result<(), BusError> {
        self.inner.ping().await
    }
}

async fn guest_of(world: &World, name: &str) -> Client {
    let user = world.user(name).await;
    let mut client = Client::new(Peer {
        user: Some(user),
        access: Access::Write,
    });
    client.connect(world).await;
    client.synced().await;
    client
}

#[tokio::test]
async fn edits_arrive_everywhere_and_are_stored_once() {
    let (here, there) = two(by_bus_alone()).await;
    let (mut ada, mut bob) = (here.writer().await, there.writer().await);
    // Both nodes listen by now: each has told the other something.
    ada.present(&json!({ "at": 1 })).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    bob.present(&json!({ "at": 2 })).await;
    ada.until("bob", |ada| ada.sees(bob.id()).is_some()).await;
    ada.push("from here").await;
    bob.reads("from here").await;
    bob.insert(0, "and ").await;
    ada.reads("and from here").await;
    assert_eq!(here.rows().await.0, 2);
}

#[tokio::test]
async fn nobody_elsewhere_hears_of_what_is_not_stored() {
    let faults = Faults::new();
    let wrapped = faults.clone();
    let here = World::on(several(), |inner| Arc::new(Faulty { inner, faults: wrapped })).await;
    let there = here.another(several(), Arc::clone(&here.bus));
    let (ada, mut bob, mut eve) = (here.writer().await, there.writer().await, here.writer().await);
    faults.appends.send_replace(false);
    ada.push("x").await;
    eve.reads("x").await;
    bob.settle().await;
    assert_eq!(bob.text(), "");
    faults.appends.send_replace(true);
    bob.reads("x").await;
}

#[tokio::test]
async fn what_the_bus_loses_is_read_from_the_store() {
    let (here, bus) = {
        let here = World::with(several()).await;
        let bus = Lossy::new(&here.bus);
        (here.another(several(), Arc::clone(&bus) as Arc<dyn Bus>), bus)
    };
    let there = here.another(several(), Arc::clone(&here.bus));
    let (ada, mut bob) = (here.writer().await, there.writer().await);
    bus.is_away.store(true, Ordering::SeqCst);
    ada.push("lost and found").await;
    bob.reads("lost and found").await;
    bus.is_away.store(false, Ordering::SeqCst);
    bob.push("!").await;
    let mut ada = ada;
    ada.reads("lost and found!").await;
}

#[tokio::test]
async fn whoever_opens_a_document_later_has_all_of_it() {
    let (here, there) = two(several()).await;
    let mut events = here.events().await;
    let ada = here.writer().await;
    ada.push("early").await;
    events.saved().await;
    let mut bob = there.writer().await;
    bob.reads("early").await;
    bob.push(" and late").await;
    let mut ada = ada;
    ada.reads("early and late").await;
}

#[tokio::test]
async fn presence_is_that_of_all_nodes() {
    let (here, there) = two(several()).await;
    let mut ada = here.writer().await;
    ada.present(&json!({ "cursor": 1 })).await;
    // Who comes later is told, too.
    let mut bob = guest_of(&there, "bob").await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    assert_eq!(bob.sees(ada.id()).unwrap()["user"]["name"], "ADA");
    ada.present(&json!({ "cursor": 2 })).await;
    bob.until("a move", |bob| {
        bob.sees(ada.id()).is_some_and(|state| state["cursor"] == 2)
    })
    .await;
    let id = ada.id();
    ada.leave(Ending::Clean);
    bob.until("ada to be gone", |bob| bob.sees(id).is_none()).await;
}

#[tokio::test]
async fn presence_ends_with_its_process() {
    let here = World::with(several()).await;
    let bus = Lossy::new(&here.bus);
    let dying = here.another(several(), Arc::clone(&bus) as Arc<dyn Bus>);
    let (mut ada, mut bob) = (dying.writer().await, guest_of(&here, "bob").await);
    ada.present(&json!({ "cursor": 1 })).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    // Still there after more than three times that long.
    tokio::time::sleep(4 * several().reconcile_every).await;
    bob.settle().await;
    assert!(bob.sees(ada.id()).is_some());
    bus.is_away.store(true, Ordering::SeqCst);
    bob.until("ada to be gone", |bob| bob.sees(ada.id()).is_none()).await;
}

#[tokio::test]
async fn whoever_comes_back_through_another_node_is_one_person() {
    let (here, there) = two(several()).await;
    let (mut ada, mut bob) = (here.writer().await, guest_of(&here, "bob").await);
    ada.present(&json!({ "cursor": 1 })).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    ada.leave(Ending::Lost);
    ada.connect(&there).await;
    ada.synced().await;
    ada.present(&json!({ "cursor": 2 })).await;
    bob.until("ada again", |bob| {
        bob.sees(ada.id()).is_some_and(|state| state["cursor"] == 2)
    })
    .await;
    // The place that was kept for her at the first node is not given up later.
    let grace = config().presence_grace;
    tokio::time::sleep(grace + Duration::from_millis(100)).await;
    bob.settle().await;
    assert_eq!(bob.sees(ada.id()).unwrap()["cursor"], 2);
}

#[tokio::test]
async fn stateless_messages_reach_everyone() {
    let (here, there) = two(several()).await;
    let mut ada = Client::new(here.peer(Access::Write));
    ada.connect_hocuspocus(&here).await;
    let mut bob = Client::new(there.peer(Access::Write));
    bob.connect_hocuspocus(&there).await;
    ada.present(&json!({ "at": 1 })).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    ada.send(crate::wire::stateless("hello")).await;
    bob.until("hello", |bob| bob.notes == ["hello"]).await;
}

#[tokio::test]
async fn files_that_are_made_or_brought_back_at_one_node_are_at_the_other() {
    let (here, there) = two(several()).await;
    let mut bob = there.writer().await;
    let files = [("main.py".to_owned(), "print(1)\n".to_owned())];
    here.documents
        .create(here.session, here.owner.id, &files)
        .await
        .unwrap();
    eventually("the file", async || {
        bob.settle().await;
        there.documents.files(there.session).await.unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn everything_converges_on_a_bus_that_loses_much() {
    let first = World::with(several()).await;
    let buses: Vec<_> = (0..3).map(|_| Lossy::new(&first.bus)).collect();
    let nodes: Vec<World> = buses
        .iter()
        .map(|bus| {
            bus.lost.store(400, Ordering::SeqCst);
            first.another(several(), Arc::clone(bus) as Arc<dyn Bus>)
        })
        .collect();
    let mut clients = Vec::new();
    for index in 0..6 {
        clients.push(nodes[index % nodes.len()].writer().await);
    }
    for round in 0..40 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.receive_all().await;
            client
                .edit(|text, txn| {
                    let at = rand::rng().random_range(0..=text.len(txn));
                    text.insert(txn, at, &format!("{number}{round} "));
                })
                .await;
        }
    }
    let expected: usize = (0..40).map(|round: usize| 6 * (round.to_string().len() + 2)).sum();
    for client in &mut clients {
        client
            .until("all edits", |client| client.text().len() == expected)
            .await;
    }
    let text = clients[0].text();
    assert!(clients.iter().all(|client| client.text() == text));
    let mut late = first.another(several(), Arc::clone(&first.bus)).writer().await;
    late.reads(&text).await;
}
