//! Executions as others see them: what a worker is told, lists, orphans, counts.

use std::collections::BTreeSet;

use codecrafter_domain::execution::{Execution, ExecutionResult, Outcome, Priority, Status};
use codecrafter_domain::id::{ExecutionId, UserId};

use super::fixtures::{
    Adapter, account, after, assert_invalid, assert_not_found, exited, first, noon, owned_room, queued, room, run,
};
use crate::error::StoreError;
use crate::executions::{NewExecution, Taken};

async fn queued_at(store: &Adapter, user: UserId, seconds: i64) -> ExecutionId {
    let new = NewExecution {
        created_at: after(seconds),
        ..run(user, None)
    };
    store.create_execution(&new).await.expect("queued");
    new.id
}

/// A session's runs, newest first, whoever ran them, and nobody else's.
pub async fn a_session_lists_its_executions(store: Adapter) {
    let (here, ada) = owned_room(&store).await;
    let (bob, there) = (account(&store, "bob").await, room(&store, ada).await);
    let mut expected = Vec::new();
    for (seconds, user) in [(3, ada), (1, bob), (2, ada)] {
        let new = NewExecution {
            created_at: after(seconds),
            ..run(user, Some(here))
        };
        store.create_execution(&new).await.expect("queued");
        expected.push((std::cmp::Reverse(seconds), new.id, user));
    }
    for elsewhere in [run(ada, Some(there)), run(ada, None)] {
        store.create_execution(&elsewhere).await.expect("queued");
    }
    expected.sort_unstable();
    let page = store.session_executions(here, &first(10)).await.expect("list");
    let listed: Vec<_> = page.items.iter().map(|head| (head.id, head.user.id)).collect();
    let expected: Vec<_> = expected.into_iter().map(|(_, id, user)| (id, user)).collect();
    assert_eq!(listed, expected);
    assert_eq!(page.next_cursor, None);
}

/// An account's runs, in sessions or not.
pub async fn an_account_lists_its_executions(store: Adapter) {
    let (here, ada) = owned_room(&store).await;
    let bob = account(&store, "bob").await;
    let (mut mine, theirs) = (BTreeSet::new(), run(bob, Some(here)));
    for new in [run(ada, Some(here)), run(ada, None)] {
        store.create_execution(&new).await.expect("queued");
        mine.insert(new.id);
    }
    store.create_execution(&theirs).await.expect("queued");
    let page = store.user_executions(ada, &first(10)).await.expect("list");
    assert_eq!(page.items.iter().map(|head| head.id).collect::<BTreeSet<_>>(), mine);
    let nobody = store.user_executions(UserId::new(), &first(10)).await.expect("list");
    assert_eq!(nobody.items, []);
}

/// Lists show how runs ended.
pub async fn lists_show_outcomes(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    store.finish(id, &exited(7, "out"), after(2)).await.expect("finished");
    let page = store.user_executions(user, &first(10)).await.expect("list");
    assert_eq!(page.items[0], store.execution(id).await.expect("found").head);
    assert_eq!(
        (page.items[0].status, page.items[0].outcome, page.items[0].exit_code),
        (Status::Finished, Some(Outcome::RuntimeError), Some(7))
    );
}

