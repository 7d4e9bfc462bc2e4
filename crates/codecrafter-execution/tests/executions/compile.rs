//! Compiling within limits: enough for honest programs, and a clear word about the others.

use std::sync::Arc;

use codecrafter_domain::execution::{Execution, ExecutionRequest, Outcome};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::{Definition, Languages, SearchPath, WorkerConfig};

use crate::fixture::{code, files, languages, native, platform_with, printed, run};
use crate::programs::ENDLESS_INCLUDES;

/// Uses much of its standard library, and prints "ok".
fn heavy(language: &str) -> &'static str {
    match language {
        "c" => {
            "#include <math.h>\n#include <pthread.h>\n#include <stdio.h>\n\
            int main(void) { puts(sqrt(4) == 2 ? \"ok\" : \"no\"); }"
        }
        "cpp" => {
            "#include <bits/stdc++.h>\nint main() { std::map<std::string, std::vector<int>> m{{\"a\", {3, 1, 2}}};\n\
            std::ranges::sort(m[\"a\"]); std::regex r(\"(a|b)+\"); std::smatch s; std::string t = \"ab\";\n\
            std::cout << (std::regex_match(t, s, r) && m[\"a\"][0] == 1 ? \"ok\" : \"no\") << std::endl; }"
        }
        "go" => {
            "package main\nimport (\"crypto/tls\"; \"encoding/json\"; \"fmt\"; \"net/http\"; \"text/template\")\n\
            func main() { _ = http.DefaultClient; _ = tls.VersionTLS13; _ = template.New(\"x\")\n\
            b, _ := json.Marshal(\"ok\"); fmt.Println(string(b[1:3])) }"
        }
        "java" => {
            "import java.util.*;\nimport java.util.concurrent.*;\nimport java.util.stream.*;\n\
            public class Heavy { record P(int a, String b) {} public static void main(String[] x) throws Exception {\n\
            var m = IntStream.range(0, 1000).mapToObj(i -> new P(i % 7, \"\" + i)).collect(\
            Collectors.groupingByConcurrent(P::a, Collectors.counting()));\n\
            var pool = Executors.newFixedThreadPool(4); int n = pool.submit(() -> m.size()).get(); pool.shutdown();\n\
            System.out.println(n == 7 ? \"ok\" : \"no\"); } }"
        }
        "rust" => {
            "use std::collections::{BTreeMap, HashMap};\nuse std::sync::{Arc, Mutex, mpsc};\n\
            fn main() { let (s, r) = mpsc::channel(); let m = Arc::new(Mutex::new(HashMap::new()));\n\
            let t: Vec<_> = (0..4).map(|i| { let (s, m) = (s.clone(), m.clone()); std::thread::spawn(move || {\n\
            m.lock().unwrap().insert(i, i.to_string()); s.send(i).unwrap() }) }).collect();\n\
            for t in t { t.join().unwrap() } drop(s); let b: BTreeMap<_, _> = r.iter().map(|i| (i, ())).collect();\n\
            println!(\"{}\", if b.len() == 4 && m.lock().unwrap().len() == 4 { \"ok\" } else { \"no\" }) }"
        }
        "typescript" => {
            "type Tree<T> = { value: T; left?: Tree<T>; right?: Tree<T> };\n\
            class Box<T extends { id: number }> { constructor(private readonly items: ReadonlyArray<T>) {}\n\
            by<K extends keyof T>(key: K): Map<T[K], T> { return new Map(this.items.map((i) => [i[key], i])); } }\n\
            const tree: Tree<number> = { value: 1, left: { value: 2 } };\n\
            const box = new Box([{ id: 1, name: 'one' }, { id: 2, name: 'two' }]);\n\
            console.log(box.by('id').size + (tree.left?.value ?? 0) === 4 ? 'ok' : 'no');"
        }
        other => panic!("{other} is not compiled"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_programs_stay_far_below_the_limits() {
    let languages = languages().await;
    let compiled = languages
        .installed()
        .iter()
        .filter(|language| language.definition.compile.is_some());
    for language in compiled {
        let id = &language.definition.id;
        let execution = run(code(id, heavy(id))).await;
        assert_eq!(printed(&execution), "ok\n");
        let used = execution.compile.expect("compiled").usage;
        let limits = language.compile_limits;
        assert!(used.memory_bytes < limits.memory_bytes * 3 / 4, "{id}: {used:?}");
        assert!(used.cpu_ms < limits.cpu_ms / 2, "{id}: {used:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_prepared_is_used_wherever_it_is() {
    let folder = tempfile::tempdir_in("/tmp").expect("a folder that jails cover with their own");
    let usual = languages().await;
    let prepared = usual.find("go").and_then(|go| go.prepared()).expect("prepared");
    let mut go = Definition::built_in();
    go.retain(|definition| definition.id == "go");
    // A second compilation of the standard library would take a minute.
    let name = prepared.file_name().expect("of its own");
    std::os::unix::fs::symlink(prepared, folder.path().join(name)).expect("linked");
    let languages = Languages::detect(go, &SearchPath::from_env(), Some(folder.path())).await;
    assert!(
        languages.installed()[0].is_prepared(),
        "the same toolchain has the same name"
    );
    let platform = platform_with(&native(), Arc::new(languages)).await;
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.result(code("go", heavy("go"))).await;
    assert_eq!(printed(&execution), "ok\n");
    let used = execution.compile.expect("compiled").usage;
    assert!(used.cpu_ms < 10_000, "compiled the standard library itself: {used:?}");
    worker.stop().await;
}

/// A C compiler with smaller limits, so that a test need not wait for the usual ones.
async fn compile_in_c(limits: LimitsRequest, request: ExecutionRequest) -> Execution {
    let mut c = Definition::built_in();
    c.retain(|definition| definition.id == "c");
    c[0].compile.as_mut().expect("compiled").limits = limits;
    let languages = Languages::detect(c, &SearchPath::from_env(), None).await;
    let platform = platform_with(&native(), Arc::new(languages)).await;
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.result(request).await;
    let next = platform
        .result(code("c", "#include <stdio.h>\nint main(void) { puts(\"as ever\"); }"))
        .await;
    assert_eq!(printed(&next), "as ever\n");
    worker.stop().await;
    execution
}

fn assert_compiler(execution: &Execution, said: &str) {
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError), "{execution:#?}");
    assert_eq!(execution.head.message.as_deref(), Some(said));
    assert!(execution.compile.is_some());
    assert_eq!(execution.run, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compiler_that_does_not_end_is_named() {
    let endless = files("c", &[ENDLESS_INCLUDES]);
    let limits = LimitsRequest {
        cpu_ms: Some(500),
        ..LimitsRequest::default()
    };
    let execution = compile_in_c(limits, endless.clone()).await;
    assert_compiler(&execution, "the compiler used more than 500 ms of processor time");
    let limits = LimitsRequest {
        wall_ms: Some(500),
        ..LimitsRequest::default()
    };
    let execution = compile_in_c(limits, endless).await;
    assert_compiler(&execution, "the compiler ran for more than 500 ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compiler_that_takes_too_much_memory_is_named() {
    // 10^10 tokens.
    let level = |level: usize| format!("#define A{level} {}", format!("A{} ", level - 1).repeat(10));
    let levels: Vec<String> = (1..10).map(level).collect();
    let bomb = format!(
        "#define A0 x x x x x x x x x x\n{}\nint main(void) {{ A9; }}\n",
        levels.join("\n")
    );
    let limits = LimitsRequest {
        memory_bytes: Some(64 << 20),
        ..LimitsRequest::default()
    };
    let execution = compile_in_c(limits, code("c", &bomb)).await;
    assert_compiler(&execution, "the compiler used more than 64 MiB of memory");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_too_large_is_a_compile_error() {
    let execution = run(code(
        "c",
        "char large[1 << 30] = {1};\nint main(void) { return large[0]; }",
    ))
    .await;
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError), "{execution:#?}");
    assert!(execution.head.message.is_some());
    let execution = run(code(
        "c",
        "char large[100 << 20] = {1};\nint main(void) { return large[0]; }",
    ))
    .await;
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError), "{execution:#?}");
    assert!(
        execution.head.message.expect("says why").contains("limited"),
        "more than is taken out"
    );
}
