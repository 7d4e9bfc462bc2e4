//! Private notes.

use std::sync::Arc;

use codecrafter_domain::id::SessionId;

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, noon, owned_room, room,
};

/// Before the first are written there are none.
pub async fn notes_begin_empty(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let notes = store.notes(room).await.expect("answer");
    assert_eq!((notes.text.as_str(), notes.version), ("", 0));
    assert_eq!((notes.updated_by, notes.updated_at), (None, None));
}

/// What was written comes back whole, with who and when, in its own session only.
pub async fn notes_come_back_whole(store: Adapter) {
    let (here, owner) = owned_room(&store).await;
    let there = room(&store, owner).await;
    let ada = account(&store, "ada").await;
    let written = store.write_notes(here, " first\n", 0, owner, noon()).await;
    assert_eq!(written.expect("written").version, 1);
    let text = "a\r\n\t<b> ' 漢字 👩‍💻 ".repeat(100);
    let written = store.write_notes(here, &text, 1, ada, after(1)).await.expect("written");
    assert_eq!((written.text.as_str(), written.version), (text.as_str(), 2));
    assert_eq!(written.updated_by.as_ref().map(|person| person.id), Some(ada));
    assert_eq!(written.updated_at, Some(after(1)));
    assert_eq!(store.notes(here).await.expect("answer"), written);
    assert_eq!(store.notes(there).await.expect("answer").version, 0);
}

/// Whoever did not see the last change does not undo it.
pub async fn stale_notes_are_a_conflict(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    assert_conflict(store.write_notes(room, "x", 1, owner, noon()).await, "notes");
    store
        .write_notes(room, "kept", 0, owner, noon())
        .await
        .expect("written");
    for version in [0, 2, u64::MAX] {
        assert_conflict(store.write_notes(room, "lost", version, owner, noon()).await, "notes");
    }
    assert_eq!(store.notes(room).await.expect("answer").text, "kept");
}

/// Of changes side by side one wins, from the first on.
pub async fn of_concurrent_notes_one_wins(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    for version in [0, 1] {
        let answers = at_once(6, |index| {
            let store = Arc::clone(&store);
            async move {
                store
                    .write_notes(room, &index.to_string(), version, owner, noon())
                    .await
            }
        })
        .await;
        let winners: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(store.notes(room).await.expect("answer"), winners[0]);
    }
}

/// Notes belong to a session that is there.
pub async fn notes_of_unknown_sessions_are_not_found(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    assert_invalid(store.write_notes(room, "a\0b", 0, owner, noon()).await, "text");
    assert_not_found(store.notes(SessionId::new()).await);
    assert_not_found(store.write_notes(SessionId::new(), "x", 0, owner, noon()).await);
    store.write_notes(room, "x", 0, owner, noon()).await.expect("written");
    store.delete_session(room).await.expect("deleted");
    assert_not_found(store.notes(room).await);
    assert_not_found(store.write_notes(room, "y", 1, owner, noon()).await);
}
