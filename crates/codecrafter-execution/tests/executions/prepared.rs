//! What was prepared is used where it fits, and does no harm where it does not.

use std::path::Path;
use std::sync::Arc;

use codecrafter_domain::execution::{Execution, ExecutionRequest};
use codecrafter_execution::{Definition, Languages, SearchPath, WorkerConfig};

use crate::fixture::{code, files, languages, native, platform_with, printed};

/// One language with further arguments for its compiler, or its program, after the first of `after`.
async fn run_with(id: &str, after: &str, more: &[&str], request: ExecutionRequest) -> Execution {
    let usual = languages().await;
    let folder = usual
        .find(id)
        .and_then(|language| language.prepared())
        .expect("prepared");
    let mut definitions = Definition::built_in();
    definitions.retain(|definition| definition.id == id);
    let definition = &mut definitions[0];
    let compile = definition.compile.as_mut().map(|compile| &mut compile.argv);
    for argv in compile.into_iter().chain([&mut definition.run.argv]) {
        if let Some(at) = argv.iter().position(|argument| argument == after) {
            argv.splice(at..at, more.iter().map(|argument| (*argument).to_owned()));
        }
    }
    let cache = folder.parent().map(Path::to_owned);
    let languages = Languages::detect(definitions, &SearchPath::from_env(), cache.as_deref()).await;
    let platform = platform_with(&native(), Arc::new(languages)).await;
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.result(request).await;
    worker.stop().await;
    execution
}

/// What a C++ program prints, and which headers its compiler read.
async fn cpp(text: &str) -> (String, String) {
    // -H lists them: "!" is before one that was compiled before, "x" before one that did not fit.
    let execution = run_with("cpp", "-o", &["-H"], code("cpp", text)).await;
    let printed = printed(&execution).to_owned();
    (printed, execution.compile.expect("compiled").stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cpp_headers_are_compiled_before() {
    for (header, file) in [("iostream", "iostream"), ("bits/stdc++.h", "bits/stdc++.h")] {
        let text = format!("// A comment.\n#include <{header}>\nint main() {{ std::cout << 42; }}\n");
        let (printed, read) = cpp(&text).await;
        assert_eq!(printed, "42");
        assert!(read.starts_with(&format!("! /warm/{file}.gch")), "{read}");
        assert!(!read.contains("/usr/include/c++"), "nothing else is read: {read}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn further_headers_are_read_as_ever() {
    for first in [
        "#include <bits/stdc++.h>\n#include <iostream>\n#include <bits/stdc++.h>",
        "#include <iostream>\n#include <vector>\n#include <iostream>",
        "#include <iostream>\n#include <bits/stdc++.h>\n#include <cmath>",
        "#include <vector>\n#include <iostream>",
    ] {
        let (printed, _) = cpp(&format!(
            "{first}\nint main() {{ std::cout << std::vector{{1, 2}}.size(); }}"
        ))
        .await;
        assert_eq!(printed, "2");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn macros_before_a_header_count() {
    let text = "#define _GLIBCXX_DEBUG\n#include <bits/stdc++.h>\n\
        int main() { std::cout << std::is_same_v<std::vector<int>, std::__debug::vector<int>>; }";
    let (printed, read) = cpp(text).await;
    assert_eq!(printed, "1");
    assert!(!read.starts_with('!'), "{read}");
    let (printed, read) = cpp("#define MOD 7\n#include <bits/stdc++.h>\nint main() { std::cout << MOD; }").await;
    assert_eq!(printed, "7");
    assert!(read.starts_with('!'), "a macro that the header does not know: {read}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_the_users_comes_before() {
    let own = files(
        "cpp",
        &[
            ("main.cpp", "#include <iostream>\nint main() { return answer(); }"),
            ("iostream", "static int answer() { return 0; }"),
        ],
    );
    assert_eq!(printed(&run_with("cpp", "-o", &[], own).await), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn java_classes_come_from_archives() {
    let text = "import java.util.*;\npublic class Main { public static void main(String[] a) {\n\
        System.out.println(new Scanner(System.in).hasNextLine() ? \"line\" : \"none\"); } }";
    // Must, not may: without the archive the JVM does not start.
    let execution = run_with("java", "-encoding", &["-J-Xshare:on"], code("java", text)).await;
    assert_eq!(printed(&execution), "none\n");
    let execution = run_with("java", "-cp", &["-Xshare:on", "-Xlog:class+load"], code("java", text)).await;
    let loaded = printed(&execution);
    let scanner = loaded.lines().find(|line| line.contains(" java.util.Scanner "));
    let scanner = scanner.unwrap_or_else(|| panic!("{loaded}"));
    assert!(scanner.contains("shared objects file"), "{scanner}");
}
