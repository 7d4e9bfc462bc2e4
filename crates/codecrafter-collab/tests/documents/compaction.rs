//! Folding the log into the base.

use codecrafter_collab::{Access, CollabConfig, Ending};
use yrs::Text;

use crate::world::{World, config, eventually};

#[tokio::test]
async fn compaction_under_continuous_editing_loses_nothing() {
    let config = CollabConfig {
        compact_after: 8,
        ..config()
    };
    let mut world = World::with(config.clone()).await;
    let mut events = world.events().await;
    let (mut a, mut b) = (world.writer().await, world.writer().await);
    let mut round = 0;
    while world.rows().await.1 < 5 {
        round += 1;
        a.insert(0, "ab").await;
        b.push("cd").await;
        b.edit(|text, txn| text.remove_range(txn, 0, 1)).await;
        a.receive_all().await;
        b.receive_all().await;
        events.saved().await;
        assert!(round < 2_000, "never compacted");
    }
    a.settle().await;
    b.settle().await;
    a.settle().await;
    let expected = a.text();
    eventually("all is stored", async || {
        world.crash(config.clone());
        world.client(Access::Read).await.text() == expected
    })
    .await;
    // The whole log is still there for playback.
    let log = world.store.updates_after(world.session, 0, 100_000).await.unwrap();
    let (unfolded, _) = world.rows().await;
    assert!(log.len() > unfolded);
}

#[tokio::test]
async fn a_compacted_document_counts_on() {
    let config = CollabConfig {
        compact_after: 3,
        ..config()
    };
    let mut world = World::with(config.clone()).await;
    let mut events = world.events().await;
    let writer = world.writer().await;
    for expected in 1..=6 {
        writer.push("x").await;
        while events.saved().await < expected {}
    }
    eventually("compacted", async || world.rows().await.1 > 0).await;
    world.crash(config);
    let writer = world.writer().await;
    writer.push("x").await;
    while events.saved().await != 7 {}
}

#[tokio::test]
async fn unloading_compacts() {
    let config = CollabConfig {
        compact_on_unload_after: 3,
        idle_unload: std::time::Duration::from_millis(20),
        ..config()
    };
    let world = World::with(config).await;
    let mut events = world.events().await;
    let mut writer = world.writer().await;
    for expected in 1..=4 {
        writer.push("x").await;
        while events.saved().await < expected {}
    }
    assert_eq!(world.rows().await, (4, 0));
    writer.leave(Ending::Clean);
    eventually("compacted", async || world.rows().await == (1, 1)).await;
    assert_eq!(world.client(Access::Read).await.text(), "xxxx");
}
