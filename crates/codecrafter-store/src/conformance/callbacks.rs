//! Results to be posted somewhere.

use codecrafter_domain::execution::{ExecutionResult, Outcome};
use codecrafter_domain::id::{ExecutionId, UserId};

use super::fixtures::{Adapter, account, after, at_once, exited, noon, queued, run};
use crate::executions::Callback;

const URL: &str = "https://example.org/done?x=1";

async fn calling_back(store: &Adapter, user: UserId) -> ExecutionId {
    let mut new = run(user, None);
    new.request.callback_url = Some(URL.to_owned());
    store.create_execution(&new).await.expect("queued");
    new.id
}

async fn claim(store: &Adapter, seconds: i64) -> Vec<Callback> {
    let claimed = store.claim_callbacks(after(seconds), after(seconds + 30), 10).await;
    claimed.expect("answer")
}

/// Not before, and only where one was asked for.
pub async fn a_callback_is_due_once_the_execution_has_finished(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (id, quiet) = (calling_back(&store, ada).await, queued(&store, ada).await);
    assert_eq!(claim(&store, 100).await, []);
    assert_eq!(store.next_callback().await.expect("answer"), None);
    for id in [id, quiet] {
        store.finish(id, &exited(0, ""), after(5)).await.expect("finished");
    }
    assert_eq!(store.next_callback().await.expect("answer"), Some(after(5)));
    assert_eq!(claim(&store, 4).await, []);
    let expected = Callback {
        execution: id,
        url: URL.to_owned(),
        attempts: 1,
    };
    assert_eq!(claim(&store, 5).await, [expected]);
}

/// Cancelled and given up are ends, too.
pub async fn every_way_to_finish_makes_it_due(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (cancelled, dead) = (calling_back(&store, ada).await, calling_back(&store, ada).await);
    assert!(store.cancel_queued(cancelled, after(1)).await.expect("answer"));
    let given_up = ExecutionResult::new(Outcome::InternalError, None);
    assert!(store.bury(dead, &given_up, after(2)).await.expect("answer"));
    let due: Vec<_> = claim(&store, 2)
        .await
        .into_iter()
        .map(|callback| callback.execution)
        .collect();
    assert_eq!(due, [cancelled, dead]);
}

/// Whoever claims and dies is followed by somebody else; what is ended is gone.
pub async fn a_claimed_callback_comes_again_unless_it_is_ended(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = calling_back(&store, ada).await;
    store.finish(id, &exited(0, ""), noon()).await.expect("finished");
    assert_eq!(claim(&store, 0).await.len(), 1);
    assert_eq!(claim(&store, 29).await, []);
    assert_eq!(claim(&store, 30).await[0].attempts, 2);
    store.postpone_callback(id, after(500)).await.expect("postponed");
    assert_eq!(store.next_callback().await.expect("answer"), Some(after(500)));
    assert_eq!(claim(&store, 499).await, []);
    assert_eq!(claim(&store, 500).await[0].attempts, 3);
    store.end_callback(id).await.expect("ended");
    store.end_callback(id).await.expect("ended already");
    store
        .postpone_callback(id, after(1))
        .await
        .expect("nothing to postpone");
    assert_eq!(claim(&store, 10_000).await, []);
}

/// In order, and no more than asked for.
pub async fn callbacks_are_claimed_longest_due_first(store: Adapter) {
    let ada = account(&store, "ada").await;
    let mut expected = Vec::new();
    for seconds in [3, 1, 2] {
        let id = calling_back(&store, ada).await;
        store
            .finish(id, &exited(0, ""), after(seconds))
            .await
            .expect("finished");
        expected.push((seconds, id));
    }
    expected.sort_unstable();
    let claimed = store.claim_callbacks(after(9), after(30), 2).await.expect("answer");
    let claimed: Vec<_> = claimed.into_iter().map(|callback| callback.execution).collect();
    assert_eq!(claimed, [expected[0].1, expected[1].1]);
    assert_eq!(store.claim_callbacks(after(9), after(30), 0).await.expect("answer"), []);
}

/// Several that look at once share.
pub async fn of_concurrent_claims_each_callback_goes_to_one(store: Adapter) {
    let ada = account(&store, "ada").await;
    for _ in 0..20 {
        let id = calling_back(&store, ada).await;
        store.finish(id, &exited(0, ""), noon()).await.expect("finished");
    }
    let claimed = at_once(8, |_| {
        let store = store.clone();
        async move { claim(&store, 1).await }
    })
    .await
    .concat();
    assert_eq!(claimed.len(), 20);
    assert!(claimed.iter().all(|callback| callback.attempts == 1));
}

/// A second life has a callback of its own, whatever became of the first one's.
pub async fn a_requeued_execution_calls_back_again(store: Adapter) {
    let ada = account(&store, "ada").await;
    let given_up = ExecutionResult::new(Outcome::InternalError, None);
    let (posted, pending) = (calling_back(&store, ada).await, calling_back(&store, ada).await);
    for id in [posted, pending] {
        store.bury(id, &given_up, after(1)).await.expect("buried");
    }
    claim(&store, 1).await;
    store.end_callback(posted).await.expect("ended");
    for id in [posted, pending] {
        store.requeue(id).await.expect("requeued");
    }
    assert_eq!(claim(&store, 100).await, []);
    for id in [posted, pending] {
        store.finish(id, &exited(0, ""), after(200)).await.expect("finished");
    }
    let due = claim(&store, 200).await;
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|callback| callback.attempts == 1));
}
