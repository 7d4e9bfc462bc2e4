//! Hocuspocus clients: statuses that mean what they say, and peers of both kinds on one document.

use std::sync::Arc;

use codecrafter_collab::{Access, CollabConfig, DocumentLimits, close};
use yrs::Text;

use crate::client::Client;
use crate::faulty::{Faults, Faulty};
use crate::wire::{self, Message};
use crate::world::{World, config};

impl World {
    async fn provider(&self, access: Access) -> Client {
        let mut client = Client::new(self.peer(access));
        client.connect_hocuspocus(self).await;
        client.synced().await;
        client
    }
}

impl Client {
    async fn statuses(&mut self, count: usize) {
        self.until("statuses", |client| client.statuses.len() >= count).await;
    }
}

async fn faulty(faults: &Arc<Faults>, config: CollabConfig) -> World {
    let wrapped = faults.clone();
    World::on(config, |inner| std::sync::Arc::new(Faulty { inner, faults: wrapped })).await
}

#[tokio::test]
async fn asked_for_its_state_a_document_asks_first_and_then_answers() {
    let world = World::new().await;
    let mut writer = world.writer().await;
    writer.push("text").await;
    writer.settle().await;
    let mut client = Client::new(world.peer(Access::Write));
    client.connect_hocuspocus(&world).await;
    assert!(matches!(client.receive().await, Some(Message::Step1(_))));
    assert!(matches!(client.receive().await, Some(Message::Step2(_))));
    client.reads("text").await;
    // Its answer to our step 1 held nothing new, and is acknowledged all the same.
    client.statuses(1).await;
    assert_eq!(client.statuses, [true]);
}

#[tokio::test]
async fn each_edit_has_one_status() {
    let world = World::new().await;
    let mut client = world.provider(Access::Write).await;
    for _ in 0..200 {
        client.push("x").await;
    }
    client.statuses(201).await;
    client.settle().await;
    client.statuses(202).await;
    assert_eq!(client.statuses, [true; 202]);
    assert_eq!(world.writer().await.text(), "x".repeat(200));
}

#[tokio::test]
async fn a_status_comes_only_once_the_edit_is_stored() {
    let faults = Faults::new();
    let world = faulty(&faults, config()).await;
    let mut client = world.provider(Access::Write).await;
    client.statuses(1).await;
    faults.fail_appends(true);
    client.push("unsaved").await;
    let mut other = world.writer().await;
    other.reads("unsaved").await;
    // Known already, and no more stored than before.
    client.send(wire::update(&client.everything())).await;
    client.settle().await;
    assert_eq!(client.statuses, [true]);
    faults.fail_appends(false);
    client.statuses(4).await;
    assert_eq!(client.statuses, [true; 4]);
    assert!(world.rows().await.0 > 0);
}

#[tokio::test]
async fn acknowledged_edits_are_there_after_a_crash() {
    let mut world = World::new().await;
    let mut client = world.provider(Access::Write).await;
    client.statuses(1).await;
    client.push("acknowledged").await;
    client.statuses(2).await;
    world.crash(config());
    assert_eq!(world.client(Access::Read).await.text(), "acknowledged");
}

#[tokio::test]
async fn refused_edits_are_said_to_be_refused_and_why() {
    let world = World::new().await;
    let mut viewer = world.provider(Access::Read).await;
    viewer.push("REFUSED").await;
    viewer.statuses(2).await;
    assert_eq!(viewer.statuses, [true, false]);
    viewer.send(wire::step_2(&viewer.everything())).await;
    viewer.statuses(3).await;
    assert_eq!(viewer.statuses, [true, false, false]);
    viewer
        .until("the reason", |viewer| {
            viewer.notes.iter().any(|note| note.contains("not edit it"))
        })
        .await;
    world.writer().await.push("seen").await;
    viewer
        .until("edits of others", |viewer| viewer.text().contains("seen"))
        .await;
    assert_eq!(world.client(Access::Read).await.text(), "seen");
}

