//! Documents: the log of updates and its compaction.

use std::sync::Arc;

use chrono::TimeDelta;
use codecrafter_domain::id::{SessionId, UserId};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, noon, owned_room, room,
};
use crate::documents::{DocumentRows, NewUpdate};

/// Updates whose bytes are their numbers.
fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<NewUpdate> {
    let update = |number: u32| NewUpdate {
        author: None,
        at: noon(),
        bytes: number.to_be_bytes().to_vec(),
    };
    numbers.into_iter().map(update).collect()
}

async fn append(store: &Adapter, session: SessionId, numbers: impl IntoIterator<Item = u32>) {
    let updates = numbered(numbers);
    store.append_updates(session, &updates).await.expect("appended");
}

async fn load(store: &Adapter, session: SessionId) -> DocumentRows {
    store.load_document(session).await.expect("loaded")
}

/// All numbers that a document holds: those of the base, then those of the updates.
fn content(rows: &DocumentRows) -> Vec<u32> {
    let pending = rows.updates.iter().flat_map(|(_, bytes)| bytes.chunks(4));
    rows.base
        .chunks(4)
        .chain(pending)
        .map(|chunk| u32::from_be_bytes(chunk.try_into().expect("four bytes")))
        .collect()
}

fn seqs(rows: &DocumentRows) -> Vec<u64> {
    rows.updates.iter().map(|(seq, _)| *seq).collect()
}

/// Folds everything loaded into the next base.
async fn compact_all(store: &Adapter, session: SessionId, rows: &DocumentRows) -> crate::Result<()> {
    let base: Vec<u8> = content(rows).iter().flat_map(|number| number.to_be_bytes()).collect();
    store.compact(session, &base, rows.base_version, &seqs(rows)).await
}

/// A new session's document has nothing.
pub async fn a_new_document_is_empty(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    assert_eq!(load(&store, room).await, DocumentRows::default());
    assert_eq!(store.updates_after(room, 0, 10).await.expect("log"), []);
}

/// What is appended is loaded, in order, at rising positions after zero.
pub async fn updates_are_loaded_in_order(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..3).await;
    append(&store, room, [3]).await;
    append(&store, room, 4..10).await;
    let rows = load(&store, room).await;
    assert_eq!(content(&rows), (0..10).collect::<Vec<_>>());
    assert!(seqs(&rows).is_sorted_by(|a, b| a < b));
    assert!(seqs(&rows)[0] > 0);
}

/// Authors and times stay with their updates, to the microsecond.
pub async fn the_log_keeps_author_and_time(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let gone = UserId::new();
    let updates: Vec<_> = [(Some(owner), 0), (None, 1), (Some(gone), 2)]
        .into_iter()
        .map(|(author, micros)| NewUpdate {
            author,
            at: noon() + TimeDelta::microseconds(micros),
            bytes: vec![7],
        })
        .collect();
    store.append_updates(room, &updates).await.expect("appended");
    let log = store.updates_after(room, 0, 10).await.expect("log");
    let stored: Vec<_> = log
        .into_iter()
        .map(|update| NewUpdate {
            author: update.author,
            at: update.at,
            bytes: update.bytes,
        })
        .collect();
    assert_eq!(stored, updates);
}

/// Any bytes, none included.
pub async fn any_bytes_survive(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let all: Vec<u8> = (0..=255).collect();
    for bytes in [vec![], vec![0], all, vec![0xff; 1024 * 1024]] {
        let update = NewUpdate {
            author: None,
            at: noon(),
            bytes: bytes.clone(),
        };
        store.append_updates(room, &[update]).await.expect("appended");
        assert_eq!(load(&store, room).await.updates.last().expect("update").1, bytes);
    }
}

/// More updates than fit one statement.
pub async fn a_large_batch_is_appended_whole(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..20_001).await;
    assert_eq!(content(&load(&store, room).await), (0..20_001).collect::<Vec<_>>());
}

/// Nothing to append is nothing done.
pub async fn an_empty_batch_is_nothing(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    store.append_updates(room, &[]).await.expect("nothing");
    assert_eq!(load(&store, room).await, DocumentRows::default());
}

/// Nothing crosses between documents.
pub async fn documents_are_apart(store: Adapter) {
    let (first, owner) = owned_room(&store).await;
    let second = room(&store, owner).await;
    append(&store, first, [1]).await;
    append(&store, second, [2]).await;
    append(&store, first, [3]).await;
    let rows = load(&store, first).await;
    compact_all(&store, first, &rows).await.expect("compacted");
    assert_eq!(content(&load(&store, first).await), [1, 3]);
    let other = load(&store, second).await;
    assert_eq!((content(&other), other.base_version), (vec![2], 0));
}

