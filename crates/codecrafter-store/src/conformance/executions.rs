//! Executions: queued, claimed, finished.

use std::collections::BTreeMap;
use std::sync::Arc;

use codecrafter_domain::execution::{
    Encoding, ExecutionRequest, ExecutionResult, Outcome, OutputFile, SourceFile, StageReport, Status, TestReport,
    TestVerdict,
};
use codecrafter_domain::id::{ExecutionId, SessionId, UserId};
use codecrafter_domain::limits::{Limits, LimitsRequest, Usage};

use super::fixtures::{
    Adapter, account, after, assert_conflict, assert_invalid, assert_not_found, at_once, exited, noon, owned_room,
    queued, run,
};
use crate::executions::NewExecution;
use crate::types::UserPatch;

const MIB: usize = 1024 * 1024;

async fn claim(store: &Adapter, id: ExecutionId, worker: &str) -> Option<u32> {
    let claimed = store.claim(id, worker, noon(), after(30)).await.expect("answer");
    claimed.map(|claimed| claimed.attempt)
}

async fn status(store: &Adapter, id: ExecutionId) -> Status {
    store.execution(id).await.expect("found").head.status
}

/// A new execution is queued, with nothing to show yet but who asked for what.
pub async fn a_new_execution_is_queued(store: Adapter) {
    let (room, user) = owned_room(&store).await;
    let new = NewExecution {
        limits: Limits::MAX,
        ..run(user, Some(room))
    };
    store.create_execution(&new).await.expect("created");
    let execution = store.execution(new.id).await.expect("found");
    assert_eq!(
        (execution.compile, execution.run, execution.cached),
        (None, None, false)
    );
    let head = execution.head;
    assert_eq!((head.id, head.session_id, head.user.id), (new.id, Some(room), user));
    assert_eq!((head.language.as_str(), head.status), ("python", Status::Queued));
    assert_eq!((head.outcome, head.message, head.exit_code), (None, None, None));
    assert_eq!((head.limits, head.created_at), (Limits::MAX, noon()));
    assert_eq!((head.started_at, head.finished_at), (None, None));
}

/// The request comes back to the worker byte for byte, whatever is in it.
pub async fn a_request_survives_whole(store: Adapter) {
    let user = account(&store, "ada").await;
    let (binary, encoding) = Encoding::encode(&[0, 159, 146, 150]);
    let request = ExecutionRequest {
        language: "cpp".into(),
        files: vec![
            SourceFile {
                path: "päckchen/main.cpp".into(),
                content: "int main() {} // \0 \u{1f600} ' \" \\ \r\n".into(),
                encoding: Encoding::Utf8,
            },
            SourceFile {
                path: "data.bin".into(),
                content: binary,
                encoding,
            },
        ],
        entry: Some("päckchen/main.cpp".into()),
        stdin: Some("a\0b".into()),
        args: vec![String::new(), "--x".into()],
        env: BTreeMap::from([("A".to_owned(), "b c".to_owned())]),
        limits: LimitsRequest {
            cpu_ms: Some(u64::MAX),
            ..LimitsRequest::default()
        },
        ..ExecutionRequest::default()
    };
    let new = NewExecution {
        request,
        ..run(user, None)
    };
    store.create_execution(&new).await.expect("created");
    assert_eq!(store.execution_request(new.id).await.expect("found"), new.request);
}

/// The largest source and standard input there may be.
pub async fn a_large_request_survives(store: Adapter) {
    let user = account(&store, "ada").await;
    let mut new = run(user, None);
    new.request.code = Some("é".repeat(MIB / 2));
    new.request.stdin = Some("\u{1}".repeat(MIB));
    store.create_execution(&new).await.expect("created");
    assert_eq!(store.execution_request(new.id).await.expect("found"), new.request);
}

