//! What is too large, too slow or not understood.

use codecrafter_collab::{Access, CollabConfig, DocumentLimits, MAX_FRAME_BYTES, close};
use yrs::Text;

use crate::client::Client;
use crate::faulty::{Faults, Faulty};
use crate::wire;
use crate::world::{World, config, eventually};

fn limited(limits: DocumentLimits) -> CollabConfig {
    CollabConfig { limits, ..config() }
}

#[tokio::test]
async fn an_oversized_frame_closes() {
    let world = World::new().await;
    let mut client = world.writer().await;
    client.send(vec![0; MAX_FRAME_BYTES + 1]).await;
    assert_eq!(client.is_closed().await, close::TOO_LARGE);
}

#[tokio::test]
async fn a_frame_at_the_bound_is_taken() {
    let world = World::new().await;
    let (a, mut b) = (world.writer().await, world.writer().await);
    let text = "x".repeat(MAX_FRAME_BYTES - 100);
    a.push(&text).await;
    b.until("the text", |b| b.text() == text).await;
}

#[tokio::test]
async fn malformed_frames_close() {
    let world = World::new().await;
    let mut other = world.writer().await;
    let frames = [
        vec![9],
        vec![0, 7, 0],
        vec![2, 0, 0],
        wire::update(&[1, 2, 3]),
        wire::step_2(&[]),
        wire::step_1(&[5]),
        wire::awareness(&[(1, 1, "[".to_owned())]),
        // A JSON value that is none: only yrs finds that out.
        wire::update(&[1, 1, 9, 0, 5, 1, 1, b't', 1, b'{', 0]),
        [wire::query_awareness(), wire::update(&[255])].concat(),
    ];
    for frame in frames {
        let mut client = world.writer().await;
        client.send(frame.clone()).await;
        assert_eq!(client.is_closed().await, close::MALFORMED, "{frame:?}");
    }
    other.push("unharmed").await;
    assert_eq!(world.writer().await.text(), "unharmed");
    other.settle().await;
}

#[tokio::test]
async fn what_breaks_the_replica_hurts_only_its_sender() {
    let mut world = World::new().await;
    let (mut a, mut b, mut hostile) = (world.writer().await, world.writer().await, world.writer().await);
    a.push("one").await;
    hostile.reads("one").await;
    // An item whose parent is a piece of text. Part of the frame is honest.
    let mut child = vec![1, 1, 9, 0, 4, 0];
    yrs::encoding::write::Write::write_var(&mut child, a.id());
    child.extend_from_slice(&[0, 1, b'x', 0]);
    let honest = hostile.edit_offline(|text, txn| text.push(txn, " two"));
    hostile
        .send([wire::update(&honest), wire::update(&child)].concat())
        .await;
    assert_eq!(hostile.is_closed().await, close::MALFORMED);
    b.reads("one two").await;
    a.reads("one two").await;
    a.push(" three").await;
    b.reads("one two three").await;
    eventually("all is stored", async || {
        world.crash(config());
        world.client(Access::Read).await.text() == "one two three"
    })
    .await;
    let log = world.store.updates_after(world.session, 0, 100).await.unwrap();
    assert!(log.iter().all(|update| update.bytes != child));
}

#[tokio::test]
async fn a_slow_reader_is_closed_retryably() {
    let limits = DocumentLimits {
        backlog_bytes: 100_000,
        ..DocumentLimits::default()
    };
    let world = World::with(limited(limits)).await;
    let (mut writer, mut slow) = (world.writer().await, world.writer().await);
    for _ in 0..200 {
        writer.insert(0, &"x".repeat(10_000)).await;
        writer.settle().await;
    }
    assert_eq!(slow.is_closed().await, close::TRY_LATER);
    slow.connect(&world).await;
    slow.synced().await;
    assert_eq!(slow.text(), writer.text());
}

#[tokio::test]
async fn a_reader_that_is_behind_within_bounds_gets_everything() {
    let world = World::new().await;
    let (mut writer, mut slow) = (world.writer().await, world.writer().await);
    for _ in 0..1_000 {
        writer.push("xyz").await;
        writer.receive_all().await;
    }
    writer.settle().await;
    slow.reads(&"xyz".repeat(1_000)).await;
    // Merged meanwhile.
    assert!(slow.frames < 200, "{}", slow.frames);
    writer.push("!").await;
    slow.until("the next", |slow| slow.text().ends_with('!')).await;
}