#[tokio::test]
async fn a_promotion_settles_what_was_refused() {
    let world = World::new().await;
    let mut client = world.provider(Access::Read).await;
    for _ in 0..3 {
        client.push("late ").await;
    }
    client.statuses(4).await;
    assert_eq!(client.statuses, [true, false, false, false]);
    client.sender().set_access(Access::Write);
    client.statuses(7).await;
    client.push("new").await;
    client.statuses(8).await;
    assert_eq!(client.statuses[4..], [true; 4]);
    assert_eq!(world.client(Access::Read).await.text(), "late late late new");
}

#[tokio::test]
async fn what_hangs_on_a_refused_edit_is_told_with_it() {
    let limits = DocumentLimits {
        text_units: 10,
        ..DocumentLimits::default()
    };
    let world = World::with(CollabConfig { limits, ..config() }).await;
    let mut client = world.provider(Access::Write).await;
    client.push("0123456789").await;
    client.push("too much").await;
    client.statuses(3).await;
    assert_eq!(client.statuses, [true, true, false]);
    // Hangs on the refused one: the document asks for both, and takes them now that it has room.
    client.edit(|text, txn| text.remove_range(txn, 0, 14)).await;
    client.statuses(5).await;
    assert_eq!(client.statuses, [true, true, false, true, true]);
    assert_eq!(world.client(Access::Read).await.text(), client.text());
}

#[tokio::test]
async fn stateless_messages_reach_the_other_hocuspocus_clients() {
    let world = World::new().await;
    let mut plain = world.writer().await;
    let (mut a, mut b) = (world.provider(Access::Write).await, world.provider(Access::Read).await);
    a.send(wire::stateless("hello")).await;
    b.until("the message", |b| b.notes == ["hello"]).await;
    b.send(wire::stateless("from a viewer")).await;
    b.until("the refusal", |b| b.notes.len() == 2).await;
    for client in [&mut a, &mut plain] {
        client.settle().await;
        assert_eq!(client.notes, Vec::<String>::new());
    }
    a.send(wire::stateless(&"x".repeat(4 * 1024 + 1))).await;
    assert_eq!(a.is_closed().await, close::TOO_LARGE);
    let mut forger = world.provider(Access::Write).await;
    forger.send(wire::stateless(r#"{"codecrafter":"refused"}"#)).await;
    assert_eq!(forger.is_closed().await, close::MALFORMED);
}

#[tokio::test]
async fn plain_clients_send_no_stateless_messages() {
    let world = World::new().await;
    let mut plain = world.writer().await;
    plain.send(wire::stateless("hello")).await;
    assert_eq!(plain.is_closed().await, close::MALFORMED);
}

#[tokio::test]
async fn a_slow_reader_of_stateless_messages_is_closed_retryably() {
    let limits = DocumentLimits {
        backlog_bytes: 100_000,
        ..DocumentLimits::default()
    };
    let world = World::with(CollabConfig { limits, ..config() }).await;
    let mut writer = world.provider(Access::Write).await;
    let mut slow = world.provider(Access::Write).await;
    for _ in 0..300 {
        writer.send(wire::stateless(&"x".repeat(4_000))).await;
        writer.receive_all().await;
    }
    writer.settle().await;
    assert_eq!(slow.is_closed().await, close::TRY_LATER);
}

#[tokio::test]
async fn clients_of_both_protocols_edit_and_see_each_other() {
    let world = World::new().await;
    let mut plain = world.writer().await;
    let mut provider = Client::new(codecrafter_collab::Peer {
        user: Some(world.user("bob").await),
        access: Access::Write,
    });
    provider.connect_hocuspocus(&world).await;
    provider.synced().await;
    plain.push("one 🦀 ").await;
    provider.reads("one 🦀 ").await;
    provider.push("二").await;
    plain.reads("one 🦀 二").await;
    plain.present(&serde_json::json!({"cursor": 1})).await;
    provider.present(&serde_json::json!({"cursor": 2})).await;
    let (a, b) = (plain.id(), provider.id());
    plain
        .until("the provider's cursor", |plain| plain.sees(b).is_some())
        .await;
    provider
        .until("the other's cursor", |provider| provider.sees(a).is_some())
        .await;
    assert_eq!(
        plain.sees(b).and_then(|state| state["user"]["name"].as_str()),
        Some("BOB")
    );
    assert_eq!(
        provider.sees(a).and_then(|state| state["user"]["name"].as_str()),
        Some("ADA")
    );
}