/// Nothing is found that is not there.
pub async fn unknown_executions_are_not_found(store: Adapter) {
    let id = ExecutionId::new();
    assert_not_found(store.execution(id).await);
    assert_not_found(store.execution_request(id).await);
    assert_not_found(store.claim(id, "w", noon(), after(1)).await);
    assert_not_found(store.set_status(id, Status::Running).await);
    assert_not_found(store.finish(id, &exited(0, ""), noon()).await);
    assert_not_found(store.cancel_queued(id, noon()).await);
    assert!(!store.renew(id, "w", after(1)).await.expect("answer"));
}

/// Only accounts run, and only in sessions that are there.
pub async fn an_execution_of_nobody_or_nowhere_is_not_found(store: Adapter) {
    let (room, user) = owned_room(&store).await;
    assert_not_found(store.create_execution(&run(UserId::new(), None)).await);
    assert_not_found(store.create_execution(&run(user, Some(SessionId::new()))).await);
    store.delete_session(room).await.expect("deleted");
    let late = run(user, Some(room));
    assert_not_found(store.create_execution(&late).await);
    assert_not_found(store.execution(late.id).await);
}

/// An id is given once, and the first request stays.
pub async fn a_taken_execution_id_is_a_conflict(store: Adapter) {
    let user = account(&store, "ada").await;
    let first = run(user, None);
    store.create_execution(&first).await.expect("created");
    let mut second = first.clone();
    second.request.code = Some("other".into());
    assert_conflict(store.create_execution(&second).await, "id");
    assert_eq!(store.execution_request(first.id).await.expect("found"), first.request);
}

/// A claim is the first attempt; while it lasts nobody else gets one, not even its holder.
pub async fn a_claim_excludes_others(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    assert_eq!(claim(&store, id, "one").await, Some(1));
    assert_eq!(claim(&store, id, "two").await, None);
    assert_eq!(claim(&store, id, "one").await, None);
    assert_eq!(store.execution(id).await.expect("found").head.started_at, Some(noon()));
}

/// Many workers, one message: one of them works.
pub async fn of_concurrent_claims_one_wins(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let answers = at_once(16, |index| {
        let store = Arc::clone(&store);
        async move { claim(&store, id, &format!("w{index}")).await }
    })
    .await;
    assert_eq!(answers.iter().flatten().collect::<Vec<_>>(), [&1]);
}

/// When the lease has run out, somebody else takes over, as a further attempt.
pub async fn a_lease_that_ran_out_is_taken_over(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    claim(&store, id, "one").await;
    store.set_status(id, Status::Running).await.expect("moved");
    let early = store.claim(id, "two", after(29), after(60)).await;
    assert_eq!(early.expect("answer"), None);
    let late = store.claim(id, "two", after(30), after(60)).await.expect("answer");
    assert_eq!(late.map(|claimed| claimed.attempt), Some(2));
    assert!(!store.renew(id, "one", after(90)).await.expect("answer"), "lost");
    assert!(store.renew(id, "two", after(90)).await.expect("answer"));
    assert_eq!(
        store.execution(id).await.expect("found").head.started_at,
        Some(after(30))
    );
}

/// A renewed lease lasts longer; only its holder renews it, and only before the end.
pub async fn a_lease_is_renewed_by_its_holder(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    assert!(!store.renew(id, "one", after(60)).await.expect("answer"), "not claimed");
    claim(&store, id, "one").await;
    assert!(!store.renew(id, "two", after(60)).await.expect("answer"));
    assert!(store.renew(id, "one", after(60)).await.expect("answer"));
    let early = store.claim(id, "two", after(59), after(90)).await;
    assert_eq!(early.expect("answer"), None);
    store.finish(id, &exited(0, ""), after(59)).await.expect("finished");
    assert!(!store.renew(id, "one", after(90)).await.expect("answer"), "finished");
}

