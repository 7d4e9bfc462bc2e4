//! Snapshots of a session's files.

use codecrafter_domain::id::{ExecutionId, SessionId, SnapshotId, UserId};
use codecrafter_domain::snapshot::{FileText, Snapshot, SnapshotKind};

use super::fixtures::{
    Adapter, account, after, assert_invalid, assert_not_found, at_once, first, noon, owned_room, room,
};
use crate::StoreError;
use crate::types::NewSnapshot;

fn text(path: &str, content: &str) -> FileText {
    FileText {
        path: path.to_owned(),
        content: content.to_owned(),
    }
}

fn snapshot(session: SessionId, kind: SnapshotKind, content: &str, seconds: i64) -> NewSnapshot {
    NewSnapshot {
        id: SnapshotId::new(),
        session,
        kind,
        name: (kind == SnapshotKind::Named).then(|| format!("at {seconds}")),
        by: None,
        execution: None,
        files: vec![text("main.py", content)],
        created_at: after(seconds),
        most_named: 100,
        most_automatic: 100,
    }
}

async fn added(store: &Adapter, new: &NewSnapshot) -> Snapshot {
    store.create_snapshot(new).await.expect("answer").expect("added")
}

async fn names(store: &Adapter, session: SessionId) -> Vec<SnapshotId> {
    let page = store.snapshots(session, &first(100)).await.expect("list");
    page.items.into_iter().map(|snapshot| snapshot.id).collect()
}

/// Every field, every file, any text.
pub async fn a_snapshot_comes_back_whole(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let new = NewSnapshot {
        by: Some(owner),
        execution: Some(ExecutionId::new()),
        files: vec![text("b/ü.py", "\0 🦀 text"), text("a.txt", ""), text("c.txt", "")],
        ..snapshot(room, SnapshotKind::Named, "", 1)
    };
    let created = added(&store, &new).await;
    assert_eq!(created.by.as_ref().map(|person| person.id), Some(owner));
    assert_eq!((created.files, created.bytes), (3, 11));
    assert_eq!(
        (created.name.as_deref(), created.created_at),
        (Some("at 1"), new.created_at)
    );
    assert_eq!((created.kind, created.execution_id), (new.kind, new.execution));
    let (read, files) = store.snapshot(room, new.id).await.expect("found");
    assert_eq!(read, created);
    assert_eq!(
        files,
        [text("a.txt", ""), text("b/ü.py", "\0 🦀 text"), text("c.txt", "")]
    );
    assert_eq!(store.snapshots(room, &first(9)).await.expect("list").items, [created]);
}

/// A session without files has a snapshot without files.
pub async fn nothing_is_a_snapshot_too(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let new = NewSnapshot {
        files: Vec::new(),
        ..snapshot(room, SnapshotKind::Named, "", 1)
    };
    assert_eq!(added(&store, &new).await.files, 0);
    assert_eq!(store.snapshot(room, new.id).await.expect("found").1, []);
}

/// Newest first, in parts.
pub async fn snapshots_are_listed_newest_first(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let mut ids = Vec::new();
    for seconds in [3, 1, 2] {
        let new = snapshot(room, SnapshotKind::Named, "same", seconds);
        ids.push(added(&store, &new).await.id);
    }
    assert_eq!(names(&store, room).await, [ids[0], ids[2], ids[1]]);
    let part = store.snapshots(room, &first(2)).await.expect("list");
    assert_eq!(part.items.len(), 2);
    let mut rest = first(2);
    rest.cursor = part.next_cursor;
    let rest = store.snapshots(room, &rest).await.expect("list");
    assert_eq!((rest.items[0].id, rest.next_cursor), (ids[1], None));
}

/// A snapshot is found in its own session only, and not after that is gone.
pub async fn snapshots_are_apart(store: Adapter) {
    let (mine, owner) = owned_room(&store).await;
    let other = room(&store, owner).await;
    let new = snapshot(mine, SnapshotKind::Named, "text", 1);
    added(&store, &new).await;
    assert_not_found(store.snapshot(other, new.id).await);
    assert_not_found(store.name_snapshot(other, new.id, "mine", 9).await);
    assert!(!store.delete_snapshot(other, new.id).await.expect("answer"));
    assert_eq!(names(&store, other).await, []);
    store.delete_session(mine).await.expect("deleted");
    assert_not_found(store.snapshot(mine, new.id).await);
    assert_not_found(store.snapshots(mine, &first(1)).await);
    assert_not_found(store.create_snapshot(&snapshot(mine, SnapshotKind::Named, "", 2)).await);
    assert_not_found(
        store
            .create_snapshot(&snapshot(SessionId::new(), SnapshotKind::Run, "", 2))
            .await,
    );
}

