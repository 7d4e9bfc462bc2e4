//! What a reader may not do, and that it may do the rest.

use codecrafter_collab::Access;
use yrs::Text;

use crate::client::Client;
use crate::wire::{self, Message};
use crate::world::World;

/// A writer whose text is "base", and a reader who has received it.
async fn pair(world: &World) -> (Client, Client) {
    let mut writer = world.writer().await;
    writer.push("base").await;
    writer.settle().await;
    let reader = world.client(Access::Read).await;
    assert_eq!(reader.text(), "base");
    (writer, reader)
}

/// That nobody has seen what the reader wrote, and that the reader still receives.
async fn is_unharmed(world: &World, writer: &mut Client, reader: &mut Client) {
    writer.settle().await;
    assert_eq!(writer.text(), "base");
    writer.push("!").await;
    reader
        .until("the next edit", |reader| reader.text().contains('!'))
        .await;
    assert_eq!(world.client(Access::Read).await.text(), "base!");
}

#[tokio::test]
async fn a_readers_update_is_refused() {
    let world = World::new().await;
    let (mut writer, mut reader) = pair(&world).await;
    reader.push("x").await;
    reader.until("a refusal", |reader| !reader.denials.is_empty()).await;
    is_unharmed(&world, &mut writer, &mut reader).await;
}

#[tokio::test]
async fn a_readers_deletion_is_refused() {
    let world = World::new().await;
    let (mut writer, mut reader) = pair(&world).await;
    let update = reader.edit_offline(|text, txn| text.remove_range(txn, 0, 1));
    reader.send(wire::update(&update)).await;
    reader.until("a refusal", |reader| !reader.denials.is_empty()).await;
    writer.settle().await;
    assert_eq!(writer.text(), "base");
}

#[tokio::test]
async fn a_readers_step_2_is_refused() {
    let world = World::new().await;
    let (mut writer, mut reader) = pair(&world).await;
    reader.edit_offline(|text, txn| text.push(txn, "x"));
    let all = reader.everything();
    reader.send(wire::step_2(&all)).await;
    reader.until("a refusal", |reader| !reader.denials.is_empty()).await;
    is_unharmed(&world, &mut writer, &mut reader).await;
}

#[tokio::test]
async fn every_message_of_a_frame_is_checked() {
    let world = World::new().await;
    let (mut writer, mut reader) = pair(&world).await;
    let update = reader.edit_offline(|text, txn| text.push(txn, "x"));
    let frame = [wire::step_1(&[0]), wire::query_awareness(), wire::update(&update)].concat();
    reader.send(frame).await;
    reader.until("a refusal", |reader| !reader.denials.is_empty()).await;
    is_unharmed(&world, &mut writer, &mut reader).await;
}

#[tokio::test]
async fn a_step_2_without_news_is_fine() {
    let world = World::new().await;
    let mut writer = world.writer().await;
    writer.push("base").await;
    writer.edit(|text, txn| text.remove_range(txn, 1, 1)).await;
    writer.settle().await;
    let mut reader = world.client(Access::Read).await;
    let all = reader.everything();
    reader.send(wire::step_2(&all)).await;
    reader.send(wire::update(&all)).await;
    reader.settle().await;
    assert_eq!(reader.denials, Vec::<String>::new());
}

#[tokio::test]
async fn refusals_do_not_flood() {
    let world = World::new().await;
    let (_writer, mut reader) = pair(&world).await;
    for _ in 0..50 {
        reader.push("x").await;
    }
    reader.settle().await;
    assert_eq!(reader.denials.len(), 1);
}

#[tokio::test]
async fn a_promotion_brings_what_was_refused() {
    let world = World::new().await;
    let (mut writer, mut reader) = pair(&world).await;
    reader.push(" one").await;
    reader.until("a refusal", |reader| !reader.denials.is_empty()).await;
    reader.sender().set_access(Access::Write);
    // It goes on before it hears of the promotion, upon what was refused.
    reader.push(" two").await;
    while !matches!(reader.receive().await, Some(Message::Step1(_))) {}
    writer.reads("base one two").await;
}

#[tokio::test]
async fn a_demotion_holds_from_the_next_frame() {
    let world = World::new().await;
    let (mut writer, mut other) = (world.writer().await, world.writer().await);
    other.push("x").await;
    writer.reads("x").await;
    other.sender().set_access(Access::Read);
    other.push("y").await;
    other.until("a refusal", |other| !other.denials.is_empty()).await;
    writer.settle().await;
    assert_eq!(writer.text(), "x");
}

#[tokio::test]
async fn an_edit_upon_a_refused_one_is_asked_for() {
    let world = World::new().await;
    let (mut a, mut b) = (world.writer().await, world.writer().await);
    // The first never arrives.
    a.edit_offline(|text, txn| text.push(txn, "lost "));
    a.push("found").await;
    while !matches!(a.receive().await, Some(Message::Step1(_))) {}
    b.reads("lost found").await;
}
