//! The same program again is not compiled again; another one is.

use std::collections::BTreeSet;

use codecrafter_domain::execution::{Execution, ExecutionRequest, Outcome};
use codecrafter_execution::WorkerConfig;

use crate::fixture::{code, files, languages, platform, printed};
use crate::programs;

/// Runs them one after the other on one worker.
async fn run_all<const N: usize>(requests: [ExecutionRequest; N]) -> [Execution; N] {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let mut executions = Vec::new();
    for request in requests {
        executions.push(platform.result(request).await);
    }
    worker.stop().await;
    executions.try_into().expect("as many")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_compiled_language_compiles_once() {
    let languages = languages().await;
    for language in languages.installed() {
        let (id, is_compiled) = (&language.definition.id, language.definition.compile.is_some());
        let program = files(id, programs::several(id));
        let mut changed = program.clone();
        let ending = &language.definition.extensions[0];
        let source = changed.files.iter_mut().find(|file| file.path.ends_with(ending));
        source.expect("of the language").content.push('\n');
        let [first, again, changed] = run_all([program.clone(), program, changed]).await;
        for execution in [&first, &again, &changed] {
            assert_eq!(printed(execution), "6 lines\n", "{id}");
        }
        assert_eq!(
            (first.cached, again.cached, changed.cached),
            (false, is_compiled, false),
            "{id}"
        );
        assert_eq!(first.compile, again.compile, "{id}: as it was when it was compiled");
    }
}

const WARNS: &str = "#include <stdio.h>\nint main(int n, char **args) { int unused; char line[9] = \"\";\n\
    fgets(line, 9, stdin); printf(\"%s,%s\", args[1], line); }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warnings_are_said_again_and_input_is_new() {
    let request = |argument: &str, stdin: &str| ExecutionRequest {
        args: vec![argument.into()],
        stdin: Some(stdin.into()),
        ..code("c", WARNS)
    };
    let [first, again] = run_all([request("a", "b"), request("c", "d")]).await;
    assert_eq!((printed(&first), printed(&again)), ("a,b", "c,d"));
    assert!(again.cached);
    let warnings = again.compile.expect("reported").stderr;
    assert!(warnings.contains("unused"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_compiler_could_see_counts() {
    const MAIN: &str =
        "#include <stdio.h>\nint main(void) { puts(\n#if __has_include(\"x.h\")\n\"x\"\n#else\n\"-\"\n#endif\n); }";
    let main = ("main.c", MAIN);
    let [alone, with, renamed, alone_again] = run_all([
        files("c", &[main]),
        files("c", &[main, ("x.h", "")]),
        files("c", &[main, ("y.h", "")]),
        files("c", &[main]),
    ])
    .await;
    let printed = [&alone, &with, &renamed, &alone_again].map(printed);
    assert_eq!(printed, ["-\n", "x\n", "-\n", "-\n"]);
    let cached = [alone, with, renamed, alone_again].map(|execution| execution.cached);
    assert_eq!(cached, [false, false, false, true]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_compile_is_tried_again() {
    let broken = code("c", "int main(void) { return }");
    for execution in run_all([broken.clone(), broken]).await {
        assert_eq!(execution.head.outcome, Some(Outcome::CompileError));
        assert!(!execution.cached);
        assert!(execution.compile.expect("reported").stderr.contains("main.c"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_same_time_one_compiles_for_all() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig {
        slots: 4,
        ..WorkerConfig::default()
    });
    let request = code("c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); }");
    let results = futures::future::join_all((0..4).map(|_| platform.result(request.clone()))).await;
    let cached: Vec<bool> = results.iter().map(|execution| execution.cached).collect();
    assert_eq!(
        cached.iter().filter(|cached| !**cached).count(),
        1,
        "{cached:?}: only one was compiled"
    );
    let ids: BTreeSet<_> = results.iter().map(|execution| execution.head.id).collect();
    assert_eq!(ids.len(), 4);
    assert!(results.iter().all(|execution| printed(execution) == "hello\n"));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_compilation_leaves_its_turn_to_others() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    // A second or two of work for the compiler.
    let slow = code(
        "cpp",
        "#include <bits/stdc++.h>\nint main() { std::regex r(\"(a|b)+\"); std::cout << 1; }",
    );
    let submit = || platform.executions.submit(&platform.user, slow.clone());
    let first = submit().await.expect("accepted");
    let second = submit().await.expect("accepted");
    platform.executions.cancel(first.id, None).await.expect("known");
    let wait = |id| platform.executions.wait(id, crate::fixture::DEADLINE);
    assert_eq!(
        wait(first.id).await.expect("known").head.outcome,
        Some(Outcome::Cancelled)
    );
    assert_eq!(printed(&wait(second.id).await.expect("known")), "1");
    worker.stop().await;
}
