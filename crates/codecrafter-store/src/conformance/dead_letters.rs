//! Executions that were given up.

use std::collections::BTreeSet;

use codecrafter_domain::execution::{ExecutionResult, Outcome, Status};
use codecrafter_domain::id::{ExecutionId, UserId};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_not_found, at_once, exited, first, noon, queued,
};

fn given_up() -> ExecutionResult {
    ExecutionResult::new(Outcome::InternalError, Some("given up".into()))
}

async fn buried(store: &Adapter, user: UserId, seconds: i64) -> ExecutionId {
    let id = queued(store, user).await;
    assert!(store.bury(id, &given_up(), after(seconds)).await.expect("answer"));
    id
}

/// The dead, and nobody else.
pub async fn the_dead_are_listed_latest_first(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (early, late) = (buried(&store, ada, 1).await, buried(&store, ada, 2).await);
    let failed = queued(&store, ada).await;
    store.finish(failed, &given_up(), after(3)).await.expect("finished");
    queued(&store, ada).await;
    let page = store.dead_executions(&first(10)).await.expect("list");
    let listed: Vec<_> = page.items.iter().map(|dead| (dead.head.id, dead.dead_at)).collect();
    assert_eq!(listed, [(late, after(2)), (early, after(1))]);
    assert_eq!(page.items[0].head, store.execution(late).await.expect("found").head);
}

/// Parts of the list make up the whole, though all died in the same microsecond.
pub async fn dead_pages_make_up_the_whole(store: Adapter) {
    let ada = account(&store, "ada").await;
    let mut expected = BTreeSet::new();
    for _ in 0..7 {
        expected.insert(buried(&store, ada, 1).await);
    }
    let (mut seen, mut page) = (Vec::new(), first(3));
    loop {
        let part = store.dead_executions(&page).await.expect("list");
        seen.extend(part.items.iter().map(|dead| dead.head.id));
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// The dead have a result like all that have finished, and keep the number of attempts.
pub async fn burying_is_finishing(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = queued(&store, ada).await;
    for attempt in 1..=3 {
        let claimed = store.claim(id, "w", after(attempt), after(attempt + 1)).await;
        claimed.expect("answer").expect("claimed");
    }
    assert!(store.bury(id, &given_up(), after(9)).await.expect("answer"));
    assert!(!store.bury(id, &exited(0, ""), after(10)).await.expect("answer"));
    assert!(!store.finish(id, &exited(0, ""), after(10)).await.expect("answer"));
    let head = store.execution(id).await.expect("found").head;
    assert_eq!(
        (head.status, head.outcome),
        (Status::Finished, Some(Outcome::InternalError))
    );
    assert_eq!(
        (head.message.as_deref(), head.finished_at),
        (Some("given up"), Some(after(9)))
    );
    let page = store.dead_executions(&first(10)).await.expect("list");
    assert_eq!(page.items[0].attempts, 3);
    assert_not_found(store.bury(ExecutionId::new(), &given_up(), noon()).await);
}

/// It waits again, with nothing left of its first life.
pub async fn a_requeued_execution_is_as_new(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = queued(&store, ada).await;
    let before = store.execution(id).await.expect("found");
    store.claim(id, "w", noon(), after(1)).await.expect("answer");
    store.bury(id, &given_up(), after(1)).await.expect("buried");
    store.requeue(id).await.expect("requeued");
    assert_eq!(store.execution(id).await.expect("found"), before);
    assert_eq!(store.dead_executions(&first(10)).await.expect("list").items, []);
    assert_eq!(store.orphans(noon(), after(1), 10).await.expect("list").len(), 1);
    let claimed = store.claim(id, "w", noon(), after(1)).await.expect("answer");
    assert_eq!(claimed.map(|claimed| claimed.attempt), Some(1));
    assert!(store.finish(id, &exited(0, "done"), after(2)).await.expect("answer"));
    let run = store.execution(id).await.expect("found").run;
    assert_eq!(run.expect("it ran").stdout, "done");
}

/// What ended in any other way stays as it is.
pub async fn only_the_dead_are_requeued(store: Adapter) {
    let ada = account(&store, "ada").await;
    let (waiting, done) = (queued(&store, ada).await, queued(&store, ada).await);
    store.finish(done, &given_up(), after(1)).await.expect("finished");
    for id in [waiting, done] {
        let before = store.execution(id).await.expect("found");
        assert_conflict(store.requeue(id).await, "dead");
        assert_eq!(store.execution(id).await.expect("found"), before);
    }
    assert_not_found(store.requeue(ExecutionId::new()).await);
}

/// Asked twice at once, it comes back once.
pub async fn of_concurrent_requeues_one_wins(store: Adapter) {
    let ada = account(&store, "ada").await;
    let id = buried(&store, ada, 1).await;
    let answers = at_once(8, |_| {
        let store = store.clone();
        async move { store.requeue(id).await.is_ok() }
    })
    .await;
    assert_eq!(answers.iter().filter(|requeued| **requeued).count(), 1);
}
