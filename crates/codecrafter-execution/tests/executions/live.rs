//! Programs that are talked with while they run.

use std::sync::Arc;
use std::time::Duration;

use codecrafter_domain::event::{Control, ExecutionEvent};
use codecrafter_domain::execution::{Encoding, Execution, ExecutionRequest, Outcome, Status};
use codecrafter_domain::id::ExecutionId;
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_domain::live::{Signal, TerminalSize};
use codecrafter_execution::WorkerConfig;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use crate::fixture::{DEADLINE, Platform, code, limited, platform, printed};

/// Answers each line until there are no more.
const ECHO: &str = "import sys\nprint('ready', flush=True)\nfor line in sys.stdin: print('got', line, end='', flush=True)\nprint('end')";
const SIZE: TerminalSize = TerminalSize { cols: 80, rows: 24 };

fn interactive(request: ExecutionRequest) -> ExecutionRequest {
    ExecutionRequest {
        interactive: true,
        ..request
    }
}

fn in_terminal(request: ExecutionRequest) -> ExecutionRequest {
    ExecutionRequest {
        pty: Some(SIZE),
        ..request
    }
}

fn stdin(data: &str) -> Control {
    Control::Stdin {
        data: data.into(),
        encoding: Encoding::Utf8,
    }
}

/// A run that is watched.
struct Live<'a> {
    platform: &'a Platform,
    id: ExecutionId,
    events: BoxStream<'static, (u64, ExecutionEvent)>,
    said: String,
}

impl<'a> Live<'a> {
    async fn start(platform: &'a Platform, request: ExecutionRequest) -> Self {
        let head = platform
            .executions
            .submit(&platform.user, request)
            .await
            .expect("accepted");
        let events = platform.executions.events(head.id, 0).await.expect("known").boxed();
        Self {
            platform,
            id: head.id,
            events,
            said: String::new(),
        }
    }

    async fn send(&self, control: Control) {
        self.platform.executions.control(self.id, &control).await.expect("sent");
    }

    async fn until_it_says(&mut self, text: &str) {
        while !self.said.contains(text) {
            let next = tokio::time::timeout(DEADLINE, self.events.next()).await;
            match next.expect("in time").expect("not the end").1 {
                ExecutionEvent::Stdout { data, .. } => self.said.push_str(&data),
                ExecutionEvent::Result { execution } => panic!("ended: {execution:#?}"),
                _ => {}
            }
        }
        self.said.clear();
    }

