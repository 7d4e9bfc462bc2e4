//! What platform administrators see and set.

use std::sync::Arc;

use codecrafter_domain::admin::{AccountUsage, Node, Quota};
use codecrafter_domain::execution::{ExecutionResult, Outcome, Status};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::user::User;

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, exited, first, guest, invite,
    noon, owned_room, queued, room, session, user,
};
use crate::StoreError;
use crate::types::{AccountFilter, AccountState, AnyExecutionFilter, AnySessionFilter};

async fn names(store: &Adapter, filter: AccountFilter) -> Vec<String> {
    let page = store.accounts(&filter, &first(10)).await.expect("list");
    page.items.into_iter().map(|account| account.user.username).collect()
}

/// By name, shown name, address and state; wildcards are themselves.
pub async fn accounts_are_found(store: Adapter) {
    for (second, name) in ["ada", "bob", "a_d"].into_iter().enumerate() {
        let seconds = i64::try_from(second).expect("small");
        let user = User {
            created_at: after(seconds),
            ..user(name)
        };
        store.create_user(&user, "hash").await.expect("account");
    }
    let all = AccountFilter::default;
    assert_eq!(names(&store, all()).await, ["a_d", "bob", "ada"]);
    let q = |q: &str| AccountFilter {
        q: Some(q.to_owned()),
        ..all()
    };
    assert_eq!(names(&store, q("AD")).await, ["ada"]);
    assert_eq!(names(&store, q("a_")).await, ["a_d"]);
    assert_eq!(names(&store, q("bob@Example")).await, ["bob"]);
    let (bob, _) = store.user_by_login("bob").await.expect("found");
    store.deactivate(bob.id, noon()).await.expect("deactivated");
    let state = |state| AccountFilter {
        state: Some(state),
        ..all()
    };
    assert_eq!(names(&store, state(AccountState::Deactivated)).await, ["bob"]);
    assert_eq!(names(&store, state(AccountState::Active)).await, ["a_d", "ada"]);
    assert!(names(&store, state(AccountState::Admin)).await.is_empty());
    assert_eq!(store.account(bob.id).await.expect("found").deactivated_at, Some(noon()));
    assert_invalid(store.accounts(&q("\0"), &first(10)).await, "q");
}

/// Guests are no accounts, and get no office.
pub async fn guests_are_not_administered(store: Adapter) {
    let (room, _) = owned_room(&store).await;
    let link = invite(room, "token");
    store.create_invite(&link).await.expect("invite");
    let gina = guest("Gina", room);
    store
        .join_as_guest(&gina, link.role, link.id, noon())
        .await
        .expect("joined");
    assert_eq!(names(&store, AccountFilter::default()).await, ["owner"]);
    assert_not_found(store.account(gina.id).await);
    assert_invalid(store.set_platform_admin(gina.id, true).await, "user_id");
}

/// The office is given and taken, and the last one who can sign in keeps it.
pub async fn one_administrator_stays(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert!(store.set_platform_admin(ada, true).await.expect("given"));
    assert!(!store.set_platform_admin(ada, true).await.expect("had it"));
    assert!(store.user(ada).await.expect("found").platform_admin);
    assert_conflict(store.set_platform_admin(ada, false).await, "last_admin");
    store.set_platform_admin(bob, true).await.expect("given");
    store.deactivate(bob, noon()).await.expect("deactivated");
    assert_conflict(store.set_platform_admin(ada, false).await, "last_admin");
    store.activate(bob).await.expect("activated");
    assert!(store.set_platform_admin(ada, false).await.expect("taken"));
    assert_not_found(store.set_platform_admin(UserId::new(), true).await);
}

/// Many give up the office at once: one of them keeps it.
pub async fn of_concurrent_resignations_one_fails(store: Adapter) {
    let mut admins = Vec::new();
    for name in ["a01", "a02", "a03", "a04"] {
        let id = account(&store, name).await;
        store.set_platform_admin(id, true).await.expect("given");
        admins.push(id);
    }
    let ids = admins.clone();
    let answers = at_once(4, move |index| {
        let (store, id) = (Arc::clone(&store), ids[index]);
        async move { store.set_platform_admin(id, false).await }
    })
    .await;
    let failed = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Conflict("last_admin"))));
    assert_eq!(failed.count(), 1, "{answers:?}");
}

/// Everybody's sessions, deleted ones apart.
pub async fn all_sessions_are_listed(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (hers, his) = (session(ada, "Primes"), session(bob, "Sorting"));
    for session in [&hers, &his] {
        store.create_session(session).await.expect("session");
    }
    let ids = |filter: AnySessionFilter| {
        let store = Arc::clone(&store);
        async move {
            let page = store.any_sessions(&filter, &first(10)).await.expect("list");
            page.items
                .into_iter()
                .map(|session| session.id)
                .collect::<Vec<SessionId>>()
        }
    };
    assert_eq!(ids(AnySessionFilter::default()).await.len(), 2);
    let of_ada = AnySessionFilter {
        owner: Some(ada),
        ..AnySessionFilter::default()
    };
    assert_eq!(ids(of_ada).await, [hers.id]);
    let named = AnySessionFilter {
        q: Some("sort".into()),
        ..AnySessionFilter::default()
    };
    assert_eq!(ids(named).await, [his.id]);
    store.delete_session(his.id).await.expect("deleted");
    let deleted = AnySessionFilter {
        deleted: true,
        ..AnySessionFilter::default()
    };
    assert_eq!(ids(deleted).await, [his.id]);
    assert_eq!(ids(AnySessionFilter::default()).await, [hers.id]);
    assert!(store.any_session(his.id).await.expect("found").deleted_at.is_some());
    assert_not_found(store.any_session(SessionId::new()).await);
}

