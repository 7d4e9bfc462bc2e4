//! Cancelling, wherever the run is.

use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::{Execution, ExecutionRequest, Outcome, Status};
use codecrafter_execution::WorkerConfig;
use futures::StreamExt as _;

use crate::fixture::{DEADLINE, Platform, code, files, platform, printed};
use crate::programs::ENDLESS_INCLUDES;

/// Writes a line in one piece, which `print` does not.
const WAITS: &str = "import sys, time\nsys.stdout.write('here\\n')\ntime.sleep(60)";

async fn start(platform: &Platform, request: ExecutionRequest) -> codecrafter_domain::id::ExecutionId {
    platform
        .executions
        .submit(&platform.user, request)
        .await
        .expect("accepted")
        .id
}

async fn cancelled(platform: &Platform, id: codecrafter_domain::id::ExecutionId) -> Execution {
    platform.executions.cancel(id, None).await.expect("cancelled");
    let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
    assert_eq!(execution.head.outcome, Some(Outcome::Cancelled), "{execution:#?}");
    execution
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_queued() {
    let platform = platform().await;
    let id = start(&platform, code("python", WAITS)).await;
    let execution = cancelled(&platform, id).await;
    assert_eq!(execution.run, None);
    let worker = platform.start(WorkerConfig::default());
    let next = platform.result(code("python", "print('next')")).await;
    assert_eq!(printed(&next), "next\n");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_compiling() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let id = start(&platform, files("c", &[ENDLESS_INCLUDES])).await;
    let mut events = Box::pin(platform.executions.events(id, 0).await.expect("known"));
    let compiling = ExecutionEvent::Status {
        status: Status::Compiling,
    };
    while events.next().await.expect("more to come").1 != compiling {}
    let execution = cancelled(&platform, id).await;
    assert_eq!(execution.run, None);
    let next = platform.result(code("python", "print('next')")).await;
    assert_eq!(printed(&next), "next\n");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_running_keeps_what_was_printed() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let id = start(&platform, code("python", WAITS)).await;
    let mut events = Box::pin(platform.executions.events(id, 0).await.expect("known"));
    while let Some((_, event)) = events.next().await {
        if matches!(event, ExecutionEvent::Stdout { .. }) {
            break;
        }
    }
    let execution = cancelled(&platform, id).await;
    assert_eq!(execution.run.expect("it ran").stdout, "here\n");
    platform
        .executions
        .cancel(id, None)
        .await
        .expect("cancelling again does nothing");
    let next = platform.result(code("python", "print('next')")).await;
    assert_eq!(printed(&next), "next\n");
    worker.stop().await;
}
