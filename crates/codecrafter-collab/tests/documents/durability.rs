//! What was announced as saved is there; what could not be saved is kept until it is.

use std::sync::Arc;

use codecrafter_collab::Access;
use codecrafter_domain::event::SessionEventKind;
use codecrafter_store::StoreError;

use crate::faulty::{Faults, Faulty};
use crate::world::{World, config};

async fn faulty() -> (World, Arc<Faults>) {
    let faults = Faults::new();
    let wrapped = faults.clone();
    let world = World::on(config(), |inner| Arc::new(Faulty { inner, faults: wrapped })).await;
    (world, faults)
}

#[tokio::test]
async fn saved_is_said_only_once_it_is_stored() {
    let (world, faults) = faulty().await;
    let mut events = world.events().await;
    faults.appends.send_replace(false);
    let (writer, mut reader) = (world.writer().await, world.client(Access::Read).await);
    writer.push("x").await;
    // Passed on, but neither stored nor said to be.
    reader.reads("x").await;
    assert_eq!(world.rows().await.0, 0);
    faults.appends.send_replace(true);
    assert_eq!(events.saved().await, 1);
    assert_eq!(world.rows().await.0, 1);
    assert_eq!(events.seen.len(), 1);
}

#[tokio::test]
async fn relaying_does_not_wait_for_the_store() {
    let (world, faults) = faulty().await;
    let (writer, mut reader) = (world.writer().await, world.client(Access::Read).await);
    faults.appends.send_replace(false);
    for round in 1..=50 {
        writer.push("x").await;
        reader.reads(&"x".repeat(round)).await;
    }
    faults.appends.send_replace(true);
}

#[tokio::test]
async fn an_outage_is_said_once_and_heals() {
    let (mut world, faults) = faulty().await;
    let mut events = world.events().await;
    let (writer, mut reader) = (world.writer().await, world.client(Access::Read).await);
    writer.push("before ").await;
    events.saved().await;
    faults.fail_appends(true);
    writer.push("during ").await;
    events.unsaved().await;
    writer.push("still ").await;
    reader.reads("before during still ").await;
    faults.fail_appends(false);
    events.saved().await;
    writer.push("after").await;
    let log = async || world.store.updates_after(world.session, 0, 100).await.unwrap();
    while log().await.len() < 3 || world.rows().await.0 as u64 > last_saved(&events.seen) {
        events.saved().await;
    }
    let outages = events
        .seen
        .iter()
        .filter(|kind| **kind == SessionEventKind::DocumentUnsaved);
    assert_eq!(outages.count(), 1);
    world.crash(config());
    let expected = writer.text();
    crate::world::eventually("nothing is lost", async || {
        world.crash(config());
        world.client(Access::Read).await.text() == expected
    })
    .await;
}

fn last_saved(seen: &[SessionEventKind]) -> u64 {
    let saved = seen.iter().rev().find_map(|kind| match kind {
        SessionEventKind::DocumentSaved { updates } => Some(*updates),
        _ => None,
    });
    saved.unwrap_or(0)
}

#[tokio::test]
async fn what_was_saved_survives_a_crash() {
    let mut world = World::new().await;
    for round in 0..10 {
        let mut events = world.events().await;
        let mut writer = world.writer().await;
        let before = last_saved_in(&world).await;
        writer.push("x").await;
        writer.receive_all().await;
        while events.saved().await <= before {}
        world.crash(config());
        assert_eq!(world.client(Access::Read).await.text().len(), round + 1);
    }
}

async fn last_saved_in(world: &World) -> u64 {
    world.store.updates_after(world.session, 0, 1_000).await.unwrap().len() as u64
}

#[tokio::test]
async fn author_and_time_are_kept() {
    let world = World::new().await;
    let mut events = world.events().await;
    let bob = world.user("bob").await;
    let ada = world.writer().await;
    let mut bobs = crate::client::Client::new(codecrafter_collab::Peer {
        user: Some(bob.clone()),
        access: Access::Write,
    });
    bobs.connect(&world).await;
    bobs.synced().await;
    let start = chrono::Utc::now();
    ada.push("by ada").await;
    bobs.push("by bob").await;
    while last_saved_in(&world).await < 2 {
        events.saved().await;
    }
    let log = world.store.updates_after(world.session, 0, 10).await.unwrap();
    let authors: Vec<_> = log.iter().map(|update| update.author).collect();
    assert_eq!(authors, [Some(world.owner.id), Some(bob.id)]);
    let slack = chrono::TimeDelta::milliseconds(1);
    assert!(
        log.iter()
            .all(|update| update.at >= start - slack && update.at <= chrono::Utc::now() + slack)
    );
}

#[tokio::test]
async fn a_deleted_session_ends_its_document() {
    let world = World::new().await;
    let mut writer = world.writer().await;
    world.store.delete_session(world.session).await.unwrap();
    writer.push("too late").await;
    assert_eq!(writer.is_closed().await, codecrafter_collab::close::GONE);
    let result = world.store.load_document(world.session).await;
    assert!(matches!(result, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn unsaved_edits_survive_a_broken_replica() {
    let (world, faults) = faulty().await;
    let (mut writer, mut hostile) = (world.writer().await, world.writer().await);
    faults.appends.send_replace(false);
    writer.push("kept").await;
    hostile.reads("kept").await;
    let mut child = vec![1, 1, 9, 0, 4, 0];
    yrs::encoding::write::Write::write_var(&mut child, writer.id());
    child.extend_from_slice(&[0, 1, b'x', 0]);
    hostile.send(crate::wire::update(&child)).await;
    assert_eq!(hostile.is_closed().await, codecrafter_collab::close::MALFORMED);
    assert_eq!(world.client(Access::Read).await.text(), "kept");
    writer.push("!").await;
    writer.settle().await;
    assert_eq!(world.client(Access::Read).await.text(), "kept!");
    faults.appends.send_replace(true);
}