/// Statuses move on; finishing is not a status to be set.
pub async fn a_status_moves_on(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    claim(&store, id, "one").await;
    for next in [Status::Compiling, Status::Running] {
        store.set_status(id, next).await.expect("moved");
        assert_eq!(status(&store, id).await, next);
    }
    assert_invalid(store.set_status(id, Status::Finished).await, "status");
    assert_eq!(status(&store, id).await, Status::Running);
}

/// A result is stored whole, with its outcome, exit code and time.
pub async fn a_result_survives_whole(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let (stderr, stderr_encoding) = Encoding::encode(&[255, 0, 254]);
    let result = ExecutionResult {
        outcome: Outcome::MemoryLimit,
        message: Some("used more than 256 MiB — “memory_bytes”".into()),
        compile: Some(StageReport {
            stderr: "warning: \u{1b}[31mred\u{1b}[0m".into(),
            exit_code: Some(0),
            ..StageReport::default()
        }),
        run: Some(StageReport {
            stdout: "a\0b\r\n\u{fffd}\u{1f600}".into(),
            stderr,
            stderr_encoding,
            exit_code: None,
            signal: Some("SIGKILL".into()),
            truncated: true,
            usage: Usage {
                cpu_ms: 1,
                wall_ms: 2,
                memory_bytes: u64::MAX,
            },
            ..StageReport::default()
        }),
        tests: vec![
            TestReport {
                verdict: TestVerdict::WrongAnswer,
                message: Some("a\0b".into()),
                run: Some(StageReport::default()),
            },
            TestReport::skipped(),
        ],
        files: vec![OutputFile {
            path: "päckchen/\u{1f600}".into(),
            content: "AP8=".into(),
            encoding: Encoding::Base64,
        }],
        cached: true,
    };
    assert!(store.finish(id, &result, after(3)).await.expect("answer"));
    let execution = store.execution(id).await.expect("found");
    assert_eq!((execution.compile, execution.run), (result.compile, result.run));
    assert_eq!((execution.tests, execution.files), (result.tests, result.files));
    assert!(execution.cached);
    assert_eq!(execution.head.status, Status::Finished);
    assert_eq!(execution.head.outcome, Some(Outcome::MemoryLimit));
    let head = execution.head;
    assert_eq!((head.message, head.exit_code), (result.message, None));
    assert_eq!(head.finished_at, Some(after(3)));
}

/// The largest outputs there may be.
pub async fn a_large_result_survives(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let mut result = exited(0, &"\u{1}".repeat(MIB));
    result.compile = Some(StageReport {
        stderr: "\u{10ffff}".repeat(MIB / 4),
        ..StageReport::default()
    });
    assert!(store.finish(id, &result, noon()).await.expect("answer"));
    let execution = store.execution(id).await.expect("found");
    assert_eq!((execution.compile, execution.run), (result.compile, result.run));
}

/// The exit code shown is the run's, or the compiler's where it came to no run.
pub async fn the_exit_code_is_of_the_stage_that_counts(store: Adapter) {
    let user = account(&store, "ada").await;
    let stage = |code| {
        Some(StageReport {
            exit_code: code,
            ..StageReport::default()
        })
    };
    for (outcome, compile, run, expected) in [
        (Outcome::Ok, stage(Some(0)), stage(Some(0)), Some(0)),
        (Outcome::RuntimeError, stage(Some(0)), stage(Some(-1)), Some(-1)),
        (Outcome::RuntimeError, None, stage(Some(255)), Some(255)),
        (Outcome::CompileError, stage(Some(2)), None, Some(2)),
        (Outcome::Signalled, stage(Some(0)), stage(None), None),
        (Outcome::InternalError, None, None, None),
    ] {
        let id = queued(&store, user).await;
        let result = ExecutionResult {
            compile,
            run,
            ..ExecutionResult::new(outcome, None)
        };
        store.finish(id, &result, noon()).await.expect("finished");
        let head = store.execution(id).await.expect("found").head;
        assert_eq!((head.outcome, head.exit_code), (Some(outcome), expected));
    }
}

