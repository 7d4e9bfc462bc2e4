//! Sessions and lists of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Session, Visibility};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, first, invite, noon,
    owned_room, room, session,
};
use crate::types::{NewUpdate, PageRequest, SessionFilter, SessionPatch, SessionScope};

/// A public session, stored.
async fn public(store: &Adapter, owner: UserId, title: &str, description: &str) -> SessionId {
    let session = Session {
        visibility: Visibility::Public,
        description: description.into(),
        ..session(owner, title)
    };
    store.create_session(&session).await.expect("session");
    session.id
}

async fn titles(store: &Adapter, scope: SessionScope, q: Option<&str>) -> BTreeSet<String> {
    let page = store.sessions(scope, &matching(q), &first(100)).await.expect("list");
    page.items.into_iter().map(|session| session.title).collect()
}

fn matching(q: Option<&str>) -> SessionFilter {
    SessionFilter {
        q: q.map(str::to_owned),
        ..SessionFilter::default()
    }
}

fn set(titles: &[&str]) -> BTreeSet<String> {
    titles.iter().map(ToString::to_string).collect()
}

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

/// "Mine" is where I take part, own or not.
pub async fn my_list_has_the_sessions_i_take_part_in(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let shared = session(bob, "shared");
    for session in [&session(ada, "own"), &shared, &session(bob, "other")] {
        store.create_session(session).await.expect("created");
    }
    public(&store, bob, "public", "").await;
    store
        .join(shared.id, ada, Role::Viewer, None, noon())
        .await
        .expect("joined");
    assert_eq!(
        titles(&store, SessionScope::Mine(ada), None).await,
        set(&["own", "shared"])
    );
    store.remove_participant(shared.id, ada).await.expect("removed");
    assert_eq!(titles(&store, SessionScope::Mine(ada), None).await, set(&["own"]));
}

/// The public list has public sessions only, and no deleted ones.
pub async fn the_public_list_has_public_sessions_only(store: Adapter) {
    let ada = account(&store, "ada").await;
    public(&store, ada, "public", "").await;
    let deleted = public(&store, ada, "deleted", "").await;
    store.delete_session(deleted).await.expect("deleted");
    for visibility in [Visibility::Private, Visibility::Link] {
        let hidden = Session {
            visibility,
            ..session(ada, "hidden")
        };
        store.create_session(&hidden).await.expect("created");
    }
    assert_eq!(titles(&store, SessionScope::Public, None).await, set(&["public"]));
    assert!(!titles(&store, SessionScope::Mine(ada), None).await.contains("deleted"));
}

/// The last change comes first; a patch moves a session to the front.
pub async fn the_newest_change_comes_first(store: Adapter) {
    let ada = account(&store, "ada").await;
    let mut ids = Vec::new();
    for seconds in [2, 0, 1] {
        let session = Session {
            updated_at: after(seconds),
            ..session(ada, "x")
        };
        store.create_session(&session).await.expect("created");
        ids.push(session.id);
    }
    let order = || async {
        let page = store
            .sessions(SessionScope::Mine(ada), &matching(None), &first(10))
            .await;
        page.expect("list").items.into_iter().map(|s| s.id).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [ids[0], ids[2], ids[1]]);
    let patch = SessionPatch {
        title: Some("y".into()),
        ..SessionPatch::default()
    };
    store.update_session(ids[1], &patch).await.expect("patched");
    assert_eq!(order().await, [ids[1], ids[0], ids[2]]);
}