/// Parts of a list make up the whole, though all runs began in the same microsecond; new ones do not disturb.
pub async fn execution_pages_make_up_the_whole(store: Adapter) {
    let user = account(&store, "ada").await;
    let mut expected = BTreeSet::new();
    for _ in 0..25 {
        expected.insert(queued(&store, user).await);
    }
    let (mut seen, mut page) = (Vec::new(), first(4));
    loop {
        let part = store.user_executions(user, &page).await.expect("list");
        seen.extend(part.items.iter().map(|head| head.id));
        queued_at(&store, user, 100).await;
        match part.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Orphans: waiting since before a moment, or abandoned by their worker; the oldest first.
pub async fn orphans_are_found(store: Adapter) {
    let user = account(&store, "ada").await;
    let waiting = queued_at(&store, user, 1).await;
    let fresh = queued_at(&store, user, 20).await;
    let abandoned = queued_at(&store, user, 0).await;
    let held = queued_at(&store, user, 2).await;
    let done = queued_at(&store, user, 3).await;
    for (id, lease) in [(abandoned, 10), (held, 60)] {
        store.claim(id, "w", noon(), after(lease)).await.expect("claimed");
        store.set_status(id, Status::Running).await.expect("moved");
    }
    store.finish(done, &exited(0, ""), after(4)).await.expect("finished");
    let orphans = |lease, queued_before, limit| {
        let store = store.clone();
        async move {
            let orphans = store.orphans(after(lease), after(queued_before), limit).await;
            orphans.expect("list").into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        }
    };
    assert_eq!(orphans(10, 20, 10).await, [abandoned, waiting]);
    assert_eq!(orphans(10, 21, 10).await, [abandoned, waiting, fresh]);
    assert_eq!(orphans(10, 21, 1).await, [abandoned]);
    assert_eq!(orphans(10, 21, 0).await, []);
    assert_eq!(orphans(10, 21, u64::MAX).await.len(), 3);
    assert_eq!(orphans(9, 1, 10).await, []);
}

/// How long the longest waiting one has waited: taken and ended ones do not wait.
pub async fn the_longest_waiting_is_known(store: Adapter) {
    assert_eq!(store.waiting_since().await.expect("asked"), None);
    let user = account(&store, "ada").await;
    let taken = queued_at(&store, user, 1).await;
    queued_at(&store, user, 5).await;
    let longest = queued_at(&store, user, 3).await;
    assert_eq!(store.waiting_since().await.expect("asked"), Some(after(1)));
    store.claim(taken, "w", noon(), after(60)).await.expect("claimed");
    assert_eq!(store.waiting_since().await.expect("asked"), Some(after(3)));
    assert!(store.cancel_queued(longest, after(6)).await.expect("cancelled"));
    assert_eq!(store.waiting_since().await.expect("asked"), Some(after(5)));
}

/// An orphan keeps its turn.
pub async fn orphans_keep_their_priority(store: Adapter) {
    let user = account(&store, "ada").await;
    for priority in [Priority::Interactive, Priority::Batch] {
        let new = NewExecution {
            priority,
            ..run(user, None)
        };
        store.create_execution(&new).await.expect("queued");
        let orphans = store.orphans(after(1), after(1), 10).await.expect("list");
        assert!(orphans.contains(&(new.id, priority)), "{orphans:?}");
    }
}

/// What is not finished counts, queued or running, one's own only.
pub async fn unfinished_executions_are_counted(store: Adapter) {
    let (ada, bob) = (account(&store, "ada").await, account(&store, "bob").await);
    assert_eq!(store.unfinished(ada).await.expect("count"), 0);
    let ids = [
        queued(&store, ada).await,
        queued(&store, ada).await,
        queued(&store, ada).await,
    ];
    queued(&store, bob).await;
    store.claim(ids[0], "w", noon(), after(9)).await.expect("claimed");
    assert_eq!(store.unfinished(ada).await.expect("count"), 3);
    store.finish(ids[0], &exited(0, ""), noon()).await.expect("finished");
    store.cancel_queued(ids[1], noon()).await.expect("cancelled");
    assert_eq!(store.unfinished(ada).await.expect("count"), 1);
    assert_eq!(store.unfinished(UserId::new()).await.expect("count"), 0);
}

/// Of many requests at the same moment, as many are taken as may be; finishing makes room.
pub async fn unfinished_executions_are_bounded_even_side_by_side(store: Adapter) {
    let ada = account(&store, "ada").await;
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let new = NewExecution {
                    most_unfinished: 3,
                    ..run(ada, None)
                };
                store.create_execution(&new).await.map(|_| new.id)
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(id) => taken.push(id),
            Err(error) => assert!(matches!(error, StoreError::Full("unfinished")), "{error}"),
        }
    }
    assert_eq!(taken.len(), 3);
    store.finish(taken[0], &exited(0, ""), noon()).await.expect("finished");
    let next = NewExecution {
        most_unfinished: 3,
        ..run(ada, None)
    };
    store.create_execution(&next).await.expect("room again");
}