/// Many writers on one document: nothing lost, no position twice, each batch together and in order.
pub async fn concurrent_appends_are_all_kept(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    at_once(8, |writer| {
        let store = Arc::clone(&store);
        let writer = u32::try_from(writer).expect("small");
        async move {
            for batch in 0..10 {
                let start = writer * 1000 + batch * 5;
                append(&store, room, start..start + 5).await;
            }
        }
    })
    .await;
    let rows = load(&store, room).await;
    assert!(seqs(&rows).is_sorted_by(|a, b| a < b));
    let numbers = content(&rows);
    assert_eq!(numbers.len(), 8 * 10 * 5);
    for batch in numbers.chunks(5) {
        assert!(batch.windows(2).all(|pair| pair[1] == pair[0] + 1), "{batch:?}");
    }
    for writer in 0..8 {
        let of_writer: Vec<_> = numbers.iter().filter(|number| **number / 1000 == writer).collect();
        assert!(of_writer.is_sorted(), "each writer's own order");
    }
}

/// Many documents at once, an unknown one among them, which alone fails.
pub async fn concurrent_appends_to_many_documents(store: Adapter) {
    let owner = account(&store, "ada").await;
    let mut rooms = Vec::new();
    for _ in 0..6 {
        rooms.push(room(&store, owner).await);
    }
    rooms.push(SessionId::new());
    let answers = at_once(7, |index| {
        let (store, room) = (Arc::clone(&store), rooms[index]);
        async move {
            let mut failed = 0;
            for number in 0..20 {
                failed += usize::from(store.append_updates(room, &numbered([number])).await.is_err());
            }
            failed
        }
    })
    .await;
    assert_eq!(answers, [0, 0, 0, 0, 0, 0, 20]);
    for room in &rooms[..6] {
        assert_eq!(content(&load(&store, *room).await), (0..20).collect::<Vec<_>>());
    }
}

/// Folded updates are in the base, later ones beside it, and the version has moved on.
pub async fn a_compaction_replaces_the_base(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..5).await;
    let rows = load(&store, room).await;
    append(&store, room, [5]).await;
    compact_all(&store, room, &rows).await.expect("compacted");
    let rows = load(&store, room).await;
    assert_eq!((rows.base_version, rows.updates.len()), (1, 1));
    assert_eq!(content(&rows), (0..6).collect::<Vec<_>>());
    compact_all(&store, room, &rows).await.expect("compacted");
    let rows = load(&store, room).await;
    assert_eq!((rows.base_version, rows.updates.len()), (2, 0));
    assert_eq!(content(&rows), (0..6).collect::<Vec<_>>());
}

/// Exactly the updates named are folded, gaps left as they are; positions rise on.
pub async fn a_compaction_marks_exactly_what_it_names(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..6).await;
    let all = seqs(&load(&store, room).await);
    let named = [all[4], all[0], all[1]];
    store.compact(room, b"base", 0, &named).await.expect("compacted");
    let rows = load(&store, room).await;
    assert_eq!(rows.base, b"base");
    assert_eq!(seqs(&rows), [all[2], all[3], all[5]]);
    append(&store, room, [6]).await;
    assert!(seqs(&load(&store, room).await)[3] > all[5]);
}

/// A base built on an older one is refused and changes nothing.
pub async fn a_stale_compaction_is_a_conflict(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..3).await;
    let stale = load(&store, room).await;
    compact_all(&store, room, &stale).await.expect("compacted");
    append(&store, room, [3]).await;
    let before = load(&store, room).await;
    for version in [0, 2, u64::MAX] {
        let answer = store.compact(room, b"stale", version, &seqs(&before)).await;
        assert_conflict(answer, "base_version");
    }
    assert_eq!(load(&store, room).await, before);
}

/// A base that claims what is not there to fold is refused and changes nothing.
pub async fn a_compaction_of_unknown_updates_is_invalid(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..3).await;
    let rows = load(&store, room).await;
    let known = seqs(&rows)[0];
    for wrong in [0, 1_000_000, u64::MAX] {
        assert_invalid(store.compact(room, b"x", 0, &[known, wrong]).await, "folded");
    }
    assert_eq!(load(&store, room).await, rows);
    compact_all(&store, room, &rows).await.expect("compacted");
    assert_invalid(store.compact(room, b"x", 1, &[known]).await, "folded");
}