/// Runs without an edit between them need no snapshot each; whoever asks for one gets it.
pub async fn an_automatic_snapshot_of_nothing_new_is_not_added(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    added(&store, &snapshot(room, SnapshotKind::Named, "a", 1)).await;
    let again = snapshot(room, SnapshotKind::Run, "a", 2);
    assert_eq!(store.create_snapshot(&again).await.expect("answer"), None);
    added(&store, &snapshot(room, SnapshotKind::Run, "b", 3)).await;
    added(&store, &snapshot(room, SnapshotKind::Timed, "a", 4)).await;
    added(&store, &snapshot(room, SnapshotKind::Named, "a", 5)).await;
    assert_eq!(names(&store, room).await.len(), 4);
}

/// Automatic ones make room for each other and never for those that people made.
pub async fn the_oldest_automatic_snapshots_go(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let kept = added(&store, &snapshot(room, SnapshotKind::Named, "kept", 0)).await;
    let mut ids = Vec::new();
    for seconds in 1..=5 {
        let new = NewSnapshot {
            most_automatic: 3,
            ..snapshot(room, SnapshotKind::Run, &format!("{seconds}"), seconds)
        };
        ids.push(added(&store, &new).await.id);
    }
    assert_eq!(names(&store, room).await, [ids[4], ids[3], ids[2], kept.id]);
    for id in [ids[2], kept.id] {
        store.snapshot(room, id).await.expect("its text is still there");
    }
}

/// People make as many as allowed, even side by side.
pub async fn named_snapshots_are_bounded(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let answers = at_once(8, |index| {
        let store = store.clone();
        async move {
            let new = NewSnapshot {
                most_named: 3,
                ..snapshot(room, SnapshotKind::Named, "x", i64::try_from(index).expect("small"))
            };
            store.create_snapshot(&new).await
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    let refused = answers.into_iter().filter_map(Result::err);
    assert!(
        refused
            .into_iter()
            .all(|error| matches!(error, StoreError::Full("snapshots")))
    );
    let automatic = NewSnapshot {
        most_named: 3,
        ..snapshot(room, SnapshotKind::Run, "y", 60)
    };
    added(&store, &automatic).await;
    let naming = store.name_snapshot(room, automatic.id, "mine", 3).await;
    assert!(matches!(naming, Err(StoreError::Full("snapshots"))), "{naming:?}");
}

/// Whoever names an automatic snapshot keeps it.
pub async fn a_named_snapshot_stays(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let new = snapshot(room, SnapshotKind::Run, "a", 1);
    added(&store, &new).await;
    let named = store.name_snapshot(room, new.id, "works", 9).await.expect("named");
    assert_eq!((named.name.as_deref(), named.kind), (Some("works"), SnapshotKind::Run));
    let renamed = store.name_snapshot(room, new.id, "worked", 1).await.expect("named");
    assert_eq!(renamed.name.as_deref(), Some("worked"));
    assert_eq!(store.delete_automatic_snapshots(room).await.expect("answer"), 0);
    assert_eq!(names(&store, room).await, [new.id]);
    assert_not_found(store.name_snapshot(room, SnapshotId::new(), "x", 9).await);
    assert_invalid(store.name_snapshot(room, new.id, "\0", 9).await, "name");
}

/// What goes takes only what nobody else needs.
pub async fn a_deleted_snapshot_is_gone(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let one = added(&store, &snapshot(room, SnapshotKind::Named, "same", 1)).await;
    let two = added(&store, &snapshot(room, SnapshotKind::Named, "same", 2)).await;
    assert!(store.delete_snapshot(room, one.id).await.expect("answer"));
    assert!(!store.delete_snapshot(room, one.id).await.expect("answer"));
    assert_not_found(store.snapshot(room, one.id).await);
    assert_eq!(
        store.snapshot(room, two.id).await.expect("found").1,
        [text("main.py", "same")]
    );
}

/// Automatic ones can go together.
pub async fn automatic_snapshots_are_deleted_together(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let kept = added(&store, &snapshot(room, SnapshotKind::Named, "a", 1)).await;
    added(&store, &snapshot(room, SnapshotKind::Run, "b", 2)).await;
    added(&store, &snapshot(room, SnapshotKind::Timed, "c", 3)).await;
    assert_eq!(store.delete_automatic_snapshots(room).await.expect("answer"), 2);
    assert_eq!(names(&store, room).await, [kept.id]);
}

/// Nobody that is not there can have made one.
pub async fn an_unknown_author_is_not_found(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    account(&store, "ada").await;
    let new = NewSnapshot {
        by: Some(UserId::new()),
        ..snapshot(room, SnapshotKind::Named, "a", 1)
    };
    assert_not_found(store.create_snapshot(&new).await);
    let odd = NewSnapshot {
        name: Some("\0".into()),
        created_at: noon(),
        ..snapshot(room, SnapshotKind::Named, "a", 1)
    };
    assert_invalid(store.create_snapshot(&odd).await, "name");
}
