//! Requests that pass and requests that do not.

use std::collections::BTreeMap;

use super::*;

fn request() -> ExecutionRequest {
    ExecutionRequest {
        language: "python".into(),
        code: Some("print(1)".into()),
        ..ExecutionRequest::default()
    }
}

fn wrong_fields(request: &ExecutionRequest) -> Vec<String> {
    request
        .check()
        .expect_err("wrong")
        .0
        .into_iter()
        .map(|error| error.field)
        .collect()
}

fn file(path: &str, content: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        content: content.into(),
        encoding: Encoding::Utf8,
    }
}

#[test]
fn an_honest_request_passes() {
    assert_eq!(request().check(), Ok(()));
}

#[test]
fn a_finished_execution_is_its_head_and_its_result() {
    let compile = StageReport {
        exit_code: Some(2),
        ..StageReport::default()
    };
    let result = ExecutionResult {
        compile: Some(compile.clone()),
        ..ExecutionResult::new(Outcome::CompileError, Some("a\0b".into()))
    };
    let head = ExecutionHead {
        id: crate::id::ExecutionId::new(),
        session_id: None,
        user: crate::user::Person {
            id: crate::id::UserId::new(),
            username: "ada".into(),
            display_name: "Ada".into(),
            color: "#000000".into(),
            guest: false,
        },
        language: "c".into(),
        status: Status::Running,
        outcome: None,
        message: None,
        exit_code: None,
        limits: crate::limits::Limits::default(),
        interactive: false,
        pty: None,
        created_at: crate::time::now(),
        started_at: None,
        finished_at: None,
    };
    let at = chrono::DateTime::from_timestamp_nanos(1_234_567_899);
    let execution = Execution::finished(head.clone(), result, at);
    let finished = execution.head;
    assert_eq!((finished.id, finished.user), (head.id, head.user));
    assert_eq!(
        (finished.status, finished.outcome),
        (Status::Finished, Some(Outcome::CompileError))
    );
    assert_eq!(
        (finished.message.as_deref(), finished.exit_code),
        (Some("a\u{fffd}b"), Some(2))
    );
    let stored = chrono::DateTime::from_timestamp_micros(1_234_567);
    assert_eq!((finished.finished_at, execution.compile), (stored, Some(compile)));
}

#[test]
fn sources_are_files_or_code() {
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            code: None,
            ..request()
        }),
        ["files"]
    );
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            files: vec![file("a", "")],
            ..request()
        }),
        ["code"]
    );
}

#[test]
fn each_wrong_path_is_named() {
    let files = vec![file("ok.py", ""), file("../up", ""), file("OK.py", "")];
    let request = ExecutionRequest {
        code: None,
        files,
        ..request()
    };
    assert_eq!(wrong_fields(&request), ["files[1].path", "files[2].path"]);
}

#[test]
fn counts_and_sizes_are_bounded() {
    let files = (0..21).map(|n| file(&format!("{n}.py"), "")).collect();
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            code: None,
            files,
            ..request()
        }),
        ["files"]
    );
    let big = Some("x".repeat(bounds::SOURCE_BYTES + 1));
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            code: big.clone(),
            ..request()
        }),
        ["code"]
    );
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            stdin: big,
            ..request()
        }),
        ["stdin"]
    );
}

#[test]
fn env_and_args_are_checked() {
    let env = BTreeMap::from([("1A".to_owned(), "x".to_owned())]);
    assert_eq!(wrong_fields(&ExecutionRequest { env, ..request() }), ["env"]);
    assert_eq!(
        wrong_fields(&ExecutionRequest {
            args: vec!["a\0".into()],
            ..request()
        }),
        ["args[0]"]
    );
}

#[test]
fn bytes_survive_encoding() {
    for bytes in [&b"hello\n"[..], &[0, 255, 254], "é".as_bytes()] {
        let (text, encoding) = Encoding::encode(bytes);
        assert_eq!(encoding.decode(&text).as_deref(), Ok(bytes));
    }
}

fn test(fields: TestCase) -> ExecutionRequest {
    ExecutionRequest {
        tests: vec![TestCase::default(), fields],
        ..request()
    }
}

fn expecting(expected: &str) -> TestCase {
    TestCase {
        expected_stdout: Some(expected.into()),
        ..TestCase::default()
    }
}

