//! Snapshots, bringing them back, and forgetting how things came to be.

use std::time::Duration;

use codecrafter_collab::{Access, CollabConfig, CollabError, Ending, FileText, SnapshotRequest};
use codecrafter_domain::event::SessionEventKind;
use codecrafter_domain::snapshot::{Snapshot, SnapshotKind};
use codecrafter_store::types::PageRequest;
use yrs::{GetString, Map, ReadTxn, Transact};

use crate::client::Client;
use crate::world::{World, config, eventually};

fn file(path: &str, content: &str) -> FileText {
    FileText {
        path: path.to_owned(),
        content: content.to_owned(),
    }
}

async fn created(world: &World, files: &[(&str, &str)]) {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    world
        .documents
        .create(world.session, world.owner.id, &files)
        .await
        .unwrap();
}

/// What a client sees in the file of this path.
fn sees(client: &Client, path: &str) -> Option<String> {
    let txn = client.doc.transact();
    let files = txn.get_map("files")?;
    files.iter(&txn).find_map(|(_, entry)| {
        let file = entry.cast::<yrs::MapRef>().ok()?;
        let named: String = file.get_as(&txn, "path").ok()?;
        let text = file.get(&txn, "content")?.cast::<yrs::TextRef>().ok()?;
        (named == path).then(|| text.get_string(&txn))
    })
}

async fn snapshots(world: &World) -> Vec<Snapshot> {
    let all = PageRequest {
        cursor: None,
        limit: 100,
    };
    world.store.snapshots(world.session, &all).await.unwrap().items
}

#[tokio::test]
async fn others_see_a_restored_state_arrive() {
    let mut world = World::new().await;
    created(&world, &[("a.py", "one\ntwo\n"), ("gone.py", "x")]).await;
    let mut other = world.client(Access::Read).await;
    let wanted = vec![file("a.py", "one\n2\n"), file("new.py", "n")];
    let restored = world.documents.restore(world.session, world.owner.id, wanted.clone());
    assert!(restored.await.unwrap());
    other.until("restored", |client| sees(client, "new.py").is_some()).await;
    assert_eq!(sees(&other, "a.py").as_deref(), Some("one\n2\n"));
    assert_eq!(sees(&other, "gone.py"), None);
    let again = world.documents.restore(world.session, world.owner.id, wanted.clone());
    assert!(!again.await.unwrap(), "nothing is left to change");
    world.crash(config());
    assert_eq!(world.documents.files(world.session).await.unwrap(), wanted);
    let log = world.store.updates_after(world.session, 0, 10).await.unwrap();
    assert_eq!(log.last().unwrap().author, Some(world.owner.id));
}

#[tokio::test]
async fn typing_goes_on_through_a_restoration() {
    let world = World::new().await;
    created(&world, &[("a.py", "old")]).await;
    let mut writer = world.writer().await;
    writer.push("typed ").await;
    let restored = world
        .documents
        .restore(world.session, world.owner.id, vec![file("a.py", "new")]);
    restored.await.unwrap();
    writer.push("on").await;
    writer.settle().await;
    let mut late = world.client(Access::Read).await;
    late.reads("typed on").await;
    assert_eq!(sees(&late, "a.py").as_deref(), Some("new"));
}

#[tokio::test]
async fn what_is_too_large_is_not_restored() {
    let mut small = config();
    small.limits.text_units = 100;
    let world = World::with(small).await;
    created(&world, &[("a.py", "x")]).await;
    let large = vec![file("a.py", &"y".repeat(200))];
    let refused = world.documents.restore(world.session, world.owner.id, large).await;
    assert!(matches!(refused, Err(CollabError::Invalid(_))), "{refused:?}");
    assert_eq!(world.documents.files(world.session).await.unwrap(), [file("a.py", "x")]);
}

