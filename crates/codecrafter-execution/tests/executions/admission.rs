//! What is taken and what is turned away.

use codecrafter_domain::execution::{ExecutionRequest, Status};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::SubmitError;
use codecrafter_execution::submit::UNFINISHED_PER_USER;
use std::time::Duration;

use crate::fixture::{add_user, code, files, platform};

pub(crate) async fn refused_fields(request: ExecutionRequest) -> Vec<String> {
    let platform = platform().await;
    match platform.executions.submit(&platform.user, request).await {
        Err(SubmitError::Invalid(invalid)) => invalid.0.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn wrong_fields_are_named() {
    assert_eq!(refused_fields(code("cobol", "x")).await, ["language"]);
    assert_eq!(refused_fields(files("java", &[("notes.txt", "x")])).await, ["files"]);
    let not_a_source = ExecutionRequest {
        entry: Some("notes.txt".into()),
        ..files("c", &[("main.c", "x"), ("notes.txt", "x")])
    };
    assert_eq!(refused_fields(not_a_source).await, ["entry"]);
    let absurd = ExecutionRequest {
        limits: LimitsRequest {
            memory_bytes: Some(0),
            ..LimitsRequest::default()
        },
        ..code("c", "x")
    };
    assert_eq!(refused_fields(absurd).await, ["limits.memory_bytes"]);
}

#[tokio::test]
async fn languages_have_aliases() {
    let platform = platform().await;
    let head = platform
        .executions
        .submit(&platform.user, code(" C++ ", "int main(){}"))
        .await
        .expect("accepted");
    assert_eq!((head.language.as_str(), head.status), ("cpp", Status::Queued));
    assert_eq!(platform.parts.queue.depth().await.expect("in process"), 1);
}

#[tokio::test]
async fn a_user_may_have_so_many_and_no_more() {
    let platform = platform().await;
    for _ in 0..UNFINISHED_PER_USER {
        platform
            .executions
            .submit(&platform.user, code("python", ""))
            .await
            .expect("accepted");
    }
    let refused = platform.executions.submit(&platform.user, code("python", "")).await;
    assert!(matches!(
        refused,
        Err(SubmitError::TooMany {
            limit: UNFINISHED_PER_USER,
            ..
        })
    ));
    let other = add_user(&platform.parts.store, "bob").await;
    platform
        .executions
        .submit(&other, code("python", ""))
        .await
        .expect("another user is not concerned");
}

#[tokio::test]
async fn waiting_ends_in_time() {
    let platform = platform().await;
    let head = platform
        .executions
        .submit(&platform.user, code("python", ""))
        .await
        .expect("accepted");
    let execution = platform
        .executions
        .wait(head.id, Duration::from_millis(1))
        .await
        .expect("known");
    assert_eq!(execution.head.status, Status::Queued);
}
