//! Each language: input, arguments, several files, mistakes, crashes, limits; and the next run is normal.

use std::collections::BTreeMap;

use codecrafter_domain::execution::{Execution, ExecutionRequest, Outcome, StageReport};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::WorkerConfig;

use crate::fixture::{code, files, languages, limited, platform, printed, run};
use crate::programs;

macro_rules! each_language {
    ($($language:ident)*) => { $(
        mod $language {
            const LANGUAGE: &str = stringify!($language);

            each_language!(@tests greets_by_the_sample gets_arguments_and_environment has_several_files
                names_the_users_file says_how_it_crashed is_held_to_its_limits survives_a_fork_bomb);
        }
    )* };
    (@tests $($test:ident)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            super::$test(LANGUAGE).await;
        }
    )* };
}

each_language! { bash c cpp go java javascript lua perl php python ruby rust sql typescript }

async fn greets_by_the_sample(language: &str) {
    let sample = languages()
        .await
        .find(language)
        .expect("installed")
        .definition
        .sample
        .clone();
    let execution = run(ExecutionRequest {
        stdin: Some("Ada\n".into()),
        ..code(language, &sample)
    })
    .await;
    assert_eq!(printed(&execution), "Hello, Ada!\n");
    assert_eq!(execution.run.expect("it ran").stderr, "");
}

async fn gets_arguments_and_environment(language: &str) {
    let args = match language {
        // Arguments of SQLite's shell are statements and commands.
        "sql" => ["select 'one two';", ".print $HOME;{entry}"],
        _ => ["one two", "$HOME;{entry}"],
    };
    let execution = run(ExecutionRequest {
        args: args.map(String::from).into(),
        env: BTreeMap::from([("GREETING".into(), "grüß dich".into())]),
        ..code(language, programs::reports(language))
    })
    .await;
    assert_eq!(execution.head.outcome, Some(Outcome::RuntimeError), "{execution:#?}");
    assert_eq!(execution.head.exit_code, Some(3));
    assert_eq!(
        execution.run.expect("it ran").stdout,
        "one two\n$HOME;{entry}\ngrüß dich\n"
    );
}

async fn has_several_files(language: &str) {
    let execution = run(files(language, programs::several(language))).await;
    assert_eq!(printed(&execution), "6 lines\n");
}

async fn names_the_users_file(language: &str) {
    let (name, text) = programs::broken(language);
    let execution = run(files(language, &[(name, text)])).await;
    let report = match execution.head.outcome {
        Some(Outcome::CompileError) => execution.compile.as_ref(),
        Some(Outcome::RuntimeError) => execution.run.as_ref().filter(|_| execution.compile.is_none()),
        _ => None,
    };
    let report = report.unwrap_or_else(|| panic!("{execution:#?}"));
    // tsc says it on standard output.
    let said = format!("{}{}", report.stdout, report.stderr);
    // SQLite names the line alone: there is but one file, unless it reads others itself.
    assert!(said.contains(name) || language == "sql", "{said}");
    assert!([":3", "line 3", "(3,"].iter().any(|line| said.contains(line)), "{said}");
}

async fn says_how_it_crashed(language: &str) {
    let execution = run(code(language, programs::crashes(language))).await;
    let (outcome, signal, exit_code) = match language {
        "go" => (Outcome::RuntimeError, None, Some(2)),
        "java" | "lua" | "sql" => (Outcome::RuntimeError, None, Some(1)),
        "c" => (Outcome::Signalled, Some("SIGSEGV"), None),
        _ => (Outcome::Signalled, Some("SIGABRT"), None),
    };
    assert_eq!(execution.head.outcome, Some(outcome), "{execution:#?}");
    let report = execution.run.expect("it ran");
    assert_eq!((report.signal.as_deref(), report.exit_code), (signal, exit_code));
}

async fn is_held_to_its_limits(language: &str) {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let limits = LimitsRequest {
        cpu_ms: Some(1_000),
        ..LimitsRequest::default()
    };
    let spin = platform
        .result(limited(code(language, programs::spins(language)), limits))
        .await;
    assert_eq!(spin.head.outcome, Some(Outcome::CpuLimit), "{spin:#?}");

    let limits = LimitsRequest {
        wall_ms: Some(1_000),
        ..LimitsRequest::default()
    };
    let sleep = platform
        .result(limited(code(language, programs::sleeps(language)), limits))
        .await;
    assert_eq!(sleep.head.outcome, Some(Outcome::WallLimit), "{sleep:#?}");
    let message = sleep.head.message.as_deref();
    assert_eq!(message, Some("the program ran for more than 1000 ms"));

    let hog = platform.result(code(language, programs::hogs(language))).await;
    assert!(ran_out_of_memory(&hog), "{hog:#?}");

    let limits = LimitsRequest {
        output_bytes: Some(100_000),
        ..LimitsRequest::default()
    };
    let flood = platform
        .result(limited(code(language, programs::floods(language)), limits))
        .await;
    assert_eq!(flood.head.outcome, Some(Outcome::OutputLimit));
    let StageReport { stdout, truncated, .. } = flood.run.expect("it ran");
    assert!(truncated);
    assert!(
        stdout.len() <= 100_000 && stdout.starts_with("flood\n"),
        "{}",
        stdout.len()
    );
    worker.stop().await;
}

/// A virtual machine may notice before the kernel does, and says so.
fn ran_out_of_memory(execution: &Execution) -> bool {
    let said = |words| execution.run.as_ref().is_some_and(|run| run.stderr.contains(words));
    match execution.head.outcome {
        Some(Outcome::MemoryLimit) => true,
        Some(Outcome::RuntimeError) => ["OutOfMemoryError", "MemoryError", "not enough memory", "out of memory"]
            .into_iter()
            .any(said),
        _ => false,
    }
}

async fn survives_a_fork_bomb(language: &str) {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let limits = LimitsRequest {
        cpu_ms: Some(1_500),
        wall_ms: Some(5_000),
        ..LimitsRequest::default()
    };
    let bomb = platform
        .result(limited(code(language, programs::forks(language)), limits))
        .await;
    let outcome = bomb.head.outcome.expect("finished");
    assert_ne!(outcome, Outcome::InternalError, "{bomb:#?}");
    assert_ne!(outcome, Outcome::CompileError, "{bomb:#?}");
    let next = platform.result(code("python", "print('as ever')")).await;
    assert_eq!(printed(&next), "as ever\n");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_java_class_without_the_files_name_is_found() {
    let program =
        "class Elsewhere {\n public static void main(String[] a) { System.out.println(\"found\"); } }\nclass Other {}";
    let execution = run(code("java", program)).await;
    assert_eq!(printed(&execution), "found\n");
    let execution = run(code("java", "class Nothing {}")).await;
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError));
    assert!(execution.head.message.expect("says why").contains("Main.java"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_text_come_back() {
    let execution = run(code(
        "python",
        "import sys; sys.stdout.buffer.write(bytes([0, 255, 254]))",
    ))
    .await;
    let report = execution.run.expect("it ran");
    assert_eq!(
        report.stdout_encoding.decode(&report.stdout).as_deref(),
        Ok(&[0, 255, 254][..])
    );
}