#[tokio::test]
async fn a_snapshot_has_the_files_and_is_told() {
    let world = World::new().await;
    created(&world, &[("a.py", "x")]).await;
    let request = SnapshotRequest {
        name: Some("first".into()),
        by: Some(world.owner.clone()),
        ..SnapshotRequest::of(SnapshotKind::Named)
    };
    let mut events = world.events().await;
    let made = world.documents.snapshot(world.session, request).await.unwrap().unwrap();
    assert_eq!(made.by.as_ref(), Some(&world.owner));
    let stored = world.store.snapshot(world.session, made.id).await.unwrap();
    assert_eq!(stored, (made.clone(), vec![file("a.py", "x")]));
    loop {
        if let SessionEventKind::SnapshotCreated { snapshot } = events.next().await {
            assert_eq!(snapshot, made);
            break;
        }
    }
}

#[tokio::test]
async fn people_make_as_many_snapshots_as_allowed() {
    let world = World::with(CollabConfig {
        named_snapshots: 1,
        ..config()
    })
    .await;
    let named = || SnapshotRequest::of(SnapshotKind::Named);
    world.documents.snapshot(world.session, named()).await.unwrap();
    let refused = world.documents.snapshot(world.session, named()).await;
    assert!(matches!(refused, Err(CollabError::Full(_))), "{refused:?}");
}

#[tokio::test]
async fn editing_is_copied_from_time_to_time() {
    let world = World::with(CollabConfig {
        snapshot_every: Duration::from_millis(20),
        ..config()
    })
    .await;
    created(&world, &[("a.py", "x")]).await;
    let writer = world.writer().await;
    writer.push("edited").await;
    eventually("a snapshot", async || !snapshots(&world).await.is_empty()).await;
    // A second edit that changes no file makes no second one.
    writer.push("again").await;
    world
        .documents
        .restore(world.session, world.owner.id, vec![file("a.py", "y")])
        .await
        .unwrap();
    writer.push("and again").await;
    eventually("another one", async || snapshots(&world).await.len() == 2).await;
    assert!(
        snapshots(&world)
            .await
            .iter()
            .all(|snapshot| snapshot.kind == SnapshotKind::Timed)
    );
}

#[tokio::test]
async fn the_last_to_leave_leaves_a_copy() {
    let world = World::with(CollabConfig {
        idle_unload: Duration::ZERO,
        ..config()
    })
    .await;
    created(&world, &[("a.py", "x")]).await;
    let mut writer = world.writer().await;
    writer.push("edited").await;
    writer.settle().await;
    writer.leave(Ending::Clean);
    eventually("a snapshot", async || snapshots(&world).await.len() == 1).await;
}

#[tokio::test]
async fn what_was_deleted_is_nowhere_after_a_purge() {
    let mut world = World::new().await;
    created(&world, &[("a.py", "kept")]).await;
    let mut writer = world.writer().await;
    let mut events = world.events().await;
    writer.push("a secret word").await;
    while events.saved().await < 2 {}
    writer.edit(|text, txn| yrs::Text::remove_range(text, txn, 2, 7)).await;
    while events.saved().await < 3 {}
    writer.settle().await;
    world
        .documents
        .purge_history(world.session, world.owner.id)
        .await
        .unwrap();
    let start = world.store.history_start(world.session).await.unwrap().unwrap();
    let log = world.store.updates_after(world.session, 0, 100).await.unwrap();
    let all: Vec<u8> = [start.base.clone()]
        .into_iter()
        .chain(log.iter().map(|update| update.bytes.clone()))
        .flatten()
        .collect();
    assert!(!all.windows(6).any(|window| window == b"secret"));
    assert!(start.base.windows(4).any(|window| window == b"kept"));
    assert_eq!(log.len(), 1, "the mark");
    assert!(log[0].seq > start.seq);
    writer.push("!").await;
    while events.saved().await < 5 {}
    world.crash(config());
    assert_eq!(world.client(Access::Read).await.text(), "a word!");
}