/// Parts of a list make up the whole, each item once, though all have the same time.
pub async fn pages_make_up_the_whole(store: Adapter) {
    let ada = account(&store, "ada").await;
    let mut expected = BTreeSet::new();
    for _ in 0..23 {
        expected.insert(room(&store, ada).await);
    }
    for limit in [1, 5, 23, 24, 100] {
        let mut page = first(limit);
        let mut seen = Vec::new();
        loop {
            let part = store
                .sessions(SessionScope::Mine(ada), &matching(None), &page)
                .await
                .expect("list");
            assert!(part.items.len() <= usize::try_from(limit).expect("small"));
            seen.extend(part.items.iter().map(|session| session.id));
            match part.next_cursor {
                Some(cursor) => page.cursor = Some(cursor),
                None => break,
            }
            assert!(!part.items.is_empty(), "no empty part has a next one");
        }
        assert_eq!(seen.len(), 23, "limit {limit}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

/// A cursor of somebody else's making, or a bound outside 1 to 100.
pub async fn malformed_pages_are_invalid(store: Adapter) {
    let ada = account(&store, "ada").await;
    let long = "A".repeat(100_000);
    for wrong in ["", "0", "cursor", "\0", "💥", "AAAA====", "' OR 1=1", long.as_str()] {
        let page = PageRequest {
            cursor: Some(wrong.to_owned()),
            limit: 10,
        };
        assert_invalid(
            store.sessions(SessionScope::Public, &matching(None), &page).await,
            "cursor",
        );
        assert_invalid(store.user_executions(ada, &page).await, "cursor");
    }
    for limit in [0, 101, u64::MAX] {
        assert_invalid(
            store
                .sessions(SessionScope::Public, &matching(None), &first(limit))
                .await,
            "limit",
        );
        assert_invalid(store.user_executions(ada, &first(limit)).await, "limit");
    }
}

/// A cursor that points beyond everything ends the list, with whatever time and id it names.
pub async fn extreme_cursors_are_harmless(store: Adapter) {
    let ada = account(&store, "ada").await;
    room(&store, ada).await;
    for (cursor, items) in [("A".repeat(32), 0), ("f_______".to_owned() + &"_".repeat(24), 1)] {
        let page = PageRequest {
            cursor: Some(cursor.clone()),
            limit: 10,
        };
        let part = store
            .sessions(SessionScope::Mine(ada), &matching(None), &page)
            .await
            .expect("list");
        assert_eq!(part.items.len(), items, "{cursor}");
    }
}

/// Words are found in titles and descriptions, in any case of any script.
pub async fn a_search_finds_titles_and_descriptions(store: Adapter) {
    let ada = account(&store, "ada").await;
    public(&store, ada, "Sorting", "quick and merge").await;
    public(&store, ada, "Übung ΣΟΦΙΑ", "Интервью").await;
    let search = |q| titles(&store, SessionScope::Public, Some(q));
    assert_eq!(search("sort").await, set(&["Sorting"]));
    assert_eq!(search("MERGE").await, set(&["Sorting"]));
    assert_eq!(search("übung").await, set(&["Übung ΣΟΦΙΑ"]));
    assert_eq!(search("ИНТЕРВЬЮ").await, set(&["Übung ΣΟΦΙΑ"]));
    assert_eq!(search("").await.len(), 2);
    assert_eq!(search("nothing of the kind").await, set(&[]));
}

/// A search follows what a patch changes.
pub async fn a_search_follows_patches(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = public(&store, ada, "before", "kept").await;
    let patch = SessionPatch {
        title: Some("after".into()),
        ..SessionPatch::default()
    };
    store.update_session(id, &patch).await.expect("patched");
    assert_eq!(titles(&store, SessionScope::Public, Some("before")).await, set(&[]));
    for q in ["AFTER", "kept"] {
        assert_eq!(titles(&store, SessionScope::Public, Some(q)).await, set(&["after"]));
    }
}

/// Wildcards, quotes and backslashes in a search are characters like any other.
pub async fn a_search_takes_wildcards_literally(store: Adapter) {
    let ada = account(&store, "ada").await;
    for title in ["100%", "1000", "a_b", "aXb", "back\\slash", "it's"] {
        public(&store, ada, title, "").await;
    }
    for (q, found) in [
        ("0%", "100%"),
        ("a_b", "a_b"),
        ("k\\s", "back\\slash"),
        ("t's", "it's"),
        ("\\", "back\\slash"),
        ("%", "100%"),
    ] {
        assert_eq!(
            titles(&store, SessionScope::Public, Some(q)).await,
            set(&[found]),
            "{q}"
        );
    }
}

/// What no title can hold is refused.
pub async fn an_impossible_search_is_invalid(store: Adapter) {
    let scope = SessionScope::Public;
    for q in ["a\0b", &"%".repeat(100_000)] {
        assert_invalid(store.sessions(scope, &matching(Some(q)), &first(10)).await, "q");
    }
    let longest = "é%".repeat(1000);
    assert_eq!(titles(&store, scope, Some(&longest)).await, set(&[]));
}