#[tokio::test]
async fn a_flood_of_questions_is_answered_once_per_turn() {
    let world = World::new().await;
    let mut client = world.writer().await;
    client.present(&serde_json::json!({})).await;
    client
        .send(
            [
                wire::query_awareness().repeat(10_000),
                wire::step_1(&[0]).repeat(10_000),
            ]
            .concat(),
        )
        .await;
    let before = client.frames;
    client.settle().await;
    assert!(client.frames - before < 10, "{}", client.frames);
}

async fn full(world: &World) -> Client {
    let mut client = world.writer().await;
    client.push(&"x".repeat(1_000)).await;
    client.settle().await;
    assert_eq!(client.denials, Vec::<String>::new());
    client
}

#[tokio::test]
async fn a_full_document_still_takes_deletions() {
    let limits = DocumentLimits {
        text_units: 1_000,
        ..DocumentLimits::default()
    };
    let world = World::with(limited(limits)).await;
    let (mut client, mut other) = (full(&world).await, world.writer().await);
    other.push("y").await;
    other.until("a refusal", |other| !other.denials.is_empty()).await;
    assert!(other.denials[0].contains("1000"), "{:?}", other.denials);
    client.edit(|text, txn| text.remove_range(txn, 0, 500)).await;
    client.settle().await;
    client.push("room again").await;
    client.settle().await;
    assert_eq!(client.denials, Vec::<String>::new());
    assert_eq!(world.client(Access::Read).await.text(), client.text());
}

#[tokio::test]
async fn deleting_what_was_refused_heals_its_sender() {
    let limits = DocumentLimits {
        text_units: 1_000,
        ..DocumentLimits::default()
    };
    let world = World::with(limited(limits)).await;
    let mut client = full(&world).await;
    client.push("refused").await;
    client.until("a refusal", |client| !client.denials.is_empty()).await;
    client.edit(|text, txn| text.remove_range(txn, 900, 107)).await;
    client.settle().await;
    client.push("fine").await;
    client.settle().await;
    let expected = "x".repeat(900) + "fine";
    let mut reader = world.client(Access::Read).await;
    reader.reads(&expected).await;
    assert_eq!(client.text(), expected);
}

#[tokio::test]
async fn the_number_of_files_is_bounded() {
    let limits = DocumentLimits {
        files: 2,
        ..DocumentLimits::default()
    };
    let world = World::with(limited(limits)).await;
    let mut client = world.writer().await;
    let files = client.doc.get_or_insert_map("files");
    for (name, is_refused) in [("a", false), ("b", false), ("a", false), ("c", true)] {
        let update = {
            let mut txn = yrs::Transact::transact_mut(&client.doc);
            yrs::Map::insert(&files, &mut txn, name, yrs::MapPrelim::default());
            txn.encode_update_v1()
        };
        client.send(wire::update(&update)).await;
        client.settle().await;
        assert_eq!(!client.denials.is_empty(), is_refused, "{name}: {:?}", client.denials);
    }
}

#[tokio::test]
async fn the_encoded_size_is_bounded() {
    let limits = DocumentLimits {
        encoded_bytes: 10_000,
        ..DocumentLimits::default()
    };
    let world = World::with(limited(limits)).await;
    let mut client = world.writer().await;
    for _ in 0..20 {
        client.push(&"x".repeat(1_000)).await;
        client.edit(|text, txn| text.remove_range(txn, 0, 1_000)).await;
    }
    client.until("a refusal", |client| !client.denials.is_empty()).await;
}

#[tokio::test]
async fn too_much_that_is_not_stored_closes_retryably() {
    let faults = Faults::new();
    let limits = DocumentLimits {
        unsaved_bytes: 1_000,
        ..DocumentLimits::default()
    };
    let wrapped = faults.clone();
    let world = World::on(limited(limits), |inner| {
        std::sync::Arc::new(Faulty { inner, faults: wrapped })
    })
    .await;
    let mut client = world.writer().await;
    faults.fail_appends(true);
    for _ in 0..20 {
        client.push(&"x".repeat(100)).await;
    }
    assert_eq!(client.is_closed().await, close::TRY_LATER);
    faults.fail_appends(false);
    eventually("stored", async || world.rows().await.0 > 0).await;
    client.connect(&world).await;
    client.synced().await;
    client.settle().await;
    assert_eq!(world.client(Access::Read).await.text(), "x".repeat(2_000));
}
