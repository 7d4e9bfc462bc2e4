//! Repeated requests: one execution each.

use codecrafter_domain::id::UserId;

use super::fixtures::{Adapter, account, after, assert_conflict, assert_not_found, at_once, exited, noon, run};
use crate::error::StoreError;
use crate::executions::{Creation, Idempotency, NewExecution};

fn keyed(user: UserId, key: &str, request: u8) -> NewExecution {
    NewExecution {
        idempotency: Some(Idempotency {
            key: key.to_owned(),
            request: [request; 32],
            since: noon(),
        }),
        ..run(user, None)
    }
}

/// The first request makes an execution, whether or not it has finished when the second one comes.
pub async fn a_repeated_request_is_the_same_execution(store: Adapter) {
    let ada = account(&store, "ada").await;
    let first = keyed(ada, "k", 1);
    assert_eq!(
        store.create_execution(&first).await.expect("created"),
        Creation::Created
    );
    let second = keyed(ada, "k", 1);
    let again = Creation::Already(first.id);
    assert_eq!(store.create_execution(&second).await.expect("known"), again);
    assert_not_found(store.execution(second.id).await);
    store
        .finish(first.id, &exited(0, ""), after(1))
        .await
        .expect("finished");
    assert_eq!(store.create_execution(&keyed(ada, "k", 1)).await.expect("known"), again);
    assert_eq!(
        store.create_execution(&keyed(ada, "K", 1)).await.expect("another key"),
        Creation::Created
    );
}

/// A key stands for one request.
pub async fn another_request_under_the_same_key_is_a_conflict(store: Adapter) {
    let ada = account(&store, "ada").await;
    store.create_execution(&keyed(ada, "k", 1)).await.expect("created");
    let other = keyed(ada, "k", 2);
    assert_conflict(store.create_execution(&other).await, "idempotency_key");
    assert_not_found(store.execution(other.id).await);
}

/// Others may choose the same key.
pub async fn keys_are_each_users_own(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    for (user, request) in [(ada, 1), (bob, 2)] {
        let created = store.create_execution(&keyed(user, "k", request)).await;
        assert_eq!(created.expect("created"), Creation::Created);
    }
}

/// A key from before the moment the caller names is forgotten.
pub async fn an_old_key_is_free_again(store: Adapter) {
    let ada = account(&store, "ada").await;
    store.create_execution(&keyed(ada, "k", 1)).await.expect("created");
    let mut later = keyed(ada, "k", 2);
    later.created_at = after(60);
    if let Some(idempotency) = &mut later.idempotency {
        idempotency.since = after(1);
    }
    assert_eq!(
        store.create_execution(&later).await.expect("created"),
        Creation::Created
    );
    let again = store.create_execution(&keyed(ada, "k", 2)).await;
    assert_eq!(again.expect("known"), Creation::Already(later.id));
}

/// A repetition takes no place.
pub async fn a_repetition_is_answered_though_no_more_may_run(store: Adapter) {
    let ada = account(&store, "ada").await;
    let one_only = |new: NewExecution| NewExecution {
        most_unfinished: 1,
        ..new
    };
    let first = one_only(keyed(ada, "k", 1));
    store.create_execution(&first).await.expect("created");
    let again = store.create_execution(&one_only(keyed(ada, "k", 1))).await;
    assert_eq!(again.expect("known"), Creation::Already(first.id));
}

/// What was not queued is not remembered.
pub async fn a_refused_request_leaves_its_key_free(store: Adapter) {
    let ada = account(&store, "ada").await;
    let refused = NewExecution {
        most_unfinished: 0,
        ..keyed(ada, "k", 1)
    };
    let answer = store.create_execution(&refused).await;
    assert!(matches!(answer, Err(StoreError::Full("unfinished"))), "{answer:?}");
    let created = store.create_execution(&keyed(ada, "k", 2)).await;
    assert_eq!(created.expect("created"), Creation::Created);
}

/// Of many requests at the same moment one makes an execution, and all learn which.
pub async fn of_concurrent_repetitions_one_is_queued(store: Adapter) {
    let ada = account(&store, "ada").await;
    let answers = at_once(12, |_| {
        let store = store.clone();
        async move {
            let new = keyed(ada, "k", 1);
            match store.create_execution(&new).await.expect("answer") {
                Creation::Created => (true, new.id),
                Creation::Already(id) => (false, id),
            }
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|(created, _)| *created).count(), 1);
    assert!(answers.iter().all(|(_, id)| *id == answers[0].1));
    assert_eq!(store.unfinished(ada).await.expect("count"), 1);
}
