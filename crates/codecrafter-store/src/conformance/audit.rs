//! The audit log.

use std::sync::Arc;

use codecrafter_domain::audit::{Act, Audit, AuditEntry, Channel, Origin};
use codecrafter_domain::id::{SessionId, UserId};
use codecrafter_domain::permission::Role;
use uuid::Uuid;

use super::fixtures::{Adapter, after, assert_invalid, at_once, first, user};
use crate::types::AuditFilter;

fn entry(act: Act, seconds: i64) -> AuditEntry {
    let origin = Origin {
        channel: Channel::Api,
        address: Some("2001:db8::1".parse().expect("an address")),
        request_id: Some("request-1".into()),
    };
    AuditEntry {
        at: after(seconds),
        ..Audit::new(act).recorded(origin)
    }
}

async fn listed(store: &Adapter, filter: &AuditFilter) -> Vec<AuditEntry> {
    store.audit(filter, &first(100)).await.expect("list").items
}

/// Every field survives, and the latest comes first.
pub async fn entries_come_back_whole(store: Adapter) {
    let ada = user("ada");
    let full = Audit::new(Act::RoleChanged)
        .by(&ada)
        .user(UserId::new())
        .session(SessionId::new())
        .object(Uuid::now_v7())
        .detail(Role::Admin)
        .recorded(Origin::command_line());
    let full = AuditEntry { at: after(2), ..full };
    let bare = entry(Act::LoginFailed, 1);
    store.record(&[bare.clone(), full.clone()]).await.expect("recorded");
    assert_eq!(listed(&store, &AuditFilter::default()).await, [full, bare]);
    store.record(&[]).await.expect("nothing");
}

/// An entry outlives its account: nothing refers to accounts that must be there.
pub async fn an_entry_needs_no_account(store: Adapter) {
    let gone = Audit::new(Act::AccountDeleted)
        .by(&user("gone"))
        .recorded(Origin::command_line());
    store.record(std::slice::from_ref(&gone)).await.expect("recorded");
    assert_eq!(listed(&store, &AuditFilter::default()).await, [gone]);
}

/// What is there stays as it is, whatever is recorded under its id.
pub async fn an_entry_never_changes(store: Adapter) {
    let original = entry(Act::LoginFailed, 1);
    let forged = AuditEntry {
        act: Act::LoginSucceeded,
        ..original.clone()
    };
    let next = entry(Act::LoginEnded, 2);
    store.record(std::slice::from_ref(&original)).await.expect("recorded");
    store.record(&[forged, next.clone()]).await.expect("recorded");
    assert_eq!(listed(&store, &AuditFilter::default()).await, [next, original]);
}

/// Each filter lets through what it says, and all together what all say.
pub async fn audit_filters_narrow(store: Adapter) {
    let (ada, bob) = (user("ada"), user("bob"));
    let session = SessionId::new();
    let by_ada = AuditEntry {
        actor_id: Some(ada.id),
        session_id: Some(session),
        ..entry(Act::SessionDeleted, 1)
    };
    let to_ada = AuditEntry {
        actor_id: Some(bob.id),
        user_id: Some(ada.id),
        ..entry(Act::ParticipantBanned, 2)
    };
    let elsewhere = AuditEntry {
        address: Some("192.0.2.7".parse().expect("an address")),
        request_id: Some("request-2".into()),
        ..entry(Act::LoginFailed, 3)
    };
    let all = [by_ada.clone(), to_ada.clone(), elsewhere.clone()];
    store.record(&all).await.expect("recorded");
    let any = AuditFilter::default;
    for (filter, expected) in [
        (
            AuditFilter {
                acts: vec![Act::LoginFailed, Act::SessionDeleted],
                ..any()
            },
            vec![&elsewhere, &by_ada],
        ),
        (
            AuditFilter {
                actor: Some(ada.id),
                ..any()
            },
            vec![&by_ada],
        ),
        (
            AuditFilter {
                about: Some(ada.id),
                ..any()
            },
            vec![&to_ada, &by_ada],
        ),
        (
            AuditFilter {
                session: Some(session),
                ..any()
            },
            vec![&by_ada],
        ),
        (
            AuditFilter {
                address: elsewhere.address,
                ..any()
            },
            vec![&elsewhere],
        ),
        (
            AuditFilter {
                request_id: elsewhere.request_id.clone(),
                ..any()
            },
            vec![&elsewhere],
        ),
        (
            AuditFilter {
                since: Some(after(2)),
                ..any()
            },
            vec![&elsewhere, &to_ada],
        ),
        (
            AuditFilter {
                until: Some(after(2)),
                ..any()
            },
            vec![&by_ada],
        ),
        (
            AuditFilter {
                about: Some(ada.id),
                since: Some(after(2)),
                ..any()
            },
            vec![&to_ada],
        ),
    ] {
        let found = listed(&store, &filter).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let nul = AuditFilter {
        request_id: Some("\0".into()),
        ..any()
    };
    assert_invalid(store.audit(&nul, &first(10)).await, "request_id");
}

/// Parts make up the whole, though all are of one moment and written at once.
pub async fn audit_pages_make_up_the_whole(store: Adapter) {
    at_once(9, |_| {
        let store = Arc::clone(&store);
        async move { store.record(&[entry(Act::LoginFailed, 1)]).await.expect("recorded") }
    })
    .await;
    let (mut seen, mut page) = (Vec::new(), first(4));
    loop {
        let part = store.audit(&AuditFilter::default(), &page).await.expect("list");
        seen.extend(part.items);
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, listed(&store, &AuditFilter::default()).await);
    assert_eq!(seen.len(), 9);
}

/// Only what is old goes, in bounded steps.
pub async fn old_entries_are_purged(store: Adapter) {
    let entries: Vec<_> = (0..5).map(|second| entry(Act::LoginFailed, second)).collect();
    store.record(&entries).await.expect("recorded");
    let before = after(3);
    let mut purged = Vec::new();
    loop {
        match store.purge_audit(before, 2).await.expect("purged") {
            0 => break,
            count => purged.push(count),
        }
    }
    assert_eq!(purged, [2, 1]);
    let left = listed(&store, &AuditFilter::default()).await;
    assert_eq!(left, [entries[4].clone(), entries[3].clone()]);
}
