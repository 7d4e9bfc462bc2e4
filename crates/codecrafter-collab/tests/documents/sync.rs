//! Joining, syncing, relaying.

use crate::world::World;
use codecrafter_collab::{Access, Ending};

#[tokio::test]
async fn what_one_writes_the_other_reads() {
    let world = World::new().await;
    let (a, mut b) = (world.writer().await, world.writer().await);
    a.push("hello").await;
    b.reads("hello").await;
}

#[tokio::test]
async fn a_late_joiner_receives_everything() {
    let world = World::new().await;
    let mut a = world.writer().await;
    a.push("hello").await;
    a.settle().await;
    let b = world.client(Access::Read).await;
    assert_eq!(b.text(), "hello");
}

/// The first has the document encoded, the others are sent that and what came since: text typed, deleted, too long to be kept.
#[tokio::test]
async fn those_who_join_a_long_document_one_after_another_receive_everything() {
    let world = World::new().await;
    let mut writer = world.writer().await;
    writer.push(&"long ".repeat(40_000)).await;
    writer.settle().await;
    let mut early = world.client(Access::Read).await;
    for round in 0..6 {
        writer.insert(round, "é🦀").await;
        writer
            .edit(|text, txn| yrs::Text::remove_range(text, txn, 7, 1_000))
            .await;
        if round == 3 {
            writer.push(&"more".repeat(20_000)).await;
        }
        writer.settle().await;
        let late = world.client(Access::Read).await;
        assert_eq!(late.text(), writer.text(), "round {round}");
        assert_eq!(late.everything(), writer.everything(), "round {round}");
    }
    early.reads(&writer.text()).await;
}

#[tokio::test]
async fn what_was_written_offline_is_synced() {
    let world = World::new().await;
    let (mut a, mut b) = (world.writer().await, world.writer().await);
    a.leave(Ending::Clean);
    a.edit_offline(|text, txn| yrs::Text::push(text, txn, "offline"));
    a.connect(&world).await;
    a.synced().await;
    b.reads("offline").await;
}

#[tokio::test]
async fn updates_are_not_sent_back() {
    let world = World::new().await;
    let (mut a, mut b) = (world.writer().await, world.writer().await);
    let before = a.frames;
    for _ in 0..20 {
        a.push("x").await;
    }
    b.reads(&"x".repeat(20)).await;
    a.settle().await;
    // The answer to the step 1 with which it settles.
    assert_eq!(a.frames, before + 1);
}

#[tokio::test]
async fn what_is_saved_is_stored() {
    let world = World::new().await;
    let mut events = world.events().await;
    let a = world.writer().await;
    a.push("hello").await;
    assert_eq!(events.saved().await, 1);
    assert_eq!(world.rows().await, (1, 0));
}
