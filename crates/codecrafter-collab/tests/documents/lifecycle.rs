//! Opening, beginning, unloading, closing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use codecrafter_collab::{Access, CollabConfig, CollabError, DocumentLimits, Ending, close};
use codecrafter_domain::id::SessionId;
use futures::future::join_all;

use crate::client::Client;
use crate::faulty::{Faults, Faulty};
use crate::world::{World, config, eventually};

async fn faulty(config: CollabConfig) -> (World, Arc<Faults>) {
    let faults = Faults::new();
    let wrapped = faults.clone();
    let world = World::on(config, |inner| Arc::new(Faulty { inner, faults: wrapped })).await;
    (world, faults)
}

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), (*content).to_owned()))
        .collect()
}

#[tokio::test]
async fn concurrent_first_joins_share_one_load() {
    let (world, faults) = faulty(config()).await;
    faults.opens.send_replace(false);
    let joins = async {
        let mut clients: Vec<_> = (0..20).map(|_| Client::new(world.peer(Access::Write))).collect();
        join_all(clients.iter_mut().map(|client| client.connect(&world))).await;
        clients
    };
    let open = async {
        eventually("loading", async || faults.loads.load(Ordering::SeqCst) > 0).await;
        faults.opens.send_replace(true);
    };
    let (mut clients, ()) = tokio::join!(joins, open);
    for client in &mut clients {
        client.synced().await;
    }
    assert_eq!(faults.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nothing_is_answered_before_the_document_is_loaded() {
    let (world, faults) = faulty(config()).await;
    world
        .documents
        .create(world.session, world.owner.id, &files(&[("a.py", "1")]))
        .await
        .unwrap();
    let mut world = world;
    faults.opens.send_replace(false);
    let wrapped = Faulty {
        inner: world.store.clone(),
        faults: faults.clone(),
    };
    world.documents =
        codecrafter_collab::Documents::new(Arc::new(wrapped), world.store.clone(), Arc::clone(&world.bus), config());
    let joining = world.client(Access::Write);
    let opening = async {
        eventually("loading", async || faults.loads.load(Ordering::SeqCst) > 1).await;
        faults.opens.send_replace(true);
    };
    let (client, ()) = tokio::join!(joining, opening);
    assert_eq!(
        yrs::Map::len(
            &client.doc.get_or_insert_map("files"),
            &yrs::Transact::transact(&client.doc)
        ),
        1
    );
}

#[tokio::test]
async fn a_failed_load_is_told_to_all_and_tried_again() {
    let (world, faults) = faulty(config()).await;
    faults.loads_fail.store(true, Ordering::SeqCst);
    let joins = (0..5).map(|_| world.documents.connect(world.session, world.peer(Access::Write)));
    for result in join_all(joins).await {
        assert!(matches!(result.err(), Some(CollabError::Unavailable(_))));
    }
    let files = world.documents.files(world.session).await;
    assert!(matches!(files, Err(CollabError::Unavailable(_))));
    faults.loads_fail.store(false, Ordering::SeqCst);
    world.writer().await;
}

#[tokio::test]
async fn an_unknown_session_cannot_be_opened() {
    let world = World::new().await;
    let result = world
        .documents
        .connect(SessionId::new(), world.peer(Access::Write))
        .await;
    assert!(result.is_err());
}

#[tokio::test]
async fn a_created_document_has_its_files() {
    let mut world = World::new().await;
    let given = files(&[("src/main.py", "print('hi')\n"), ("README.md", "")]);
    world
        .documents
        .create(world.session, world.owner.id, &given)
        .await
        .unwrap();
    // Durable by now.
    world.crash(config());
    let read = world.documents.files(world.session).await.unwrap();
    let read: Vec<_> = read
        .iter()
        .map(|file| (file.path.as_str(), file.content.as_str()))
        .collect();
    assert_eq!(read, [("README.md", ""), ("src/main.py", "print('hi')\n")]);
    let log = world.store.updates_after(world.session, 0, 10).await.unwrap();
    assert_eq!(log[0].author, Some(world.owner.id));
}

#[tokio::test]
async fn a_document_is_created_once() {
    let world = World::new().await;
    let given = files(&[("a.py", "1")]);
    let attempts = (0..5).map(|_| world.documents.create(world.session, world.owner.id, &given));
    let results = join_all(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(
        results
            .iter()
            .filter(|result| **result == Err(CollabError::Exists))
            .count(),
        4
    );
    assert_eq!(world.documents.files(world.session).await.unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_there_receives_the_first_files() {
    let world = World::new().await;
    let mut client = world.writer().await;
    world
        .documents
        .create(world.session, world.owner.id, &files(&[("a.py", "1")]))
        .await
        .unwrap();
    let map = client.doc.get_or_insert_map("files");
    client
        .until("a file", |client| {
            yrs::Map::len(&map, &yrs::Transact::transact(&client.doc)) == 1
        })
        .await;
}

#[tokio::test]
async fn unusable_files_are_refused() {
    let limits = DocumentLimits {
        text_units: 100,
        files: 3,
        ..DocumentLimits::default()
    };
    let world = World::with(CollabConfig { limits, ..config() }).await;
    let large = "x".repeat(101);
    for given in [
        &[("../etc/passwd", "")][..],
        &[("a", ""), ("A", "")],
        &[("a", ""), ("a/b", "")],
        &[("large", large.as_str())],
        &[("a", ""), ("b", ""), ("c", ""), ("d", "")],
    ] {
        let result = world
            .documents
            .create(world.session, world.owner.id, &files(given))
            .await;
        assert!(matches!(result, Err(CollabError::Invalid(_))), "{given:?}: {result:?}");
    }
    assert_eq!(world.rows().await, (0, 0));
    world
        .documents
        .create(world.session, world.owner.id, &files(&[("a", "fine")]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failed_creation_can_be_tried_again() {
    let (world, faults) = faulty(config()).await;
    faults.fail_appends(true);
    let given = files(&[("a.py", "1")]);
    let result = world.documents.create(world.session, world.owner.id, &given).await;
    assert!(matches!(result, Err(CollabError::Unavailable(_))));
    faults.fail_appends(false);
    eventually("created", async || {
        world
            .documents
            .create(world.session, world.owner.id, &given)
            .await
            .is_ok()
    })
    .await;
    assert_eq!(world.documents.files(world.session).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_idle_document_is_unloaded_and_opened_again() {
    let (world, faults) = faulty(CollabConfig {
        idle_unload: Duration::ZERO,
        ..config()
    })
    .await;
    let mut client = world.writer().await;
    client.push("kept").await;
    client.settle().await;
    let sender = client.stop_reading();
    eventually("unloaded", async || sender.send(vec![3].into()).await.is_err()).await;
    assert_eq!(world.client(Access::Read).await.text(), "kept");
    assert_eq!(faults.loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_document_unloads_once_it_is_stored() {
    let mut held = std::sync::Weak::<Faulty>::new();
    let config = CollabConfig {
        idle_unload: Duration::ZERO,
        ..config()
    };
    let mut world = World::on(config.clone(), |inner| {
        let store = Arc::new(Faulty {
            inner,
            faults: Faults::new(),
        });
        held = Arc::downgrade(&store);
        store
    })
    .await;
    let mut client = world.writer().await;
    client.push("kept").await;
    client.settle().await;
    client.leave(Ending::Clean);
    // Nobody asks the document for anything any more; only the document itself holds this store.
    world.crash(config);
    eventually("unloaded", async || held.strong_count() == 0).await;
    assert_eq!(world.client(Access::Read).await.text(), "kept");
}

#[tokio::test]
async fn a_document_in_use_is_not_unloaded() {
    let (world, faults) = faulty(CollabConfig {
        idle_unload: Duration::ZERO,
        ..config()
    })
    .await;
    let (mut client, mut other) = (world.writer().await, world.writer().await);
    for round in 1..20 {
        client.push("x").await;
        other.reads(&"x".repeat(round)).await;
    }
    client.settle().await;
    assert_eq!(faults.loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_shutdown_stores_everything_and_closes_retryably() {
    let (mut world, _) = faulty(CollabConfig {
        batch_interval: Duration::from_hours(1),
        ..config()
    })
    .await;
    let mut client = world.writer().await;
    client.push("kept").await;
    client.settle().await;
    assert_eq!(world.rows().await, (0, 0));
    world.documents.shutdown().await;
    assert_eq!(client.is_closed().await, close::RESTART);
    let result = world.documents.connect(world.session, world.peer(Access::Write)).await;
    assert!(matches!(result.err(), Some(CollabError::Unavailable(_))));
    world.crash(config());
    assert_eq!(world.client(Access::Read).await.text(), "kept");
}

#[tokio::test]
async fn dropping_the_outbound_end_is_noticed() {
    let (world, faults) = faulty(CollabConfig {
        idle_unload: Duration::ZERO,
        ..config()
    })
    .await;
    let mut client = world.writer().await;
    let sender = client.stop_reading();
    // Unloaded although the inbound end is still held.
    eventually("unloaded", async || sender.send(vec![3].into()).await.is_err()).await;
    world.writer().await;
    assert!(faults.loads.load(Ordering::SeqCst) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_sent_before_the_outbound_end_was_dropped_count() {
    let world = World::new().await;
    let mut reader = world.client(Access::Read).await;
    for round in 1..=50 {
        let mut writer = world.writer().await;
        for _ in 0..5 {
            writer.push("x").await;
        }
        drop(writer.stop_reading());
        reader.until("all", |reader| reader.text().len() == 5 * round).await;
    }
}
