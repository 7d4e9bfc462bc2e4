//! Lists of sessions, and searches in them.

use std::collections::BTreeSet;

use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use codecrafter_domain::session::{Session, Visibility};

use super::fixtures::{Adapter, account, after, assert_invalid, first, noon, room, session};
use crate::types::{PageRequest, SessionFilter, SessionPatch, SessionScope};

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

/// The titles of the sessions in a list.
pub(super) async fn titles(store: &Adapter, scope: SessionScope, q: Option<&str>) -> BTreeSet<String> {
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