/// Whoever claims gets what there is to do: the head as it is from then on, and the request.
pub async fn a_claim_says_what_there_is_to_do(store: Adapter) {
    let (room, user) = owned_room(&store).await;
    let mut new = run(user, Some(room));
    new.request.stdin = Some("a\0b".into());
    store.create_execution(&new).await.expect("created");
    let other = account(&store, "other").await;
    store.create_execution(&run(other, None)).await.expect("created");
    let claimed = store.claim(new.id, "one", after(1), after(30)).await.expect("answer");
    let claimed = claimed.expect("claimed");
    assert_eq!((claimed.attempt, &claimed.request), (1, &new.request));
    assert_eq!(claimed.head.started_at, Some(after(1)));
    assert_eq!(claimed.head, store.execution(new.id).await.expect("found").head);
}

/// Taken as it is added it is as if claimed in that moment: the first attempt, for as long as the lease lasts.
pub async fn a_worker_may_have_it_from_the_beginning(store: Adapter) {
    let user = account(&store, "ada").await;
    let taken = |most_unfinished| NewExecution {
        taken: Some(Taken {
            worker: "one".into(),
            lease_until: after(30),
        }),
        most_unfinished,
        ..run(user, None)
    };
    let new = taken(1);
    store.create_execution(&new).await.expect("created");
    let head = store.execution(new.id).await.expect("found").head;
    assert_eq!((head.status, head.started_at), (Status::Queued, Some(noon())));
    assert_eq!(store.waiting_since().await.expect("answer"), None);
    let early = store.claim(new.id, "two", after(29), after(60)).await;
    assert_eq!(early.expect("answer"), None);
    assert!(!store.cancel_queued(new.id, noon()).await.expect("answer"));
    assert!(!store.renew(new.id, "two", after(60)).await.expect("answer"));
    assert!(store.renew(new.id, "one", after(60)).await.expect("answer"));
    let orphans = |now| store.orphans(now, after(0), 9);
    assert_eq!(orphans(after(59)).await.expect("answer"), []);
    assert_eq!(orphans(after(60)).await.expect("answer").len(), 1);
    let second = store.claim(new.id, "two", after(60), after(90)).await.expect("answer");
    assert_eq!(second.map(|claimed| claimed.attempt), Some(2));
    let refused = taken(1);
    let answer = store.create_execution(&refused).await;
    assert!(matches!(answer, Err(StoreError::Full("unfinished"))), "{answer:?}");
    assert_not_found(store.execution(refused.id).await);
    store.finish(new.id, &exited(0, ""), after(61)).await.expect("finished");
    let nul = NewExecution {
        taken: Some(Taken {
            worker: "\0".into(),
            lease_until: after(30),
        }),
        ..run(user, None)
    };
    assert_invalid(store.create_execution(&nul).await, "worker");
}

/// A result makes of a head what the domain says it does, so that nobody needs to read it again.
pub async fn a_finished_execution_is_its_head_and_its_result(store: Adapter) {
    let user = account(&store, "ada").await;
    for result in [
        exited(3, "out"),
        ExecutionResult::new(Outcome::InternalError, Some("a\0b".into())),
    ] {
        let id = queued(&store, user).await;
        let claimed = store.claim(id, "one", after(1), after(30)).await.expect("answer");
        let at = after(2) + chrono::TimeDelta::nanoseconds(1_999);
        assert!(store.finish(id, &result, at).await.expect("answer"));
        let finished = Execution::finished(claimed.expect("claimed").head, result, at);
        assert_eq!(store.execution(id).await.expect("found"), finished);
    }
}