#[test]
fn wrong_tests_are_named() {
    let base64 = Encoding::Base64;
    for (fields, wrong) in [
        (
            TestCase {
                stdin: "*".into(),
                stdin_encoding: base64,
                ..TestCase::default()
            },
            "tests[1].stdin",
        ),
        (
            TestCase {
                stdin: "x".repeat(bounds::STDIN_BYTES + 1),
                ..TestCase::default()
            },
            "tests[1].stdin",
        ),
        (
            TestCase {
                expected_stdout_encoding: base64,
                ..expecting("*")
            },
            "tests[1].expected_stdout",
        ),
        (
            TestCase {
                args: Some(vec![String::new(); bounds::ARGS + 1]),
                ..TestCase::default()
            },
            "tests[1].args",
        ),
        (
            TestCase {
                args: Some(vec!["a\0".into()]),
                ..TestCase::default()
            },
            "tests[1].args[0]",
        ),
        (
            TestCase {
                tolerance: Some(0.1),
                ..expecting("1")
            },
            "tests[1].tolerance",
        ),
    ] {
        assert_eq!(wrong_fields(&test(fields)), [wrong]);
    }
    for tolerance in [-1e-9, 1.1, f64::INFINITY, f64::NAN, -f64::INFINITY] {
        let fields = TestCase {
            checker: Checker::Float,
            tolerance: Some(tolerance),
            ..expecting("1")
        };
        assert_eq!(wrong_fields(&test(fields)), ["tests[1].tolerance"], "{tolerance}");
    }
}

#[test]
fn tests_are_bounded_in_all() {
    let many = ExecutionRequest {
        tests: vec![TestCase::default(); bounds::TESTS + 1],
        ..request()
    };
    assert_eq!(wrong_fields(&many), ["tests"]);
    let large = TestCase {
        stdin: "x".repeat(bounds::STDIN_BYTES),
        ..TestCase::default()
    };
    let mut tests = vec![large; 4];
    let full = ExecutionRequest {
        tests: tests.clone(),
        ..request()
    };
    assert_eq!(full.check(), Ok(()));
    tests.push(expecting("x"));
    assert_eq!(wrong_fields(&ExecutionRequest { tests, ..request() }), ["tests"]);
}

#[test]
fn what_tests_exclude_is_named() {
    let request = ExecutionRequest {
        stdin: Some(String::new()),
        output_files: vec!["a".into()],
        ..test(TestCase::default())
    };
    assert_eq!(wrong_fields(&request), ["output_files", "stdin"]);
}

#[test]
fn verdicts_follow_from_end_and_output() {
    let test = expecting("1\n");
    assert_eq!(test.verdict(Outcome::Ok, b"1"), Some(TestVerdict::Accepted));
    assert_eq!(test.verdict(Outcome::Ok, b"2"), Some(TestVerdict::WrongAnswer));
    assert_eq!(
        test.verdict(Outcome::RuntimeError, b"1"),
        Some(TestVerdict::RuntimeError)
    );
    assert_eq!(test.verdict(Outcome::Cancelled, b"1"), None);
    assert_eq!(
        TestCase::default().verdict(Outcome::Ok, b"x"),
        Some(TestVerdict::Accepted)
    );
    let exact = TestCase {
        checker: Checker::Exact,
        ..test
    };
    assert_eq!(exact.verdict(Outcome::Ok, b"1"), Some(TestVerdict::WrongAnswer));
    let float = TestCase {
        checker: Checker::Float,
        tolerance: Some(0.5),
        ..exact
    };
    assert_eq!(float.verdict(Outcome::Ok, b"1.4"), Some(TestVerdict::Accepted));
    let bytes = TestCase {
        checker: Checker::Exact,
        expected_stdout_encoding: Encoding::Base64,
        ..expecting("/wA=")
    };
    assert_eq!(bytes.verdict(Outcome::Ok, &[255, 0]), Some(TestVerdict::Accepted));
}

#[test]
fn compile_options_are_bounded() {
    let options = |options: Vec<String>| ExecutionRequest {
        compile_options: options,
        ..request()
    };
    assert_eq!(wrong_fields(&options(vec!["-g".into(); 33])), ["compile_options"]);
    let wrong = options(vec!["-g".into(), String::new(), "x".repeat(65)]);
    assert_eq!(wrong_fields(&wrong), ["compile_options[1]", "compile_options[2]"]);
}

#[test]
fn output_files_are_checked() {
    let files = |files: &[&str]| ExecutionRequest {
        output_files: files.iter().map(|file| (*file).to_owned()).collect(),
        ..request()
    };
    let wrong = files(&["ok", "../up", "/etc/passwd", "ok", ""]);
    assert_eq!(
        wrong_fields(&wrong),
        [
            "output_files[1]",
            "output_files[2]",
            "output_files[3]",
            "output_files[4]"
        ]
    );
    let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
    let many = ExecutionRequest {
        output_files: many,
        ..request()
    };
    assert_eq!(wrong_fields(&many), ["output_files"]);
}

#[test]
fn a_wrong_callback_is_named() {
    let request = ExecutionRequest {
        callback_url: Some("ftp://example.org".into()),
        ..request()
    };
    assert_eq!(wrong_fields(&request), ["callback_url"]);
}
