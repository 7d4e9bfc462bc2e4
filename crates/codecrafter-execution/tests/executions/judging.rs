//! Tests of a request: one program, many inputs, a verdict for each.

use codecrafter_domain::event::ExecutionEvent;
use codecrafter_domain::execution::bounds::TEST_OUTPUT_KEPT;
use codecrafter_domain::execution::{Checker, Execution, ExecutionRequest, Outcome, TestCase, TestVerdict};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::WorkerConfig;
use futures::StreamExt as _;

use crate::fixture::{DEADLINE, code, platform, run};

fn case(stdin: &str, expected: &str) -> TestCase {
    TestCase {
        stdin: stdin.into(),
        expected_stdout: Some(expected.into()),
        ..TestCase::default()
    }
}

fn judged(language: &str, program: &str, tests: Vec<TestCase>) -> ExecutionRequest {
    ExecutionRequest {
        tests,
        ..code(language, program)
    }
}

fn verdicts(execution: &Execution) -> Vec<TestVerdict> {
    execution.tests.iter().map(|test| test.verdict).collect()
}

const DOUBLE: &str = "#include <stdio.h>\nint main(void) { int n; scanf(\"%d\", &n); printf(\"%d\\n\", 2 * n); }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_compiled_once_and_run_for_each_test() {
    let tests = vec![case("1", "2\n"), case("2", "5"), case("3", "6"), TestCase::default()];
    let execution = run(judged("c", DOUBLE, tests)).await;
    assert_eq!(execution.head.outcome, Some(Outcome::Ok), "{execution:#?}");
    assert_eq!(
        verdicts(&execution),
        [
            TestVerdict::Accepted,
            TestVerdict::WrongAnswer,
            TestVerdict::Accepted,
            TestVerdict::Accepted
        ]
    );
    let outputs: Vec<_> = execution
        .tests
        .iter()
        .take(3)
        .map(|test| test.run.as_ref().expect("it ran").stdout.as_str())
        .collect();
    assert_eq!(outputs, ["2\n", "4\n", "6\n"]);
    assert_eq!(execution.run, None);
    assert!(execution.compile.is_some());
    assert!(
        execution
            .tests
            .iter()
            .all(|test| test.run.as_ref().is_some_and(|run| run.usage.memory_bytes > 0))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_end_has_its_verdict() {
    let program = "import os, sys, time\nwhat = input()\nif what == 'exit': sys.exit(3)\n\
        if what == 'signal': os.kill(os.getpid(), 11)\nif what == 'cpu':\n    while True: pass\n\
        if what == 'wall': time.sleep(60)\nif what == 'memory':\n    kept = []\n    while True: kept.append(bytearray(1 << 20))\n\
        if what == 'output':\n    while True: print('x' * 1000)\nprint(what)";
    let names = ["fine", "exit", "signal", "cpu", "wall", "memory", "output", "other"];
    let request = ExecutionRequest {
        limits: LimitsRequest {
            cpu_ms: Some(1_000),
            wall_ms: Some(3_000),
            // Filled well within the processor time, on a slow machine, too.
            memory_bytes: Some(32 * 1024 * 1024),
            output_bytes: Some(100_000),
            ..LimitsRequest::default()
        },
        ..judged("python", program, names.map(|name| case(name, "fine")).into())
    };
    let execution = run(request).await;
    assert_eq!(execution.head.outcome, Some(Outcome::Ok));
    assert_eq!(
        verdicts(&execution),
        [
            TestVerdict::Accepted,
            TestVerdict::RuntimeError,
            TestVerdict::Signalled,
            TestVerdict::CpuLimit,
            TestVerdict::WallLimit,
            TestVerdict::MemoryLimit,
            TestVerdict::OutputLimit,
            TestVerdict::WrongAnswer,
        ]
    );
    let report = |index: usize| execution.tests[index].run.as_ref().expect("it ran");
    assert_eq!(report(1).exit_code, Some(3));
    assert_eq!(report(2).signal.as_deref(), Some("SIGSEGV"));
    assert!(
        execution.tests[4]
            .message
            .as_ref()
            .is_some_and(|said| said.contains("3000 ms"))
    );
    assert_eq!(report(6).stdout.len(), TEST_OUTPUT_KEPT);
    assert!(report(6).truncated);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_bounded_and_what_is_compared_is_not() {
    let long = "é".repeat(20_000);
    let tests = vec![
        TestCase {
            checker: Checker::Exact,
            ..case("", &long)
        },
        TestCase {
            checker: Checker::Exact,
            ..case("", &(long.clone() + "x"))
        },
    ];
    let program = "import sys\nsys.stdout.write('é' * 20000)";
    let execution = run(judged("python", program, tests)).await;
    assert_eq!(verdicts(&execution), [TestVerdict::Accepted, TestVerdict::WrongAnswer]);
    let kept = execution.tests[0].run.as_ref().expect("it ran");
    assert_eq!(kept.stdout, "é".repeat(TEST_OUTPUT_KEPT / 2));
    assert!(kept.truncated && kept.stdout_encoding.is_utf8());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tests_share_nothing() {
    let program = "import os\nprint(sorted(os.listdir('.')), os.path.exists('/tmp/x'), os.path.exists('/dev/shm/x'))\n\
        for place in ['.', '/tmp', '/dev/shm']: open(place + '/x', 'w').close()";
    let fresh = "['main.py'] False False";
    let execution = run(judged("python", program, vec![case("", fresh), case("", fresh)])).await;
    assert_eq!(verdicts(&execution), [TestVerdict::Accepted; 2], "{execution:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_and_numbers_are_the_tests_own() {
    let program = "import sys\nprint(' '.join(sys.argv[1:]), 1/3)";
    let float = |expected: &str, args: Option<Vec<String>>| TestCase {
        args,
        checker: Checker::Float,
        ..case("", expected)
    };
    let request = ExecutionRequest {
        args: vec!["all".into()],
        ..judged(
            "python",
            program,
            vec![
                float("all 0.333333", None),
                float("one two 0.33333333", Some(vec!["one".into(), "two".into()])),
                float("0.3333", Some(Vec::new())),
            ],
        )
    };
    let execution = run(request).await;
    assert_eq!(
        verdicts(&execution),
        [TestVerdict::Accepted, TestVerdict::Accepted, TestVerdict::WrongAnswer]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_failure_may_be_the_last_test() {
    let request = ExecutionRequest {
        stop_at_first_failure: true,
        ..judged("c", DOUBLE, vec![case("1", "2"), case("1", "3"), case("1", "2")])
    };
    let execution = run(request).await;
    assert_eq!(execution.head.outcome, Some(Outcome::Ok));
    assert_eq!(
        verdicts(&execution),
        [TestVerdict::Accepted, TestVerdict::WrongAnswer, TestVerdict::Skipped]
    );
    assert_eq!(execution.tests[2].run, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_compile_is_not_tested() {
    let execution = run(judged("c", "int main(", vec![case("", "")])).await;
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError));
    assert_eq!(execution.tests, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_are_told_of_each_test_and_cancelling_skips_the_rest() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let program = "import time\nif input() == 'long': time.sleep(60)\nprint('x')";
    let tests = vec![case("a", "x"), case("b", "y"), case("long", "x"), case("c", "x")];
    let head = platform
        .executions
        .submit(&platform.user, judged("python", program, tests))
        .await;
    let id = head.expect("accepted").id;
    let mut events = Box::pin(platform.executions.events(id, 0).await.expect("known"));
    let mut told = Vec::new();
    while told.len() < 2 {
        let (_, event) = tokio::time::timeout(DEADLINE, events.next())
            .await
            .expect("in time")
            .expect("more");
        match event {
            ExecutionEvent::Test { index, verdict } => told.push((index, verdict)),
            ExecutionEvent::Status { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, [(0, TestVerdict::Accepted), (1, TestVerdict::WrongAnswer)]);
    platform.executions.cancel(id, None).await.expect("cancelled");
    let execution = platform.executions.wait(id, DEADLINE).await.expect("known");
    assert_eq!(execution.head.outcome, Some(Outcome::Cancelled));
    assert_eq!(verdicts(&execution)[2..], [TestVerdict::Skipped; 2]);
    worker.stop().await;
}
