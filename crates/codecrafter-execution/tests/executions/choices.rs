//! What a request may choose: options and limits of the compiler, files to give back.

use codecrafter_domain::execution::{Encoding, ExecutionRequest, Outcome};
use codecrafter_domain::limits::LimitsRequest;

use crate::admission::refused_fields;
use crate::fixture::{code, languages, printed, run};

fn with_options(language: &str, program: &str, options: &[&str]) -> ExecutionRequest {
    ExecutionRequest {
        compile_options: options.iter().map(|option| (*option).to_owned()).collect(),
        ..code(language, program)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_reach_the_compiler() {
    let standard = "#include <stdio.h>\nint main(void) { printf(\"%ld\", __STDC_VERSION__);\n#ifdef LOCAL\nputs(\" local\");\n#endif\n}";
    let execution = run(with_options("c", standard, &["-std=c99", "-DLOCAL", "-O0"])).await;
    assert_eq!(printed(&execution), "199901 local\n");
    let standard = "#include <iostream>\nint main() { std::cout << __cplusplus; }";
    assert_eq!(
        printed(&run(with_options("cpp", standard, &["-std=c++14"])).await),
        "201402"
    );
    let overflow = "fn main() { let n: i32 = std::env::args().count() as i32 + i32::MAX - 1; println!(\"{}\", n.wrapping_add(0)); let m = n + std::env::args().count() as i32; println!(\"{m}\"); }";
    let checked = run(with_options(
        "rust",
        overflow,
        &["-O", "--edition=2018", "-Coverflow-checks=on"],
    ))
    .await;
    assert_eq!(checked.head.outcome, Some(Outcome::RuntimeError), "{checked:#?}");
    assert!(run(code("rust", overflow)).await.head.outcome == Some(Outcome::Ok));
    let unchecked = "public class Main { public static void main(String[] a) { java.util.List l = new java.util.ArrayList(); l.add(1); System.out.println(l); } }";
    let execution = run(with_options("java", unchecked, &["-Xlint:all"])).await;
    assert_eq!(printed(&execution), "[1]\n");
    let compile = execution.compile.expect("compiled");
    assert!((compile.stdout + &compile.stderr).contains("[rawtypes]"));
}

/// Every option in the list is one that the compiler knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_option_is_understood() {
    for (language, program) in [
        ("c", "int main(void) { return 0; }"),
        ("cpp", "int main() { return 0; }"),
        ("rust", "fn main() {}"),
        ("java", "public class Main { public static void main(String[] a) {} }"),
    ] {
        let languages = languages().await;
        let info = languages.find(language).expect("installed").info();
        for option in &info.compile_options {
            let execution = run(with_options(language, program, &[option])).await;
            // An older toolchain does not know every version of its language.
            let newer = |said: &str| option.contains('=') && said.contains("not supported");
            let understood = execution.head.outcome == Some(Outcome::Ok)
                || execution.compile.as_ref().is_some_and(|compile| newer(&compile.stderr));
            assert!(understood, "{option}: {execution:#?}");
        }
    }
}

#[tokio::test]
async fn other_options_are_refused() {
    for (language, option) in [
        ("c", "-o/etc/passwd"),
        ("c", "@/etc/passwd"),
        ("c", "-fplugin=x"),
        ("c", "-std=c99 -O2"),
        ("c", "-O2\0"),
        ("cpp", "-std=c99"),
        ("rust", "-Clinker=/bin/sh"),
        ("java", "-processorpath"),
        ("go", "-O2"),
        ("python", "-O"),
    ] {
        let request = with_options(language, "x", &[option]);
        assert_eq!(refused_fields(request).await, ["compile_options[0]"], "{option}");
    }
    assert_eq!(
        refused_fields(with_options("c", "x", &["-O1", "-g", "-x"])).await,
        ["compile_options[2]"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compiling_has_limits_of_its_own() {
    let limits = |limits| ExecutionRequest {
        compile_limits: limits,
        ..code("cpp", "#include <bits/stdc++.h>\nint main() { std::puts(\"ok\"); }")
    };
    let tight = limits(LimitsRequest {
        wall_ms: Some(10),
        ..LimitsRequest::default()
    });
    let execution = run(tight).await;
    assert_eq!(execution.head.outcome, Some(Outcome::CompileError));
    assert!(execution.head.message.expect("said").contains("10 ms"));
    let run_only = ExecutionRequest {
        limits: LimitsRequest {
            memory_bytes: Some(16 * 1024 * 1024),
            ..LimitsRequest::default()
        },
        ..limits(LimitsRequest::default())
    };
    let execution = run(run_only).await;
    assert_eq!(printed(&execution), "ok\n");
    assert!(execution.compile.expect("compiled").usage.memory_bytes > 16 * 1024 * 1024);
}

#[tokio::test]
async fn compile_limits_are_bounded_by_the_language() {
    let request = |language, limits| ExecutionRequest {
        compile_limits: limits,
        ..code(language, "x")
    };
    let cpu = |cpu_ms| LimitsRequest {
        cpu_ms: Some(cpu_ms),
        ..LimitsRequest::default()
    };
    for absurd in [0, 30_001, u64::MAX] {
        assert_eq!(
            refused_fields(request("c", cpu(absurd))).await,
            ["compile_limits.cpu_ms"]
        );
    }
    assert_eq!(refused_fields(request("python", cpu(100))).await, ["compile_limits"]);
}

const WRITER: &str = "import os\nos.mkdir('out')\nopen('out/a.txt', 'w').write('text')\nopen('b.bin', 'wb').write(bytes([0, 255]))\n\
    os.symlink('/etc/passwd', 'link')\nos.symlink('/etc', 'folder')\nos.mkfifo('fifo')\n\
    open('large', 'w').write('x' * (1 << 20) + 'y')\nos.truncate(os.open('full', os.O_CREAT | os.O_RDWR), 1 << 20)";

fn collecting(program: &str, files: &[&str]) -> ExecutionRequest {
    ExecutionRequest {
        output_files: files.iter().map(|file| (*file).to_owned()).collect(),
        ..code("python", program)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_given_back() {
    let wanted = [
        "out/a.txt",
        "b.bin",
        "absent",
        "link",
        "folder/passwd",
        "fifo",
        "large",
        "out",
        "full",
        "main.py",
    ];
    let execution = run(collecting(WRITER, &wanted)).await;
    assert_eq!(execution.head.outcome, Some(Outcome::Ok), "{execution:#?}");
    let mut files: Vec<_> = execution
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.encoding))
        .collect();
    files.sort_unstable_by_key(|(path, _)| *path);
    assert_eq!(
        files,
        [
            ("b.bin", Encoding::Base64),
            ("full", Encoding::Utf8),
            ("main.py", Encoding::Utf8),
            ("out/a.txt", Encoding::Utf8)
        ]
    );
    let message = execution.head.message.expect("some were refused");
    for refused in ["link", "folder/passwd", "fifo", "large: larger than 1048576 bytes"] {
        assert!(message.contains(refused), "{message}");
    }
    assert!(!message.contains("absent"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_bounded_in_all() {
    let program = "for n in range(5): open(f'{n}', 'w').write('x' * 1000000)";
    let execution = run(collecting(program, &["0", "1", "2", "3", "4"])).await;
    assert_eq!(execution.files, []);
    assert!(execution.head.message.expect("said").contains("4194304"));
    let execution = run(collecting(program, &["0", "1", "2", "3"])).await;
    assert_eq!(execution.files.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_run_gives_its_files_back_and_a_killed_one_does_not() {
    let failing = "import sys\nopen('a', 'w').write('x')\nsys.exit(2)";
    assert_eq!(run(collecting(failing, &["a"])).await.files.len(), 1);
    let killed = ExecutionRequest {
        limits: LimitsRequest {
            wall_ms: Some(500),
            ..LimitsRequest::default()
        },
        ..collecting("import time\nopen('a', 'w').write('x')\ntime.sleep(60)", &["a"])
    };
    assert_eq!(run(killed).await.files, []);
}
