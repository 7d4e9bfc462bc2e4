//! What watchers and the session are told.

use chrono::Utc;
use codecrafter_domain::event::{ExecutionEvent, SessionEvent, SessionEventKind};
use codecrafter_domain::execution::{ExecutionRequest, Status};
use codecrafter_domain::id::SessionId;
use codecrafter_domain::session::{Session, Visibility};
use codecrafter_domain::topic;
use codecrafter_execution::WorkerConfig;
use futures::StreamExt as _;

use crate::fixture::{Platform, code, files, platform};

async fn session(platform: &Platform) -> SessionId {
    let session = Session {
        id: SessionId::new(),
        title: "Pair".into(),
        description: String::new(),
        language: "python".into(),
        visibility: Visibility::Private,
        owner_id: platform.user.id,
        max_participants: 2,
        waiting_room: false,
        forked_from: None,
        created_at: Utc::now(),
        updated_at: Utc::now(),
        deleted_at: None,
    };
    platform
        .parts
        .store
        .create_session(&session)
        .await
        .expect("a new session");
    session.id
}

fn names(events: &[(u64, ExecutionEvent)]) -> Vec<&'static str> {
    let name = |(_, event): &(u64, ExecutionEvent)| match event {
        ExecutionEvent::Status { status: Status::Queued } => "queued",
        ExecutionEvent::Status {
            status: Status::Compiling,
        } => "compiling",
        ExecutionEvent::Status {
            status: Status::Running,
        } => "running",
        ExecutionEvent::Status {
            status: Status::Finished,
        } => "finished",
        ExecutionEvent::Stdout { .. } => "stdout",
        ExecutionEvent::Stderr { .. } => "stderr",
        ExecutionEvent::Test { .. } => "test",
        ExecutionEvent::Result { .. } => "result",
    };
    events.iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_told_from_queued_to_result() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let program = "#include <stdio.h>\nint main(void) { puts(\"out\"); }";
    let head = platform
        .executions
        .submit(&platform.user, code("c", program))
        .await
        .expect("accepted");
    let events: Vec<_> = platform
        .executions
        .events(head.id, 0)
        .await
        .expect("known")
        .collect()
        .await;
    assert_eq!(names(&events), ["queued", "compiling", "running", "stdout", "result"]);
    let seqs: Vec<u64> = events.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    let later: Vec<_> = platform
        .executions
        .events(head.id, 3)
        .await
        .expect("known")
        .collect()
        .await;
    assert_eq!(later, events[3..]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn diagnostics_are_told_where_output_would_be() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let request = files("c", &[("wrong.c", "int main(void) { return x; }")]);
    let head = platform
        .executions
        .submit(&platform.user, request)
        .await
        .expect("accepted");
    let events: Vec<_> = platform
        .executions
        .events(head.id, 0)
        .await
        .expect("known")
        .collect()
        .await;
    assert_eq!(names(&events), ["queued", "compiling", "stderr", "result"]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_tells_what_the_bus_has_forgotten() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let execution = platform
        .result(code(
            "python",
            "import sys\nprint('out')\nprint('err', file=sys.stderr)",
        ))
        .await;
    worker.stop().await;
    let mut parts = platform.parts.clone();
    parts.bus = std::sync::Arc::new(codecrafter_bus::in_process::InProcessBus::new());
    let executions = crate::fixture::executions(&parts);
    let events: Vec<_> = executions
        .events(execution.head.id, 0)
        .await
        .expect("known")
        .collect()
        .await;
    assert_eq!(names(&events), ["stdout", "stderr", "result"]);
    let rest: Vec<_> = executions
        .events(execution.head.id, 7)
        .await
        .expect("known")
        .collect()
        .await;
    let execution = Box::new(execution);
    assert_eq!(rest, [(8, ExecutionEvent::Result { execution })]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_sees_who_ran_what() {
    let platform = platform().await;
    let session_id = session(&platform).await;
    let mut topic = platform
        .parts
        .bus
        .subscribe(&topic::session(session_id))
        .await
        .expect("in process");
    let worker = platform.start(WorkerConfig::default());
    platform
        .result(ExecutionRequest {
            session_id: Some(session_id),
            ..code("python", "print('shared')")
        })
        .await;
    let (mut told, mut output) = (Vec::new(), String::new());
    while told.last() != Some(&"finished") {
        let message = topic.next().await.expect("the bus lives");
        let event: SessionEvent = serde_json::from_slice(&message.payload).expect("an event");
        assert_eq!(event.by.map(|by| by.id), Some(platform.user.id));
        told.push(match event.kind {
            SessionEventKind::ExecutionStarted { .. } => "started",
            SessionEventKind::ExecutionStatus { .. } => "status",
            SessionEventKind::ExecutionOutput { data, .. } => {
                output.push_str(&data);
                "output"
            }
            SessionEventKind::ExecutionFinished { .. } => "finished",
            other => panic!("{other:?}"),
        });
    }
    // Python may write a line in two pieces.
    told.dedup();
    assert_eq!(told, ["started", "status", "output", "finished"]);
    assert_eq!(output, "shared\n");
    worker.stop().await;
}
