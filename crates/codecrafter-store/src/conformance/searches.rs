//! Narrowing and sorting lists of sessions.

use codecrafter_domain::id::UserId;
use codecrafter_domain::session::{Session, Visibility};

use super::fixtures::{Adapter, account, after, first, session};
use crate::types::{PageRequest, SessionFilter, SessionOrder, SessionPatch, SessionScope, UserPatch};

/// A public session in a language, made and changed some seconds after noon.
async fn public(store: &Adapter, owner: UserId, title: &str, language: &str, seconds: i64) -> Session {
    let session = Session {
        visibility: Visibility::Public,
        language: language.into(),
        created_at: after(seconds),
        updated_at: after(seconds),
        ..session(owner, title)
    };
    store.create_session(&session).await.expect("session");
    session
}

async fn titles(store: &Adapter, filter: &SessionFilter) -> Vec<String> {
    let page = store.sessions(SessionScope::Public, filter, &first(100)).await;
    let items = page.expect("list").items;
    items.into_iter().map(|session| session.title).collect()
}

fn matching(q: &str) -> SessionFilter {
    SessionFilter {
        q: Some(q.into()),
        ..SessionFilter::default()
    }
}

/// Owners are found by both their names, in any case of any script, as they are called now.
pub async fn a_search_finds_owners(store: Adapter) {
    let (ada, bob) = (account(&store, "ada-l").await, account(&store, "bob").await);
    public(&store, ada, "first", "c", 0).await;
    public(&store, bob, "second", "c", 1).await;
    let rename = UserPatch {
        display_name: Some("Ådä Łovelace".into()),
        ..UserPatch::default()
    };
    store.update_user(ada, &rename).await.expect("patched");
    for q in ["ådä łove", "ŁOVELACE", "ada-l"] {
        assert_eq!(titles(&store, &matching(q)).await, ["first"], "{q}");
    }
    assert_eq!(titles(&store, &matching("second")).await, ["second"]);
    assert_eq!(
        titles(&store, &matching("example.org")).await,
        [""; 0],
        "addresses are private"
    );
}

/// A language narrows, together with a search.
pub async fn a_filter_lets_one_language_through(store: Adapter) {
    let ada = account(&store, "ada").await;
    public(&store, ada, "one", "c", 0).await;
    public(&store, ada, "two", "cpp", 1).await;
    public(&store, ada, "three", "c", 2).await;
    let in_c = SessionFilter {
        language: Some("c".into()),
        ..SessionFilter::default()
    };
    assert_eq!(titles(&store, &in_c).await, ["three", "one"]);
    let both = SessionFilter {
        q: Some("on".into()),
        ..in_c
    };
    assert_eq!(titles(&store, &both).await, ["one"]);
}

/// A later change does not move a session in the order of creation, whose pages make up the whole.
pub async fn the_newest_session_comes_first(store: Adapter) {
    let ada = account(&store, "ada").await;
    let old = public(&store, ada, "old", "c", 0).await;
    public(&store, ada, "middle", "c", 10).await;
    public(&store, ada, "new", "c", 20).await;
    let patch = SessionPatch {
        description: Some("changed".into()),
        ..SessionPatch::default()
    };
    store.update_session(old.id, &patch).await.expect("patched");
    let created = SessionFilter {
        order: SessionOrder::Created,
        ..SessionFilter::default()
    };
    assert_eq!(titles(&store, &created).await, ["new", "middle", "old"]);
    assert_eq!(titles(&store, &SessionFilter::default()).await[0], "old");
    let part = store
        .sessions(SessionScope::Public, &created, &first(2))
        .await
        .expect("list");
    let rest = PageRequest {
        cursor: part.next_cursor,
        limit: 2,
    };
    let rest = store
        .sessions(SessionScope::Public, &created, &rest)
        .await
        .expect("list");
    assert_eq!(rest.items[0].title, "old");
    assert_eq!((rest.items.len(), rest.next_cursor), (1, None));
}
