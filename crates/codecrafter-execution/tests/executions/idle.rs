//! Runs that go to a slot of this process which has nothing to do, past the queue.

use std::sync::Arc;

use codecrafter_domain::execution::Outcome;
use codecrafter_domain::id::ExecutionId;
use codecrafter_execution::{SubmitError, WorkerConfig};
use codecrafter_queue::in_process::InProcessQueue;

use crate::fixture::{DEADLINE, Platform, code, executions, platform, printed};

/// A platform whose queue takes nothing: what runs here came past it.
async fn without_a_queue() -> Platform {
    let mut platform = platform().await;
    platform.parts.queue = Arc::new(InProcessQueue::new(0));
    platform.executions = executions(&platform.parts);
    platform
}

/// Waits until a slot is offered: the worker has only just been started, or its slot only just been left.
async fn accepted(platform: &Platform, program: &str) -> ExecutionId {
    loop {
        match platform
            .executions
            .submit(&platform.user, code("python", program))
            .await
        {
            Ok(head) => return head.id,
            Err(SubmitError::Full { .. }) => tokio::task::yield_now().await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_to_a_slot_that_waits() {
    let platform = without_a_queue().await;
    let one_slot = WorkerConfig {
        slots: 1,
        ..WorkerConfig::default()
    };
    let worker = platform.start(one_slot);
    for program in ["print(1)", "print(2)", "print(3)"] {
        let id = accepted(&platform, program).await;
        let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
        assert_eq!(printed(&execution), format!("{}\n", &program[6..7]));
        assert_eq!(execution.head.started_at, Some(execution.head.created_at));
    }
    let endless = accepted(&platform, "while True: pass").await;
    let second = platform.executions.submit(&platform.user, code("python", "")).await;
    assert!(
        matches!(second, Err(SubmitError::Full { .. })),
        "the slot is taken: {second:?}"
    );
    platform.executions.cancel(endless, None).await.expect("cancelled");
    let execution = platform.executions.wait(endless, DEADLINE).await.expect("known");
    assert_eq!(execution.head.outcome, Some(Outcome::Cancelled));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cancelled_at_once_is() {
    let platform = without_a_queue().await;
    let worker = platform.start(WorkerConfig::default());
    for _ in 0..20 {
        let id = accepted(&platform, "while True: pass").await;
        platform.executions.cancel(id, None).await.expect("cancelled");
        let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
        assert_eq!(execution.head.outcome, Some(Outcome::Cancelled));
    }
    worker.stop().await;
}