    async fn end(self) -> Execution {
        self.platform.executions.wait(self.id, DEADLINE).await.expect("known")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_arrives_in_order_after_that_of_the_request() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let request = ExecutionRequest {
        stdin: Some("zero\n".into()),
        ..interactive(code("python", ECHO))
    };
    let mut live = Live::start(&platform, request).await;
    live.until_it_says("got zero\n").await;
    for number in 0..200 {
        live.send(stdin(&format!("{number}\n"))).await;
    }
    live.until_it_says("got 199\n").await;
    live.send(Control::Stdin {
        data: "4pyTCg==".into(),
        encoding: Encoding::Base64,
    })
    .await;
    live.until_it_says("got ✓\n").await;
    live.send(Control::StdinEnd).await;
    let execution = live.end().await;
    let numbers: Vec<_> = (0..200).map(|number| format!("got {number}\n")).collect();
    let numbers = numbers.concat();
    assert_eq!(printed(&execution), format!("ready\ngot zero\n{numbers}got ✓\nend\n"));
    assert!(execution.head.interactive && execution.head.pty.is_none());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_it_input_ends_and_nothing_more_is_taken() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let live = Live::start(&platform, code("python", ECHO)).await;
    live.send(stdin("never\n")).await;
    let execution = live.end().await;
    assert_eq!(printed(&execution), "ready\nend\n");
    assert!(!execution.head.interactive && execution.head.limits.idle_ms.is_none());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_takes_keys_signals_and_sizes() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let program = "import os, signal, sys\n\
        show = lambda *_: os.write(1, b'%d x %d\\n' % os.get_terminal_size())\n\
        signal.signal(signal.SIGWINCH, show)\n\
        signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'usr1\\n'))\n\
        print(os.isatty(0), os.environ['TERM'], flush=True)\nshow()\nprint('hello', input('name? '))\n\
        while True: signal.pause()";
    let mut live = Live::start(&platform, in_terminal(code("python", program))).await;
    live.until_it_says("80 x 24\r\n").await;
    live.send(Control::Resize(TerminalSize { cols: 100, rows: 30 })).await;
    live.until_it_says("100 x 30\r\n").await;
    live.send(stdin("Ada\r")).await;
    live.until_it_says("hello Ada\r\n").await;
    live.send(Control::Signal { signal: Signal::Usr1 }).await;
    live.until_it_says("usr1\r\n").await;
    live.send(stdin("\x03")).await;
    let execution = live.end().await;
    assert_eq!(execution.head.outcome, Some(Outcome::Signalled), "{execution:#?}");
    assert_eq!(execution.head.pty, Some(SIZE));
    let run = execution.run.expect("it ran");
    assert_eq!(run.signal.as_deref(), Some("SIGINT"));
    assert!(run.stdout.starts_with("True xterm-256color\r\n"), "{}", run.stdout);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_a_wall_limit_that_says_so() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let limits = LimitsRequest {
        idle_ms: Some(300),
        ..LimitsRequest::default()
    };
    let request = limited(interactive(code("python", ECHO)), limits);
    let execution = platform.result(request).await;
    assert_eq!(execution.head.outcome, Some(Outcome::WallLimit));
    assert!(execution.head.message.expect("a reason").contains("idle"));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_floods_a_deaf_program_can_still_stop_it() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let program = "import time\nprint('ready', flush=True)\ntime.sleep(1000)";
    let mut live = Live::start(&platform, interactive(code("python", program))).await;
    live.until_it_says("ready").await;
    for _ in 0..100 {
        live.send(stdin(&"x".repeat(60_000))).await;
    }
    platform.executions.cancel(live.id, None).await.expect("cancelled");
    assert_eq!(live.end().await.head.outcome, Some(Outcome::Cancelled));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_wait_for_people_hold_no_slot() {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig {
        slots: 1,
        seats: 2,
        ..WorkerConfig::default()
    });
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut live = Live::start(&platform, interactive(code("python", ECHO))).await;
        live.until_it_says("ready").await;
        waiting.push(live);
    }
    assert_eq!(
        printed(&platform.result(code("python", "print('past them')")).await),
        "past them\n"
    );
    // A third holds the slot, and gives it back.
    let mut third = Live::start(&platform, interactive(code("python", ECHO))).await;
    third.until_it_says("ready").await;
    let queued = Live::start(&platform, code("python", "print('after it')")).await;
    third.send(Control::StdinEnd).await;
    assert_eq!(printed(&third.end().await), "ready\nend\n");
    assert_eq!(printed(&queued.end().await), "after it\n");
    for live in waiting {
        live.send(Control::StdinEnd).await;
        assert_eq!(printed(&live.end().await), "ready\nend\n");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_gives_waiting_programs_back() {
    let platform = platform().await;
    let config = WorkerConfig {
        grace: Duration::from_millis(100),
        ..WorkerConfig::default()
    };
    let worker = platform.start(config);
    let mut live = Live::start(&platform, interactive(code("python", ECHO))).await;
    live.until_it_says("ready").await;
    worker.stop().await;
    let store = Arc::clone(&platform.parts.store);
    let execution = store.execution(live.id).await.expect("known");
    assert_ne!(execution.head.status, Status::Finished);
    let worker = platform.start(WorkerConfig::default());
    live.until_it_says("ready").await;
    live.send(Control::StdinEnd).await;
    assert_eq!(printed(&live.end().await), "ready\nend\n");
    worker.stop().await;
}
