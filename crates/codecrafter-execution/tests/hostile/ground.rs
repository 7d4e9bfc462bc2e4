//! Where attacks happen: one platform per sandbox, and the proof after each that it is as good as new.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use codecrafter_domain::execution::{ExecutionRequest, Outcome};
use codecrafter_domain::live::TerminalSize;
use codecrafter_execution::{Definition, Languages, SearchPath, WorkerConfig};
use codecrafter_sandbox::{SandboxConfig, Toolchains};
use tokio::runtime::Runtime;

use crate::attack::{self, Attack};
use crate::census::{self, Census};
use crate::fixture::{Platform, Running, languages, platform_on};
use crate::host;

/// A platform with a worker, made when the first attack comes.
pub(crate) struct Ground {
    url: String,
    opened: OnceLock<Opened>,
    /// How long hello world in all languages took after each attack.
    times: Mutex<Vec<Duration>>,
}

struct Opened {
    platform: Platform,
    worker: Running,
    baseline: Census,
}

fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().expect("a runtime")
    });
    &RUNTIME
}

impl Ground {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            opened: OnceLock::new(),
            times: Mutex::default(),
        }
    }

    /// The sandbox's scheme.
    pub(crate) fn scheme(&self) -> &str {
        self.url.split(':').next().unwrap_or_default()
    }

    /// Has an attack run, and looks whether anything is different afterwards.
    ///
    /// # Errors
    /// What the attack achieved.
    pub(crate) fn suffer(&self, attack: &Attack) -> Result<(), String> {
        let opened = self.opened.get_or_init(|| Opened::new(&self.url));
        runtime().block_on(attack.run(&opened.platform))?;
        host::bait().check()?;
        let begun = Instant::now();
        runtime().block_on(hello(&opened.platform, None))?;
        self.times
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(begun.elapsed());
        opened.baseline.wait_until_back(opened.platform.folder.path())
    }

    /// The median and the longest time of hello world in all languages.
    pub(crate) fn describe_times(&self) -> String {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner).clone();
        times.sort();
        let Some(longest) = times.last() else {
            return "nothing was run".into();
        };
        let median = times[times.len() / 2];
        format!(
            "hello world in all languages after each case: median {} ms, at most {} ms",
            median.as_millis(),
            longest.as_millis()
        )
    }

    /// Ends everything.
    ///
    /// # Errors
    /// What is left.
    pub(crate) fn close(self) -> Result<(), String> {
        if let Some(opened) = self.opened.into_inner() {
            runtime().block_on(opened.worker.stop());
            drop(opened.platform);
        }
        census::tidy();
        match census::groups().as_slice() {
            [] => Ok(()),
            left => Err(format!("{left:?}")),
        }
    }
}

impl Opened {
    fn new(url: &str) -> Self {
        let config: SandboxConfig = url.parse().expect("a sandbox");
        let (platform, worker) = runtime().block_on(async {
            let platform = platform(&config).await;
            let worker = platform.start(WorkerConfig::default());
            // Whatever is made on first use is made now: stocks of jails with and without terminals, compiled programs.
            let terminal = TerminalSize { cols: 80, rows: 24 };
            for pty in [None, Some(terminal), None] {
                hello(&platform, pty).await.expect("hello world before any attack");
            }
            (platform, worker)
        });
        let baseline = Census::settled(platform.folder.path());
        Self {
            platform,
            worker,
            baseline,
        }
    }
}

/// With the languages of the sandbox, where it brings its own.
async fn platform(config: &SandboxConfig) -> Platform {
    let sandbox = codecrafter_sandbox::open(config).await.expect("the sandbox");
    if sandbox.toolchains() == Toolchains::OfThisMachine {
        return platform_on(sandbox, languages().await).await;
    }
    let found = Languages::detect_for(&sandbox, Definition::built_in(), &SearchPath::from_env(), None).await;
    let found = found.expect("the sandbox answers");
    let missing = crate::languages().unwrap_or_default();
    let missing: Vec<_> = missing.iter().filter(|id| found.find(id).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}: {:?}", found.missing());
    platform_on(sandbox, Arc::new(found)).await
}

/// Hello world in all languages at the same time, and in a place where nobody has been before.
async fn hello(platform: &Platform, pty: Option<TerminalSize>) -> Result<(), String> {
    let samples = platform
        .parts
        .languages
        .installed()
        .iter()
        .map(|language| ExecutionRequest {
            language: language.definition.id.clone(),
            code: Some(language.definition.sample.clone()),
            pty,
            stdin: pty.map(|_| "\u{4}".to_owned()),
            ..ExecutionRequest::default()
        });
    let fresh = ExecutionRequest {
        language: "python".into(),
        code: Some("import os\nfor d in '/box /tmp /dev/shm'.split(): assert os.listdir(d) in ([], ['main.py']), d\nprint('Hello, world!')".into()),
        pty,
        ..ExecutionRequest::default()
    };
    let all = samples.chain([fresh]).map(|request| said_hello(platform, request));
    futures::future::try_join_all(all).await.map(drop)
}

async fn said_hello(platform: &Platform, request: ExecutionRequest) -> Result<(), String> {
    let execution = attack::run(platform, &request)
        .await?
        .map_err(|invalid| invalid.to_string())?;
    let run = execution.run.clone().unwrap_or_default();
    let is_well = execution.head.outcome == Some(Outcome::Ok)
        && run.stdout.ends_with(if request.pty.is_some() {
            "Hello, world!\r\n"
        } else {
            "Hello, world!\n"
        })
        && run.usage.memory_bytes > 0
        && run.usage.cpu_ms < execution.head.limits.cpu_ms / 2;
    if is_well {
        Ok(())
    } else {
        Err(format!(
            "hello world in {} afterwards: {execution:#?}",
            request.language
        ))
    }
}
