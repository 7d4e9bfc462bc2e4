//! How requests are taken: once for each key, in whose turn, with which callbacks.

use codecrafter_domain::execution::callback::Targets;
use codecrafter_domain::execution::{ExecutionRequest, Outcome, Priority};
use codecrafter_execution::{Submission, SubmitError, WorkerConfig};
use codecrafter_store::types::PageRequest;

use crate::admission::refused_fields;
use crate::fixture::{DEADLINE, add_user, code, platform, printed};
use crate::recovery::restarted;

fn keyed(key: &str) -> Submission {
    Submission {
        idempotency_key: Some(key.parse().expect("a key")),
        ..Submission::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_key_is_run_once() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let submission = keyed("k");
    let submit = |program: &'static str| {
        platform
            .executions
            .submit_as(&platform.user, code("python", program), &submission)
    };
    let answers = futures::future::join_all((0..10).map(|_| submit("print(1)"))).await;
    let ids: Vec<_> = answers.into_iter().map(|answer| answer.expect("accepted").id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let execution = platform.executions.wait(ids[0], DEADLINE).await.expect("known");
    assert_eq!(printed(&execution), "1\n");
    let again = submit("print(1)").await.expect("accepted");
    assert_eq!(again, execution.head, "as it is now");
    match submit("print(2)").await {
        Err(SubmitError::Invalid(invalid)) => assert_eq!(invalid.0[0].field, "Idempotency-Key"),
        other => panic!("{other:?}"),
    }
    let bob = add_user(&platform.parts.store, "bob").await;
    let theirs = platform
        .executions
        .submit_as(&bob, code("python", "print(1)"), &submission)
        .await;
    assert_ne!(theirs.expect("accepted").id, ids[0]);
    worker.stop().await;
}

#[tokio::test]
async fn whoever_waits_comes_first() {
    let platform = platform().await;
    let request = |priority| ExecutionRequest {
        priority,
        ..code("python", "")
    };
    let nobody = Submission::default();
    let waiting = Submission {
        waits: true,
        ..Submission::default()
    };
    let submit = |priority, submission| {
        platform
            .executions
            .submit_as(&platform.user, request(priority), submission)
    };
    let batch = submit(None, &nobody).await.expect("accepted").id;
    let modest = submit(Some(Priority::Batch), &waiting).await.expect("accepted").id;
    let interactive = submit(None, &waiting).await.expect("accepted").id;
    for expected in [interactive, batch, modest] {
        let delivery = platform.parts.queue.receive().await.expect("a job");
        assert_eq!(delivery.job().execution, expected);
        delivery.ack().await.expect("in process");
    }
    assert_eq!(refused_fields(request(Some(Priority::Interactive))).await, ["priority"]);
}

#[tokio::test]
async fn callbacks_stay_outside() {
    let request = |address: &str| ExecutionRequest {
        callback_url: Some(address.into()),
        ..code("python", "")
    };
    for inside in [
        "http://127.0.0.1:1",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/",
        "nonsense",
    ] {
        assert_eq!(refused_fields(request(inside)).await, ["callback_url"], "{inside}");
    }
    let platform = platform().await;
    let outside = platform
        .executions
        .submit(&platform.user, request("https://example.org"))
        .await;
    outside.expect("accepted");
    let any = platform.executions.clone().with_webhook_targets(Targets::Any);
    any.submit(&platform.user, request("http://127.0.0.1:1"))
        .await
        .expect("accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_workers_die_of_is_given_up_and_may_be_queued_again() {
    let platform = platform().await;
    let head = platform
        .executions
        .submit(&platform.user, code("python", "print('alive')"))
        .await;
    let id = head.expect("accepted").id;
    let past = chrono::Utc::now() - chrono::Duration::hours(1);
    for worker in ["a", "b", "c"] {
        let claimed = platform.parts.store.claim(id, worker, past, past).await;
        assert!(claimed.expect("stored").is_some());
    }
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
    assert_eq!(execution.head.outcome, Some(Outcome::InternalError));
    worker.stop().await;
    let first = PageRequest {
        cursor: None,
        limit: 10,
    };
    let dead = platform.parts.store.dead_executions(&first).await.expect("list").items;
    assert_eq!((dead.len(), dead[0].head.id, dead[0].attempts), (1, id, 4));
    platform.parts.store.requeue(id).await.expect("requeued");
    // Nobody tells the queue: a worker that starts finds it in the store.
    let platform = restarted(platform);
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
    assert_eq!(printed(&execution), "alive\n");
    worker.stop().await;
}
