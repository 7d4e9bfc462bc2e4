//! `run_local`: no store, no queue.

use async_trait::async_trait;
use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::execution::{ExecutionRequest, Outcome, Status};
use codecrafter_execution::pipeline::Sink;
use codecrafter_execution::{LocalError, run_local};
use tokio_util::sync::CancellationToken;

use crate::fixture::{code, files, languages, platform};

#[derive(Default)]
struct Heard {
    statuses: Vec<Status>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

#[async_trait]
impl Sink for Heard {
    async fn status(&mut self, status: Status) {
        self.statuses.push(status);
    }

    async fn output(&mut self, stream: Stream, bytes: Bytes) {
        match stream {
            Stream::Stdout => self.stdout.extend(bytes),
            Stream::Stderr => self.stderr.extend(bytes),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_is_heard_as_it_is_kept() {
    let sandbox = platform().await.parts.sandbox;
    let mut heard = Heard::default();
    let request = ExecutionRequest {
        stdin: Some("x".repeat(200_000)),
        ..files(
            "c",
            &[(
                "copy.c",
                "#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c); fputs(\"done\", stderr); }",
            )],
        )
    };
    let languages = languages().await;
    let result = run_local(
        &languages,
        sandbox.as_ref(),
        &request,
        &mut heard,
        &CancellationToken::new(),
    )
    .await;
    let result = result.expect("runs");
    assert_eq!(result.outcome, Outcome::Ok);
    let run = result.run.expect("it ran");
    assert_eq!(
        (run.stdout.as_bytes(), run.stderr.as_bytes()),
        (&heard.stdout[..], &heard.stderr[..])
    );
    assert_eq!((heard.stdout.len(), heard.stderr), (200_000, b"done".to_vec()));
    assert_eq!(heard.statuses, [Status::Compiling, Status::Running]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_request_is_refused() {
    let sandbox = platform().await.parts.sandbox;
    let languages = languages().await;
    let mut heard = Heard::default();
    let result = run_local(
        &languages,
        sandbox.as_ref(),
        &code("cobol", "x"),
        &mut heard,
        &CancellationToken::new(),
    )
    .await;
    assert!(matches!(result, Err(LocalError::Invalid(_))));
}