/// Several nodes compact at once: one base wins, whole.
pub async fn of_concurrent_compactions_one_wins(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..50).await;
    let rows = load(&store, room).await;
    let answers = at_once(6, |_| {
        let (store, rows) = (Arc::clone(&store), rows.clone());
        async move { compact_all(&store, room, &rows).await }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for answer in answers.into_iter().filter(Result::is_err) {
        assert_conflict(answer, "base_version");
    }
    let rows = load(&store, room).await;
    assert_eq!((rows.base_version, content(&rows)), (1, (0..50).collect()));
}

/// Base and updates are of one moment: whoever loads while others append and compact sees every
/// update up to some point, each once.
pub async fn loading_sees_one_moment(store: Adapter) {
    const UPDATES: u32 = 200;
    let (room, _) = owned_room(&store).await;
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0..UPDATES {
                append(&store, room, [number]).await;
            }
        })
    };
    let compactor = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            while load(&store, room).await.base.len() < 4 * UPDATES as usize {
                let rows = load(&store, room).await;
                if !rows.updates.is_empty() {
                    compact_all(&store, room, &rows).await.expect("compacted");
                }
            }
        })
    };
    let mut seen = 0;
    while seen < UPDATES as usize {
        let numbers = content(&load(&store, room).await);
        assert!(numbers.len() >= seen, "nothing vanishes");
        assert!(
            numbers
                .iter()
                .copied()
                .eq(0..u32::try_from(numbers.len()).expect("small"))
        );
        seen = numbers.len();
    }
    writer.await.expect("no panic");
    compactor.await.expect("no panic");
}

/// Playback: the whole log, folded or not, part by part.
pub async fn the_log_outlives_compaction(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..10).await;
    let rows = load(&store, room).await;
    compact_all(&store, room, &rows).await.expect("compacted");
    append(&store, room, 10..15).await;
    let (mut numbers, mut after) = (Vec::new(), 0);
    loop {
        let part = store.updates_after(room, after, 4).await.expect("log");
        assert!(part.len() <= 4);
        let Some(last) = part.last() else { break };
        assert!(last.seq > after);
        after = last.seq;
        numbers.extend(part.iter().flat_map(|update| update.bytes[3..].iter().copied()));
    }
    assert_eq!(numbers, (0..15).collect::<Vec<_>>());
    assert_eq!(store.updates_after(room, 0, 0).await.expect("log"), []);
    assert_eq!(store.updates_after(room, u64::MAX, 10).await.expect("log"), []);
    assert_eq!(store.updates_after(room, 0, u64::MAX).await.expect("log").len(), 15);
}

/// Edits count as changes of the session, to within two seconds, and never backwards.
pub async fn edits_change_the_session(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let mut edit = numbered([1]);
    edit[0].at = after(100);
    store.append_updates(room, &edit).await.expect("appended");
    let updated_at = store.session(room).await.expect("found").updated_at;
    assert!(updated_at > after(98) && updated_at <= after(100), "{updated_at}");
    edit[0].at = after(50);
    store.append_updates(room, &edit).await.expect("appended");
    assert_eq!(store.session(room).await.expect("found").updated_at, updated_at);
}

/// Where nothing was purged there is nothing before the log.
pub async fn a_log_that_was_not_purged_begins_at_the_beginning(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..3).await;
    assert_eq!(store.history_start(room).await.expect("answer"), None);
    assert_eq!(store.purge_history(room).await.expect("answer"), 0);
    assert_eq!(store.history_start(room).await.expect("answer"), None);
    assert_eq!(store.updates_after(room, 0, 10).await.expect("log").len(), 3);
    assert_not_found(store.history_start(SessionId::new()).await);
    assert_not_found(store.purge_history(SessionId::new()).await);
}

/// What is in the base goes; what is not stays; and the log says where it begins.
pub async fn a_purge_removes_exactly_what_is_folded(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    append(&store, room, 0..3).await;
    compact_all(&store, room, &load(&store, room).await)
        .await
        .expect("compacted");
    append(&store, room, [3]).await;
    assert_eq!(store.purge_history(room).await.expect("answer"), 3);
    let start = store.history_start(room).await.expect("answer").expect("purged");
    assert_eq!(start.base, load(&store, room).await.base);
    let log = store.updates_after(room, 0, 10).await.expect("log");
    assert_eq!(log.iter().map(|update| update.seq).collect::<Vec<_>>(), [start.seq + 1]);
    assert_eq!(start.at, noon());
    assert_eq!(store.purge_history(room).await.expect("answer"), 0);
}

/// Positions go on rising, compactions go on folding, and a second purge moves the beginning.
pub async fn a_purged_document_goes_on(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    for round in 0..2 {
        append(&store, room, 2 * round..2 * round + 2).await;
        compact_all(&store, room, &load(&store, room).await)
            .await
            .expect("compacted");
        assert_eq!(store.purge_history(room).await.expect("answer"), 2);
    }
    append(&store, room, [4]).await;
    assert_eq!(content(&load(&store, room).await), (0..5).collect::<Vec<_>>());
    let start = store.history_start(room).await.expect("answer").expect("purged");
    assert_eq!((start.seq, start.base.len()), (4, 16));
    assert_eq!(store.updates_after(room, 0, 10).await.expect("log")[0].seq, 5);
}
