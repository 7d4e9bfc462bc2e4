//! The life of runs whose workers die and whose users change their minds, at random moments: each ends once, and what
//! watchers are told fits together.

use std::time::Duration;

use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::{Encoding, Execution, ExecutionRequest, Outcome, Status};
use codecrafter_domain::id::ExecutionId;
use codecrafter_execution::WorkerConfig;
use codecrafter_store::types::PageRequest;
use futures::StreamExt as _;
use futures::future::join_all;
use proptest::prelude::*;
use tokio::task::JoinHandle;

use crate::fixture::{DEADLINE, Platform, Running, code, platform};

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Submit(Kind),
    /// Cancels one of those submitted before.
    Cancel(usize),
    /// The worker dies; another one starts.
    Kill,
    /// Nothing for so many milliseconds, or tens of them: programs take about as long.
    Pause(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Quick,
    Slow,
    Endless,
    Compiled,
    Broken,
}

impl Kind {
    fn request(self) -> ExecutionRequest {
        match self {
            Self::Quick => code("bash", "echo one; echo two"),
            Self::Slow => code("bash", "echo one; sleep 0.1; echo two"),
            Self::Endless => code("bash", "echo one; sleep 60"),
            Self::Compiled => code("c", "#include <stdio.h>\nint main(void) { puts(\"one\\ntwo\"); }"),
            Self::Broken => code("c", "int main(void) { return nothing; }"),
        }
    }

    /// How it ends if it is left alone.
    fn outcome(self) -> Outcome {
        match self {
            Self::Quick | Self::Slow | Self::Compiled => Outcome::Ok,
            Self::Endless => Outcome::Cancelled,
            Self::Broken => Outcome::CompileError,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        Just(Kind::Quick),
        Just(Kind::Slow),
        Just(Kind::Endless),
        Just(Kind::Compiled),
        Just(Kind::Broken)
    ];
    prop_oneof![
        4 => kind.prop_map(Step::Submit),
        2 => (0..8_usize).prop_map(Step::Cancel),
        1 => Just(Step::Kill),
        3 => (0..50_u64).prop_map(Step::Pause),
        1 => (5..20_u64).prop_map(|tens| Step::Pause(tens * 10)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_once(steps in prop::collection::vec(step(), 4..24)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(live(steps));
    }
}

/// A run and what its watcher is told of it.
struct Watched {
    kind: Kind,
    id: ExecutionId,
    events: JoinHandle<Vec<(u64, ExecutionEvent)>>,
    cancelled: bool,
}

async fn live(steps: Vec<Step>) {
    let platform = platform().await;
    let mut worker = platform.start(config());
    let mut runs: Vec<Watched> = Vec::new();
    let mut kills = 0;
    for step in steps {
        match step {
            Step::Submit(kind) => runs.push(submit(&platform, kind).await),
            Step::Cancel(index) => {
                if let Some(run) = runs.get_mut(index) {
                    run.cancelled = true;
                    platform.executions.cancel(run.id, None).await.expect("asked");
                }
            }
            Step::Kill => {
                kills += 1;
                kill(worker).await;
                worker = platform.start(config());
            }
            Step::Pause(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
    }
    // At the same time: what runs without end may hold the slots that others wait for.
    join_all(runs.into_iter().map(|run| check(&platform, run, kills))).await;
    worker.stop().await;
}

/// Leases that outlast the test: a new worker takes over at once what a dead one had.
fn config() -> WorkerConfig {
    WorkerConfig {
        lease: Duration::from_hours(1),
        ..WorkerConfig::default()
    }
}

async fn kill(worker: Running) {
    worker.task.abort();
    assert!(worker.task.await.is_err_and(|ended| ended.is_cancelled()));
}

async fn submit(platform: &Platform, kind: Kind) -> Watched {
    let head = platform.executions.submit(&platform.user, kind.request()).await;
    let id = head.expect("accepted").id;
    let events = platform.executions.events(id, 0).await.expect("known");
    let events = tokio::spawn(events.collect());
    Watched {
        kind,
        id,
        events,
        cancelled: false,
    }
}

async fn check(platform: &Platform, run: Watched, kills: u32) {
    if run.kind == Kind::Endless {
        cancel_until_it_ends(platform, &run).await;
    }
    let told = tokio::time::timeout(DEADLINE, run.events).await.expect("it ends");
    let told = told.expect("no panic");
    let stored = platform.parts.store.execution(run.id).await.expect("known");
    check_events(&told, &stored);
    let outcome = stored.head.outcome.expect("finished");
    let fits = outcome == run.kind.outcome()
        || run.cancelled && outcome == Outcome::Cancelled
        || kills >= 3 && is_dead(platform, run.id).await;
    assert!(fits, "{:?} after {kills} kills: {stored:#?}", run.kind);
    if outcome == Outcome::Ok {
        assert_eq!(stored.run.expect("it ran").stdout, "one\ntwo\n");
    }
}

/// Asked while nobody holds the run, a worker does not hear it: whoever wants it asks again.
async fn cancel_until_it_ends(platform: &Platform, run: &Watched) {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let ended = async {
        while !run.events.is_finished() {
            again.tick().await;
            platform.executions.cancel(run.id, None).await.expect("asked");
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.expect("it ends");
}

async fn is_dead(platform: &Platform, id: ExecutionId) -> bool {
    let page = PageRequest {
        cursor: None,
        limit: 100,
    };
    let dead = platform.parts.store.dead_executions(&page).await.expect("answer");
    dead.items.iter().any(|one| one.head.id == id && one.attempts > 3)
}

/// Positions rise one by one; a status goes back only to `queued`; one result, at the end, which is the stored one and
/// holds what was told since the run last began.
fn check_events(told: &[(u64, ExecutionEvent)], stored: &Execution) {
    let (mut rank, mut output) = (0, String::new());
    for (at, (seq, event)) in told.iter().enumerate() {
        assert_eq!(*seq, at as u64 + 1, "{told:#?}");
        match event {
            ExecutionEvent::Status { status } => {
                let next = rank_of(*status);
                assert!(next > rank || *status == Status::Queued, "{told:#?}");
                rank = next;
                if *status != Status::Running {
                    output.clear();
                }
            }
            ExecutionEvent::Stdout { data, encoding } => {
                assert_eq!(*encoding, Encoding::Utf8);
                output.push_str(data);
            }
            ExecutionEvent::Result { execution } => {
                assert_eq!(at + 1, told.len(), "{told:#?}");
                assert_eq!(**execution, *stored);
            }
            ExecutionEvent::Stderr { .. } | ExecutionEvent::Test { .. } => {}
        }
    }
    assert!(
        matches!(told.last(), Some((_, ExecutionEvent::Result { .. }))),
        "{told:#?}"
    );
    if let Some(run) = &stored.run {
        assert_eq!(output, run.stdout, "{told:#?}");
    }
}

fn rank_of(status: Status) -> u8 {
    match status {
        Status::Queued => 1,
        Status::Compiling => 2,
        Status::Running => 3,
        Status::Finished => 4,
    }
}