/// Everybody's runs, by each of the filters.
pub async fn all_executions_are_listed(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    let (hers, his) = (queued(&store, ada).await, queued(&store, bob).await);
    store.finish(his, &exited(0, ""), after(1)).await.expect("finished");
    for (filter, expected) in [
        (
            AnyExecutionFilter {
                user: Some(ada),
                ..AnyExecutionFilter::default()
            },
            vec![hers],
        ),
        (
            AnyExecutionFilter {
                status: Some(Status::Finished),
                ..AnyExecutionFilter::default()
            },
            vec![his],
        ),
        (
            AnyExecutionFilter {
                language: Some("c".into()),
                ..AnyExecutionFilter::default()
            },
            vec![],
        ),
        (
            AnyExecutionFilter {
                session: Some(SessionId::new()),
                ..AnyExecutionFilter::default()
            },
            vec![],
        ),
    ] {
        let page = store.any_executions(&filter, &first(10)).await.expect("list");
        let found: Vec<ExecutionId> = page.items.into_iter().map(|head| head.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let all = store.any_executions(&AnyExecutionFilter::default(), &first(10)).await;
    assert_eq!(all.expect("list").items.len(), 2);
}

/// A dead one leaves the list and stays finished.
pub async fn the_dead_are_forgotten(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = queued(&store, ada).await;
    assert_conflict(store.forget_dead(id).await, "dead");
    let result = ExecutionResult::new(Outcome::InternalError, None);
    store.bury(id, &result, noon()).await.expect("buried");
    store.forget_dead(id).await.expect("forgotten");
    assert!(store.dead_executions(&first(10)).await.expect("list").items.is_empty());
    assert_eq!(store.execution(id).await.expect("found").head.status, Status::Finished);
    assert_conflict(store.forget_dead(id).await, "dead");
    assert_not_found(store.forget_dead(ExecutionId::new()).await);
}

/// Set, replaced, taken back.
pub async fn a_quota_is_set(store: Adapter) {
    let ada = account(&store, "ada").await;
    assert_eq!(store.quota(ada).await.expect("none"), Quota::default());
    let quota = Quota {
        executions: Some(0),
        sessions: Some(u32::MAX),
        storage_bytes: None,
    };
    store.set_quota(ada, &quota).await.expect("set");
    assert_eq!(store.quota(ada).await.expect("set"), quota);
    store.set_quota(ada, &Quota::default()).await.expect("taken back");
    assert_eq!(store.quota(ada).await.expect("none"), Quota::default());
    assert_not_found(store.set_quota(UserId::new(), &quota).await);
}

/// Runs under way, sessions that are there, and the bytes in them.
pub async fn usage_counts_what_is_there(store: Adapter) {
    let ada = account(&store, "ada").await;
    assert_eq!(store.usage(ada).await.expect("usage"), AccountUsage::default());
    let (kept, deleted) = (room(&store, ada).await, room(&store, ada).await);
    store.delete_session(deleted).await.expect("deleted");
    let run = queued(&store, ada).await;
    queued(&store, ada).await;
    store.finish(run, &exited(0, ""), after(1)).await.expect("finished");
    let update = crate::documents::NewUpdate {
        author: Some(ada),
        at: noon(),
        bytes: vec![0; 1_234],
    };
    store.append_updates(kept, &[update]).await.expect("appended");
    let usage = store.usage(ada).await.expect("usage");
    assert_eq!((usage.executions, usage.sessions, usage.storage_bytes), (1, 1, 1_234));
}

/// Processes are noted, noted again, and forgotten when silent or gone.
pub async fn nodes_come_and_go(store: Adapter) {
    let node = |id: &str, seconds| Node {
        id: id.to_owned(),
        host: "host".into(),
        roles: vec!["api".into(), "worker".into()],
        slots: 4,
        busy: 0,
        version: "1.0.0".into(),
        started_at: after(seconds),
        seen_at: after(seconds),
    };
    let (first, second) = (node("a", 1), node("b", 2));
    for node in [&first, &second] {
        store.beat(node, noon()).await.expect("noted");
    }
    assert_eq!(store.nodes().await.expect("list"), [first.clone(), second.clone()]);
    let later = Node {
        busy: 3,
        seen_at: after(9),
        ..second
    };
    store.beat(&later, after(5)).await.expect("noted");
    assert_eq!(store.nodes().await.expect("list"), [later]);
    store.forget_node("b").await.expect("forgotten");
    store.forget_node("b").await.expect("gone already");
    assert!(store.nodes().await.expect("list").is_empty());
}
