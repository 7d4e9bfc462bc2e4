//! Who is there, as clients with y-protocols' rules see it.

use std::time::Duration;

use codecrafter_collab::{Access, CollabConfig, DocumentLimits, Ending, Peer, close};
use serde_json::{Value, json};

use crate::client::Client;
use crate::wire::{self, Message};
use crate::world::{World, config};

async fn client_of(world: &World, name: &str) -> Client {
    let user = world.user(name).await;
    let mut client = Client::new(Peer {
        user: Some(user),
        access: Access::Read,
    });
    client.connect(world).await;
    client.synced().await;
    client
}

async fn sees(client: &mut Client, other: u64, field: &str, value: &Value) {
    let what = format!("{field} = {value}");
    client
        .until(&what, |client| {
            client.sees(other).is_some_and(|state| state.get(field) == Some(value))
        })
        .await;
}

async fn sees_nobody(client: &mut Client, other: u64) {
    client
        .until("somebody to be gone", |client| client.sees(other).is_none())
        .await;
}

#[tokio::test]
async fn presence_is_passed_on_with_the_servers_identity() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "user": { "name": "mallory" }, "cursor": 1 }))
        .await;
    sees(&mut bob, ada.id(), "cursor", &json!(1)).await;
    let owner = &world.owner;
    let user = json!({
        "id": owner.id, "name": "ADA", "username": "ada", "color": "#1f6feb", "colorLight": "#1f6feb33",
    });
    assert_eq!(bob.sees(ada.id()).unwrap()["user"], user);
}

#[tokio::test]
async fn presence_is_echoed_to_its_sender() {
    let world = World::new().await;
    let mut ada = world.writer().await;
    for round in 0..3 {
        ada.present(&json!({ "round": round })).await;
        // Receiving it asserts that the own state is not overruled.
        while !matches!(ada.receive().await, Some(Message::Awareness(_))) {}
    }
}

#[tokio::test]
async fn whoever_joins_sees_those_who_are_there() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "a": 1 })).await;
    bob.present(&json!({ "b": 1 })).await;
    sees(&mut ada, bob.id(), "b", &json!(1)).await;
    let mut eve = client_of(&world, "eve").await;
    sees(&mut eve, ada.id(), "a", &json!(1)).await;
    assert!(eve.sees(bob.id()).is_some());
    eve.send(wire::query_awareness()).await;
    while !matches!(eve.receive().await, Some(Message::Awareness(_))) {}
}

#[tokio::test]
async fn nobody_speaks_for_another() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "a": 1 })).await;
    sees(&mut bob, ada.id(), "a", &json!(1)).await;
    bob.send(wire::awareness(&[(ada.id(), 1_000, json!({ "a": 2 }).to_string())]))
        .await;
    bob.send(wire::awareness(&[(ada.id(), 1_001, "null".to_owned())])).await;
    bob.present(&json!({ "b": 1 })).await;
    sees(&mut ada, bob.id(), "b", &json!(1)).await;
    let eve = {
        let mut eve = client_of(&world, "eve").await;
        sees(&mut eve, ada.id(), "a", &json!(1)).await;
        eve
    };
    assert_eq!(eve.sees(ada.id()).unwrap()["a"], json!(1));
}

#[tokio::test]
async fn null_ends_presence_at_once() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({})).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    ada.present(&Value::Null).await;
    sees_nobody(&mut bob, ada.id()).await;
}

#[tokio::test]
async fn a_clean_end_is_announced_at_once() {
    let config = CollabConfig {
        presence_grace: Duration::from_hours(1),
        ..config()
    };
    let world = World::with(config).await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({})).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    ada.leave(Ending::Clean);
    sees_nobody(&mut bob, ada.id()).await;
}

#[tokio::test]
async fn a_lost_connection_is_announced_after_a_grace_period() {
    let config = CollabConfig {
        presence_grace: Duration::from_millis(20),
        ..config()
    };
    let world = World::with(config).await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({})).await;
    bob.until("ada", |bob| bob.sees(ada.id()).is_some()).await;
    drop(ada.stop_reading());
    sees_nobody(&mut bob, ada.id()).await;
}

