//! Workers that die or stop: no run is lost, none has two results.

use std::time::Duration;

use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::Status;
use codecrafter_domain::id::ExecutionId;
use codecrafter_execution::{Executions, IdleSlots, Peers, WorkerConfig};
use codecrafter_queue::in_process::InProcessQueue;
use futures::StreamExt as _;

use crate::fixture::{DEADLINE, Platform, code, executions, platform, printed};

/// Waits until the run has begun.
async fn running(executions: &Executions, id: ExecutionId) {
    let mut events = Box::pin(executions.events(id, 0).await.expect("known"));
    while let Some((_, event)) = events.next().await {
        if matches!(
            event,
            ExecutionEvent::Status {
                status: Status::Running
            }
        ) {
            return;
        }
    }
    panic!("it ended without having run");
}

/// The same database after a restart: queue and bus have forgotten everything.
pub(crate) fn restarted(platform: Platform) -> Platform {
    let Platform {
        mut parts,
        user,
        folder,
        ..
    } = platform;
    parts.queue = std::sync::Arc::new(InProcessQueue::new(100));
    parts.bus = std::sync::Arc::new(codecrafter_bus::in_process::InProcessBus::new());
    parts.idle = IdleSlots::default();
    let executions = executions(&parts);
    Platform {
        parts,
        executions,
        user,
        folder,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_left_is_taken_up_at_once() {
    let platform = platform().await;
    // Leases that outlast the test: only taking over helps.
    let config = WorkerConfig {
        slots: 1,
        lease: Duration::from_hours(1),
        ..WorkerConfig::default()
    };
    let first = platform.start(config.clone());
    let program = "import time\ntime.sleep(1)\nprint('done')";
    let begun = platform
        .executions
        .submit(&platform.user, code("python", program))
        .await
        .expect("accepted")
        .id;
    running(&platform.executions, begun).await;
    let waiting = platform
        .executions
        .submit(&platform.user, code("python", "print('too')"))
        .await
        .expect("accepted")
        .id;
    first.task.abort();
    assert!(first.task.await.is_err_and(|ended| ended.is_cancelled()));
    let platform = restarted(platform);
    let second = platform.start(config);
    for (id, expected) in [(begun, "done\n"), (waiting, "too\n")] {
        let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
        assert_eq!(printed(&execution), expected);
    }
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_worker_gives_back_what_it_cannot_finish() {
    let platform = platform().await;
    let config = WorkerConfig {
        grace: Duration::from_millis(1),
        lease: Duration::from_hours(1),
        peers: Peers::Possible,
        ..WorkerConfig::default()
    };
    let first = platform.start(config.clone());
    let program = "import time\ntime.sleep(1)\nprint('done')";
    let id = platform
        .executions
        .submit(&platform.user, code("python", program))
        .await
        .expect("accepted")
        .id;
    running(&platform.executions, id).await;
    first.stop().await;
    let second = platform.start(config);
    let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
    assert_eq!(printed(&execution), "done\n");
    second.stop().await;
}
