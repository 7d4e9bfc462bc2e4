//! Interpreters that were started before their program was known: nobody can tell.

use std::time::Duration;

use codecrafter_domain::execution::{Execution, ExecutionRequest, Outcome};
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_execution::WorkerConfig;
use tokio::time::Instant;

use crate::fixture::{DEADLINE, Platform, code, files, limited, platform, printed};

/// In ticks of a hundredth of a second; no start takes as long.
const OLD: u64 = 100;

/// What a program can find out about how it was started.
const PYTHON: &str = "
import inspect, os, resource, signal, sys, threading, time
source = open(__file__).read()
started = int(open('/proc/self/stat').read().rpartition(')')[2].split()[19])
print('age', int(time.clock_gettime(time.CLOCK_BOOTTIME) * 100) - started)
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.getrecursionlimit(), sys.stdin.encoding)
print(__file__, __name__, __spec__, type(__loader__).__name__, __builtins__, sorted(globals()), sorted(sys.modules))
print(len(inspect.stack()), threading.active_count(), inspect.getsource(sys.modules['__main__']) == source)
print(sorted(os.environ.items()), open('/proc/self/environ').read(), open('/proc/self/cmdline').read())
print(os.getcwd(), os.listdir('.'), oct(os.stat(__file__).st_mode), os.stat(__file__).st_uid, len(source))
print(sorted(os.listdir('/proc/self/fd'))[:3], len(os.listdir('/proc/self/fd')), [p for p in os.listdir('/proc') if p.isdigit()] == [str(os.getpid())])
print([resource.getrlimit(limit) for limit in range(16)], os.getpgid(0) == os.getsid(0) == os.getpid(), os.getppid())
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), [signal.getsignal(number) for number in range(1, 32)])
print(open('/proc/self/oom_score_adj').read(), open('/proc/self/status').read().partition('CapInh')[2].partition('Cpus')[0])
try:
    os.wait()
except ChildProcessError:
    print('no children')
print(sys.stdin.read())
try:
    1 / 0
except ZeroDivisionError as error:
    import traceback
    print(traceback.format_exc())
";

const JAVASCRIPT: &str = "
const fs = require('fs');
console.log('age', Math.round(process.uptime() * 100));
console.log(process.argv, process.execArgv, process.env, process.cwd(), fs.readdirSync('.'), process.title);
console.log(__filename, module.paths, require.main === module, Object.keys(require.cache), new Error('here').stack);
console.log(fs.readFileSync(__filename, 'utf8').length, fs.statSync(__filename).mode);
console.log(fs.readFileSync(0, 'utf8'), fs.readdirSync('/proc').filter(name => /^[0-9]+$/.test(name)).length);
// Only now: from its first use on, reading does not wait any more.
console.log(process.stdin.constructor.name);
";

/// The age at the beginning of a program in Python.
const AGE: &str = "
import time
started = int(open('/proc/self/stat').read().rpartition(')')[2].split()[19])
print('age', int(time.clock_gettime(time.CLOCK_BOOTTIME) * 100) - started, flush=True)
";

fn stdout(execution: &Execution) -> &str {
    execution.run.as_ref().map_or("", |run| &run.stdout)
}

/// Its output without the line about its age.
fn rest(execution: &Execution) -> String {
    let lines = stdout(execution).lines().filter(|line| !line.starts_with("age "));
    lines.collect::<Vec<_>>().join("\n")
}

fn age(execution: &Execution) -> u64 {
    let line = stdout(execution).lines().find_map(|line| line.strip_prefix("age "));
    let age = line.and_then(|age| age.parse().ok());
    age.unwrap_or_else(|| panic!("no age: {execution:#?}"))
}

/// The first that had been started long before, after as many others as it takes.
async fn early(platform: &Platform, request: &ExecutionRequest) -> Execution {
    let begun = Instant::now();
    while begun.elapsed() < DEADLINE {
        let execution = platform.result(request.clone()).await;
        if age(&execution) >= OLD {
            return execution;
        }
        tokio::time::sleep(Duration::from_millis(20 * OLD)).await;
    }
    panic!("none was started early");
}

fn with_input(request: ExecutionRequest) -> ExecutionRequest {
    ExecutionRequest {
        stdin: Some("typed".into()),
        ..request
    }
}

/// The first on a platform waits for nothing to be started early; then others are.
async fn cold_and_early(platform: &Platform, request: ExecutionRequest) -> [Execution; 2] {
    let request = with_input(request);
    let cold = platform.result(request.clone()).await;
    [cold, early(platform, &request).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_in_python_cannot_tell_that_it_was_started_early() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let [cold, early] = cold_and_early(&platform, code("python", PYTHON)).await;
    assert!(printed(&cold).contains("no children\ntyped\nTraceback"), "{cold:#?}");
    assert_eq!(rest(&early), rest(&cold));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_in_javascript_cannot_tell_that_it_was_started_early() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let [cold, early] = cold_and_early(&platform, code("javascript", JAVASCRIPT)).await;
    assert!(printed(&cold).contains("/box/main.js"), "{cold:#?}");
    assert_eq!(rest(&early), rest(&cold));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_shows_its_source() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let [cold, early] = cold_and_early(&platform, code("python", &format!("{AGE}\nnumbers = []\nnumbers[1]\n"))).await;
    let stderr = |execution: &Execution| execution.run.as_ref().map(|run| (run.stderr.clone(), run.exit_code));
    assert!(stderr(&cold).expect("it ran").0.contains("numbers[1]"), "{cold:#?}");
    assert_eq!((early.head.outcome, stderr(&early)), (cold.head.outcome, stderr(&cold)));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_for_what_was_started_early() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    for (program, outcome) in [
        ("x = b'x' * (1 << 30)", Outcome::MemoryLimit),
        ("while True: pass", Outcome::CpuLimit),
        ("while True: print('x' * 99999)", Outcome::OutputLimit),
    ] {
        let limits = LimitsRequest {
            cpu_ms: (outcome == Outcome::CpuLimit).then_some(500),
            ..LimitsRequest::default()
        };
        let request = limited(code("python", &format!("{AGE}{program}\n")), limits);
        let [cold, early] = cold_and_early(&platform, request).await;
        assert_eq!(
            (cold.head.outcome, early.head.outcome),
            (Some(outcome), Some(outcome)),
            "{program}"
        );
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_as_usual_is_started_as_ever() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    early(&platform, &code("python", AGE)).await;
    let arguments = ExecutionRequest {
        args: vec!["a".into()],
        env: [("B".to_owned(), "b".to_owned())].into(),
        ..code("python", "import os, sys\nprint(sys.argv, os.environ['B'])")
    };
    for (request, expected) in [
        (arguments, "['main.py', 'a'] b\n"),
        (files("python", &[("other.py", "print(__file__)")]), "/box/other.py\n"),
        (
            files("python", &[("main.py", "import b\nprint(b.x)"), ("b.py", "x = 6")]),
            "6\n",
        ),
        (
            code("python", "# coding: latin-1\nprint(ascii('\u{e9}'))"),
            "'\\xc3\\xa9'\n",
        ),
        (code("python", ""), ""),
    ] {
        assert_eq!(printed(&platform.result(request).await), expected);
    }
    worker.stop().await;
}