/// U+0000 in a message for people is no reason to lose a result.
pub async fn nul_in_a_message_does_not_lose_the_result(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let result = ExecutionResult {
        message: Some("no file a\0b".into()),
        ..exited(1, "")
    };
    assert!(store.finish(id, &result, noon()).await.expect("answer"));
    let head = store.execution(id).await.expect("found").head;
    assert_eq!(head.message.as_deref(), Some("no file a\u{fffd}b"));
}

/// The first result stays; nothing moves a finished execution.
pub async fn a_finished_execution_never_changes(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    assert!(store.finish(id, &exited(0, "first"), after(1)).await.expect("answer"));
    let before = store.execution(id).await.expect("found");
    assert!(!store.finish(id, &exited(1, "second"), after(2)).await.expect("answer"));
    assert!(!store.cancel_queued(id, after(2)).await.expect("answer"));
    assert_eq!(claim(&store, id, "late").await, None);
    assert_conflict(store.set_status(id, Status::Running).await, "status");
    assert_eq!(store.execution(id).await.expect("found"), before);
}

/// Two workers finish at once: the stored result is one of theirs, whole.
pub async fn of_concurrent_results_one_is_kept(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let answers = at_once(8, |index| {
        let store = Arc::clone(&store);
        let code = i32::try_from(index).expect("small");
        async move {
            let result = exited(code, &code.to_string());
            store.finish(id, &result, after(code.into())).await.expect("answer")
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|kept| **kept).count(), 1);
    let winner = answers.iter().position(|kept| *kept).expect("one");
    let execution = store.execution(id).await.expect("found");
    assert_eq!(execution.run.expect("run").stdout, winner.to_string());
    assert_eq!(execution.head.exit_code, i32::try_from(winner).ok());
}

/// What waits can be cancelled, at once and for good.
pub async fn a_queued_execution_is_cancelled(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    assert!(store.cancel_queued(id, after(1)).await.expect("answer"));
    let execution = store.execution(id).await.expect("found");
    assert_eq!(execution.head.status, Status::Finished);
    assert_eq!(execution.head.outcome, Some(Outcome::Cancelled));
    assert_eq!(execution.head.finished_at, Some(after(1)));
    assert_eq!((execution.compile, execution.run), (None, None));
    assert_eq!(claim(&store, id, "late").await, None);
}

/// What a worker holds is the worker's to cancel; what it abandoned while queued is not.
pub async fn a_claimed_execution_is_not_cancelled_behind_the_worker(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    claim(&store, id, "one").await;
    assert!(!store.cancel_queued(id, after(29)).await.expect("answer"));
    assert_eq!(status(&store, id).await, Status::Queued);
    assert!(store.cancel_queued(id, after(30)).await.expect("answer"), "abandoned");
}

/// Cancel and claim at once: exactly one of them.
pub async fn of_cancel_and_claim_one_wins(store: Adapter) {
    let user = account(&store, "ada").await;
    for _ in 0..20 {
        let id = queued(&store, user).await;
        let answers = at_once(2, |index| {
            let store = Arc::clone(&store);
            async move {
                match index {
                    0 => claim(&store, id, "one").await.is_some(),
                    _ => store.cancel_queued(id, noon()).await.expect("answer"),
                }
            }
        })
        .await;
        assert_ne!(answers[0], answers[1]);
        let expected = if answers[0] { Status::Queued } else { Status::Finished };
        assert_eq!(status(&store, id).await, expected);
    }
}

/// A run shows its author as they are called now.
pub async fn an_execution_shows_its_author(store: Adapter) {
    let user = account(&store, "ada").await;
    let id = queued(&store, user).await;
    let patch = UserPatch {
        display_name: Some("Countess".into()),
        ..UserPatch::default()
    };
    store.update_user(user, &patch).await.expect("patched");
    let author = store.execution(id).await.expect("found").head.user;
    assert_eq!(
        (author.username.as_str(), author.display_name.as_str()),
        ("ada", "Countess")
    );
}
