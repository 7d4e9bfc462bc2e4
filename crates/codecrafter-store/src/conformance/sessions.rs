//! Sessions.

use std::sync::Arc;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Session, Visibility};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, first, invite, noon,
    owned_room, session,
};
use super::session_lists::titles;
use crate::documents::NewUpdate;
use crate::types::{SessionPatch, SessionScope};

/// What was stored comes back whole.
pub async fn a_session_comes_back_whole(store: Adapter) {
    let owner = account(&store, "ada").await;
    for visibility in [Visibility::Private, Visibility::Public, Visibility::Link] {
        let session = Session {
            visibility,
            description: "Line\n\t測試 👩‍👩‍👧 100 % ' \" \\".into(),
            max_participants: u32::MAX,
            updated_at: after(5),
            ..session(owner, "Zoë's")
        };
        store.create_session(&session).await.expect("created");
        assert_eq!(store.session(session.id).await.expect("found"), session);
    }
}

/// A fork remembers where it comes from, even when that is deleted; it cannot come from nowhere.
pub async fn a_fork_keeps_its_origin(store: Adapter) {
    let (origin, owner) = owned_room(&store).await;
    let fork = Session {
        forked_from: Some(origin),
        ..session(owner, "fork")
    };
    store.create_session(&fork).await.expect("created");
    store.delete_session(origin).await.expect("deleted");
    assert_eq!(store.session(fork.id).await.expect("found").forked_from, Some(origin));
    let lost = Session {
        forked_from: Some(SessionId::new()),
        ..session(owner, "lost")
    };
    assert_not_found(store.create_session(&lost).await);
}

/// The owner is in from the start.
pub async fn the_owner_takes_part(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    assert_eq!(store.role(room, owner).await.expect("answer"), Some(Role::Owner));
    let participants = store.participants(room).await.expect("list");
    assert_eq!(participants.len(), 1);
    assert_eq!(participants[0].user.id, owner);
    assert_eq!(participants[0].joined_at, noon());
}

/// Only accounts own sessions, and nothing is left of a failed one.
pub async fn an_unknown_owner_is_not_found(store: Adapter) {
    let orphan = session(UserId::new(), "orphan");
    assert_not_found(store.create_session(&orphan).await);
    assert_not_found(store.session(orphan.id).await);
}

/// An id is given once.
pub async fn a_taken_session_id_is_a_conflict(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let again = Session {
        id: room,
        ..session(owner, "again")
    };
    assert_conflict(store.create_session(&again).await, "id");
    assert_eq!(store.session(room).await.expect("found").title, "room");
}

/// U+0000 is refused, and the field named.
pub async fn nul_in_a_session_is_invalid(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    assert_invalid(store.create_session(&session(owner, "a\0")).await, "title");
    let patch = SessionPatch {
        description: Some("\0".into()),
        ..SessionPatch::default()
    };
    assert_invalid(store.update_session(room, &patch).await, "description");
}

/// A patch leaves alone what it does not hold, answers with the whole session, and counts as a change.
pub async fn a_session_patch_changes_only_what_it_holds(store: Adapter) {
    let owner = account(&store, "ada").await;
    let before = session(owner, "before");
    store.create_session(&before).await.expect("created");
    let patch = SessionPatch {
        title: Some("after".into()),
        max_participants: Some(3),
        ..SessionPatch::default()
    };
    let patched = store.update_session(before.id, &patch).await.expect("patched");
    assert!(patched.updated_at > before.updated_at);
    let expected = Session {
        title: "after".into(),
        max_participants: 3,
        updated_at: patched.updated_at,
        ..before
    };
    assert_eq!(patched, expected);
    assert_eq!(store.session(expected.id).await.expect("found"), expected);
    let patch = SessionPatch {
        description: Some("d".into()),
        language: Some("rust".into()),
        visibility: Some(Visibility::Link),
        ..SessionPatch::default()
    };
    let patched = store.update_session(expected.id, &patch).await.expect("patched");
    assert_eq!(
        (
            patched.title.as_str(),
            patched.description.as_str(),
            patched.language.as_str()
        ),
        ("after", "d", "rust")
    );
    assert_eq!(patched.visibility, Visibility::Link);
}

/// Nothing asked, nothing changed, not even the time of the last change.
pub async fn an_empty_session_patch_changes_nothing(store: Adapter) {
    let owner = account(&store, "ada").await;
    let session = session(owner, "same");
    store.create_session(&session).await.expect("created");
    let patched = store.update_session(session.id, &SessionPatch::default()).await;
    assert_eq!(patched.expect("patched"), session);
    assert_eq!(store.session(session.id).await.expect("found"), session);
}

/// Concurrent patches of different fields all hold.
pub async fn concurrent_session_patches_do_not_undo_each_other(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    at_once(2, |index| {
        let store = Arc::clone(&store);
        let patch = SessionPatch {
            title: (index == 0).then(|| "new title".to_owned()),
            description: (index == 1).then(|| "new description".to_owned()),
            ..SessionPatch::default()
        };
        async move { store.update_session(room, &patch).await.expect("patched") }
    })
    .await;
    let session = store.session(room).await.expect("found");
    assert_eq!(
        (session.title.as_str(), session.description.as_str()),
        ("new title", "new description")
    );
    let found = titles(&store, SessionScope::Mine(session.owner_id), Some("title\nnew")).await;
    assert_eq!(found.len(), 1, "the search sees both");
}

/// Once deleted, a session is not found by any way in.
pub async fn a_deleted_session_is_not_found_anywhere(store: Adapter) {
    let (room, owner) = owned_room(&store).await;
    let guest = account(&store, "guest").await;
    let link = invite(room, "secret");
    store.create_invite(&link).await.expect("invite");
    store.delete_session(room).await.expect("deleted");
    assert_not_found(store.session(room).await);
    let patch = SessionPatch {
        title: Some("x".into()),
        ..SessionPatch::default()
    };
    assert_not_found(store.update_session(room, &patch).await);
    assert_not_found(store.delete_session(room).await);
    assert_not_found(store.role(room, owner).await);
    assert_not_found(store.participants(room).await);
    assert_not_found(store.join(room, guest, Role::Editor, Some(link.id), noon()).await);
    assert_not_found(store.set_role(room, owner, Role::Viewer, noon()).await);
    assert_not_found(store.remove_participant(room, owner).await);
    assert_not_found(store.invites(room).await);
    assert_not_found(store.create_invite(&invite(room, "other")).await);
    assert_not_found(store.invite_by_token("secret").await);
    assert_not_found(store.delete_invite(room, link.id).await);
    assert_not_found(store.session_executions(room, &first(10)).await);
    assert_not_found(store.load_document(room).await);
    assert_not_found(store.updates_after(room, 0, 10).await);
    assert_not_found(store.compact(room, b"", 0, &[]).await);
    let update = NewUpdate {
        author: None,
        at: noon(),
        bytes: vec![1],
    };
    assert_not_found(store.append_updates(room, &[update]).await);
    assert_not_found(store.append_updates(room, &[]).await);
}

/// A session that never was is not found either.
pub async fn an_unknown_session_is_not_found(store: Adapter) {
    let user = account(&store, "ada").await;
    let unknown = SessionId::new();
    assert_not_found(store.session(unknown).await);
    assert_not_found(store.update_session(unknown, &SessionPatch::default()).await);
    assert_not_found(store.delete_session(unknown).await);
    assert_not_found(store.role(unknown, user).await);
    assert_not_found(store.join(unknown, user, Role::Editor, None, noon()).await);
    assert_not_found(store.load_document(unknown).await);
}
