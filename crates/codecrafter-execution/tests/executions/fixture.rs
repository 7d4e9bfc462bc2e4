//! A platform of its own for every test: database, queue, bus, sandbox and, where wanted, a worker.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use codecrafter_bus::Bus;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_domain::execution::{Encoding, Execution, ExecutionRequest, Outcome, SourceFile};
use codecrafter_domain::id::UserId;
use codecrafter_domain::limits::LimitsRequest;
use codecrafter_domain::user::User;
use codecrafter_execution::{
    Definition, Executions, IdleSlots, Languages, SearchPath, Worker, WorkerConfig, WorkerParts,
};
use codecrafter_queue::JobQueue;
use codecrafter_queue::in_process::InProcessQueue;
use codecrafter_sandbox::{NativeConfig, Sandbox, SandboxConfig};
use codecrafter_store::{Store, StoreConfig};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than any run here takes on a slow machine; reached only when something hangs.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);

/// The languages of this machine, with everything prepared.
pub(crate) async fn languages() -> Arc<Languages> {
    static LANGUAGES: OnceCell<Arc<Languages>> = OnceCell::const_new();
    LANGUAGES.get_or_init(detect).await.clone()
}

async fn detect() -> Arc<Languages> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("toolchains");
    let languages = Languages::detect(Definition::built_in(), &SearchPath::from_env(), Some(&cache)).await;
    assert_eq!(languages.missing(), [], "script/bootstrap installs all toolchains");
    languages.prepare().await;
    assert!(
        languages
            .installed()
            .iter()
            .all(codecrafter_execution::Language::is_prepared)
    );
    Arc::new(languages)
}

pub(crate) struct Platform {
    pub(crate) parts: WorkerParts,
    pub(crate) executions: Executions,
    pub(crate) user: User,
    pub(crate) folder: tempfile::TempDir,
}

/// A worker that runs until it is stopped.
pub(crate) struct Running {
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) async fn platform() -> Platform {
    platform_with(&native(), languages().await).await
}

/// The native sandbox, as it is unless told otherwise.
pub(crate) fn native() -> SandboxConfig {
    SandboxConfig::Native(NativeConfig::default())
}

pub(crate) async fn platform_with(sandbox: &SandboxConfig, languages: Arc<Languages>) -> Platform {
    let sandbox = codecrafter_sandbox::open(sandbox).await.expect("the sandbox");
    platform_on(sandbox, languages).await
}

pub(crate) async fn platform_on(sandbox: Arc<dyn Sandbox>, languages: Arc<Languages>) -> Platform {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.db");
    let store: Arc<dyn Store> = codecrafter_store::open(&StoreConfig::Sqlite { path })
        .await
        .expect("a store");
    let parts = WorkerParts {
        store,
        queue: Arc::new(InProcessQueue::new(100)),
        bus: Arc::new(InProcessBus::new()),
        sandbox,
        languages,
        idle: IdleSlots::default(),
    };
    let user = add_user(&parts.store, "ada").await;
    let executions = executions(&parts);
    Platform {
        parts,
        executions,
        user,
        folder,
    }
}

pub(crate) fn executions(parts: &WorkerParts) -> Executions {
    let (store, queue, bus): (_, Arc<dyn JobQueue>, Arc<dyn Bus>) =
        (parts.store.clone(), parts.queue.clone(), parts.bus.clone());
    Executions::new(store, queue, bus, Arc::new(parts.languages.catalogue())).with_idle_slots(parts.idle.clone())
}

pub(crate) async fn add_user(store: &Arc<dyn Store>, name: &str) -> User {
    let user = User {
        id: UserId::new(),
        username: name.into(),
        email: format!("{name}@example.org"),
        display_name: name.into(),
        color: "#1f6feb".into(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: Utc::now(),
    };
    store.create_user(&user, "no password").await.expect("a new user");
    user
}

impl Platform {
    pub(crate) fn start(&self, config: WorkerConfig) -> Running {
        let shutdown = CancellationToken::new();
        let worker = Worker::new(self.parts.clone(), config);
        let task = tokio::spawn(worker.run(shutdown.clone()));
        Running { shutdown, task }
    }

    /// Submits and waits for the result.
    pub(crate) async fn result(&self, request: ExecutionRequest) -> Execution {
        let head = self.executions.submit(&self.user, request).await.expect("accepted");
        self.executions.wait(head.id, DEADLINE).await.expect("known")
    }
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("the worker ends without a panic");
    }
}

/// Runs one program on a platform of its own.
pub(crate) async fn run(request: ExecutionRequest) -> Execution {
    let platform = platform().await;
    let worker = platform.start(WorkerConfig::default());
    let execution = platform.result(request).await;
    worker.stop().await;
    execution
}

pub(crate) fn limited(request: ExecutionRequest, limits: LimitsRequest) -> ExecutionRequest {
    ExecutionRequest { limits, ..request }
}

pub(crate) fn code(language: &str, code: &str) -> ExecutionRequest {
    ExecutionRequest {
        language: language.into(),
        code: Some(code.into()),
        ..ExecutionRequest::default()
    }
}

pub(crate) fn files(language: &str, files: &[(&str, &str)]) -> ExecutionRequest {
    let file = |(path, content): &(&str, &str)| SourceFile {
        path: (*path).into(),
        content: (*content).into(),
        encoding: Encoding::Utf8,
    };
    ExecutionRequest {
        language: language.into(),
        files: files.iter().map(file).collect(),
        ..ExecutionRequest::default()
    }
}

/// Standard output of a run that went well.
pub(crate) fn printed(execution: &Execution) -> &str {
    assert_eq!(execution.head.outcome, Some(Outcome::Ok), "{execution:#?}");
    &execution.run.as_ref().expect("it ran").stdout
}