#[tokio::test]
async fn coming_back_within_the_grace_period_is_not_noticed() {
    let config = CollabConfig {
        presence_grace: Duration::from_hours(1),
        ..config()
    };
    let world = World::with(config).await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "a": 1 })).await;
    sees(&mut bob, ada.id(), "a", &json!(1)).await;
    for round in 0..3 {
        ada.leave(Ending::Lost);
        ada.connect(&world).await;
        ada.present_again().await;
        ada.synced().await;
        ada.present(&json!({ "round": round })).await;
        let id = ada.id();
        while bob.sees(id).and_then(|state| state.get("round")) != Some(&json!(round)) {
            assert!(bob.sees(id).is_some(), "announced as gone");
            bob.receive().await.expect("open");
        }
    }
}

#[tokio::test]
async fn after_a_reconnect_both_see_each_other_at_once() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "a": 1 })).await;
    bob.present(&json!({ "b": 1 })).await;
    sees(&mut bob, ada.id(), "a", &json!(1)).await;
    for _ in 0..3 {
        sees(&mut ada, bob.id(), "b", &json!(1)).await;
        ada.leave(Ending::Clean);
        sees_nobody(&mut bob, ada.id()).await;
        ada.connect(&world).await;
        // With the clock of before, as stock clients do, while both sides remember theirs.
        ada.present_again().await;
        sees(&mut bob, ada.id(), "a", &json!(1)).await;
    }
    sees(&mut ada, bob.id(), "b", &json!(1)).await;
}

#[tokio::test]
async fn a_reconnect_before_the_old_end_is_noticed_overrules_nobody() {
    let world = World::new().await;
    let (mut ada, mut bob) = (world.writer().await, client_of(&world, "bob").await);
    ada.present(&json!({ "a": 1 })).await;
    sees(&mut bob, ada.id(), "a", &json!(1)).await;
    let half_open = ada.sender();
    let _outgoing = ada.keep_outgoing();
    ada.connect(&world).await;
    // Receiving asserts that the own state is not overruled.
    ada.synced().await;
    ada.present_again().await;
    ada.present(&json!({ "a": 2 })).await;
    sees(&mut bob, ada.id(), "a", &json!(2)).await;
    half_open.close(Ending::Clean);
    ada.present(&json!({ "a": 3 })).await;
    sees(&mut bob, ada.id(), "a", &json!(3)).await;
}

#[tokio::test]
async fn two_tabs_of_one_user_see_each_other() {
    let world = World::new().await;
    let mut first = world.writer().await;
    first.present(&json!({ "tab": 1 })).await;
    let mut second = world.writer().await;
    second.present(&json!({ "tab": 2 })).await;
    sees(&mut second, first.id(), "tab", &json!(1)).await;
    sees(&mut first, second.id(), "tab", &json!(2)).await;
}

#[tokio::test]
async fn the_anonymous_have_no_presence() {
    let world = World::new().await;
    let mut ada = world.writer().await;
    let mut reader = Client::new(Peer {
        user: None,
        access: Access::Read,
    });
    reader.connect(&world).await;
    reader.synced().await;
    reader.present(&json!({ "a": 1 })).await;
    reader.settle().await;
    ada.present(&json!({ "a": 2 })).await;
    sees(&mut reader, ada.id(), "a", &json!(2)).await;
    ada.settle().await;
    assert!(ada.sees(reader.id()).is_none());
}

#[tokio::test]
async fn a_large_state_closes() {
    let limits = DocumentLimits {
        awareness_bytes: 500,
        ..DocumentLimits::default()
    };
    let world = World::with(CollabConfig { limits, ..config() }).await;
    let mut ada = world.writer().await;
    ada.present(&json!({ "a": "x".repeat(400) })).await;
    ada.settle().await;
    ada.present(&json!({ "a": "x".repeat(600) })).await;
    assert_eq!(ada.is_closed().await, close::TOO_LARGE);
}
