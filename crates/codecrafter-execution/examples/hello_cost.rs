//! What the platform adds to a program: hello in each language, from its submission to its stored result (store, queue,
//! worker, sandbox), against the same commands bare, in turns.
//!
//! `cargo run --release -p codecrafter-execution --example hello_cost -- [language…]`

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_domain::execution::{ExecutionRequest, Outcome};
use codecrafter_domain::id::UserId;
use codecrafter_domain::user::User;
use codecrafter_execution::{
    Definition, Executions, IdleSlots, Languages, SearchPath, Worker, WorkerConfig, WorkerParts,
};
use codecrafter_queue::in_process::InProcessQueue;
use codecrafter_sandbox::SandboxConfig;
use codecrafter_store::StoreConfig;
use tokio_util::sync::CancellationToken;

codecrafter_jail::serve_as_launcher!();

type Failure = Box<dyn std::error::Error>;

/// What is measured.
struct Hello {
    language: &'static str,
    file: &'static str,
    program: &'static str,
    /// Begins a line comment.
    comment: &'static str,
    /// Commands in the folder of the file, as a person would type them.
    bare: &'static [&'static [&'static str]],
    rounds: usize,
}

const HELLOS: [Hello; 7] = [
    Hello {
        language: "python",
        file: "main.py",
        program: "print('hello')\n",
        comment: "#",
        bare: &[&["/usr/bin/python3", "main.py"]],
        rounds: 100,
    },
    Hello {
        language: "javascript",
        file: "main.js",
        program: "console.log('hello');\n",
        comment: "//",
        bare: &[&["node", "main.js"]],
        rounds: 30,
    },
    Hello {
        language: "c",
        file: "main.c",
        program: "#include <stdio.h>\nint main(void) { puts(\"hello\"); }\n",
        comment: "//",
        bare: &[&["gcc", "-O2", "main.c", "-o", "hello"], &["./hello"]],
        rounds: 30,
    },
    Hello {
        language: "cpp",
        file: "main.cpp",
        program: "#include <iostream>\nint main() { std::cout << \"hello\\n\"; }\n",
        comment: "//",
        bare: &[&["g++", "-std=gnu++20", "-O2", "main.cpp", "-o", "hello"], &["./hello"]],
        rounds: 10,
    },
    Hello {
        language: "java",
        file: "Main.java",
        program: "public class Main { public static void main(String[] a) { System.out.println(\"hello\"); } }\n",
        comment: "//",
        bare: &[&["javac", "Main.java"], &["java", "Main"]],
        rounds: 10,
    },
    Hello {
        language: "go",
        file: "main.go",
        program: "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"hello\") }\n",
        comment: "//",
        bare: &[&["go", "build", "-o", "hello", "main.go"], &["./hello"]],
        rounds: 10,
    },
    Hello {
        language: "rust",
        file: "main.rs",
        program: "fn main() { println!(\"hello\"); }\n",
        comment: "//",
        bare: &[&["rustc", "-O", "main.rs", "-o", "hello"], &["./hello"]],
        rounds: 10,
    },
];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let folder = tempfile::tempdir()?;
    let platform = Platform::start(folder.path()).await?;
    eprintln!("in ms                 bare  platform  added  ratio");
    for hello in HELLOS
        .iter()
        .filter(|hello| wanted.is_empty() || wanted.iter().any(|one| one == hello.language))
    {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for round in 0..=hello.rounds {
            let program = format!("{}{} {round}\n", hello.program, hello.comment);
            std::fs::write(folder.path().join(hello.file), &program)?;
            let started = Instant::now();
            run_bare(folder.path(), hello)?;
            bare.push(started.elapsed());
            // A person is slower than the next jail.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let started = Instant::now();
            platform.run(hello.language, program).await?;
            ours.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sort(&mut bare);
        sort(&mut ours);
        // On a machine with other work the lowest tenth says more than the median.
        for (name, part) in [("median", 50), ("p10", 10)] {
            show(hello.language, name, at(&bare, part), at(&ours, part));
        }
    }
    platform.shutdown.cancel();
    Ok(())
}

struct Platform {
    executions: Executions,
    user: User,
    shutdown: CancellationToken,
}

impl Platform {
    async fn start(folder: &Path) -> Result<Self, Failure> {
        let cache = std::env::temp_dir().join("codecrafter-hello-cost");
        let languages = Languages::detect(Definition::built_in(), &SearchPath::from_env(), Some(&cache)).await;
        languages.prepare().await;
        let languages = Arc::new(languages);
        let path: PathBuf = folder.join("hello.db");
        let parts = WorkerParts {
            store: codecrafter_store::open(&StoreConfig::Sqlite { path }).await?,
            queue: Arc::new(InProcessQueue::new(100)),
            bus: Arc::new(InProcessBus::new()),
            sandbox: codecrafter_sandbox::open(&"native:".parse::<SandboxConfig>()?).await?,
            languages: Arc::clone(&languages),
            idle: IdleSlots::default(),
        };
        let user = User {
            id: UserId::new(),
            username: "ada".into(),
            email: "ada@example.org".into(),
            display_name: "Ada".into(),
            color: "#1f6feb".into(),
            bio: String::new(),
            links: Vec::new(),
            email_verified: false,
            pending_email: None,
            guest_of: None,
            platform_admin: false,
            created_at: Utc::now(),
        };
        parts.store.create_user(&user, "no password").await?;
        let catalogue = Arc::new(languages.catalogue());
        let executions = Executions::new(parts.store.clone(), parts.queue.clone(), parts.bus.clone(), catalogue)
            .with_idle_slots(parts.idle.clone());
        let shutdown = CancellationToken::new();
        tokio::spawn(Worker::new(parts, WorkerConfig::default()).run(shutdown.clone()));
        Ok(Self {
            executions,
            user,
            shutdown,
        })
    }

    async fn run(&self, language: &str, program: String) -> Result<(), Failure> {
        let request = ExecutionRequest {
            language: language.into(),
            code: Some(program),
            ..ExecutionRequest::default()
        };
        let head = self.executions.submit(&self.user, request).await?;
        let execution = self.executions.wait(head.id, Duration::from_mins(1)).await?;
        if execution.head.outcome == Some(Outcome::Ok) {
            Ok(())
        } else {
            Err(format!("no hello: {execution:?}").into())
        }
    }
}

fn run_bare(folder: &Path, hello: &Hello) -> Result<(), Failure> {
    for argv in hello.bare {
        let mut command = Command::new(argv[0]);
        let output = command
            .args(&argv[1..])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(format!("{argv:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
    }
    Ok(())
}

/// Without the first, which warms everything up.
fn sort(times: &mut Vec<Duration>) {
    times.remove(0);
    times.sort();
}

/// In ms.
fn at(sorted: &[Duration], part: usize) -> f64 {
    1e3 * sorted[sorted.len() * part / 100].as_secs_f64()
}

fn show(language: &str, name: &str, bare: f64, ours: f64) {
    let (added, ratio) = (ours - bare, ours / bare);
    eprintln!("{language:12} {name:7} {bare:6.1} {ours:9.1} {added:6.1} {ratio:6.2}");
}
