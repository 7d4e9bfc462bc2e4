//! Posting results, to receivers that behave and to receivers that do not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use codecrafter_bus::Bus;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_domain::execution::callback::Targets;
use codecrafter_domain::execution::{Execution, ExecutionResult, Outcome};
use codecrafter_domain::id::ExecutionId;
use codecrafter_domain::topic;
use codecrafter_store::conformance::fixtures;
use codecrafter_store::{Store, StoreConfig};
use codecrafter_webhook::{Secret, WebhookConfig, Webhooks};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; reached only when something hangs.
const DEADLINE: Duration = Duration::from_secs(30);
/// How long nothing must come where nothing may.
const SILENCE: Duration = Duration::from_millis(400);

/// A request as it came: its head and its body.
#[derive(Debug)]
struct Post {
    head: String,
    body: Vec<u8>,
}

/// Listens on loopback and gives one canned answer after the other, the last one for ever.
struct Receiver {
    address: SocketAddr,
    posts: mpsc::UnboundedReceiver<Post>,
}

impl Receiver {
    async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (sender, posts) = mpsc::unbounded_channel();
        let mut answers: Vec<String> = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let post = read(&mut stream).await;
                let answer = if answers.len() > 1 {
                    answers.pop()
                } else {
                    answers.first().cloned()
                };
                let _ = stream.write_all(answer.unwrap_or_default().as_bytes()).await;
                if sender.send(post).is_err() {
                    return;
                }
            }
        });
        Self { address, posts }
    }

    async fn next(&mut self) -> Post {
        let post = tokio::time::timeout(DEADLINE, self.posts.recv()).await;
        post.expect("in time").expect("listening")
    }

    async fn hears_nothing(&mut self) {
        let post = tokio::time::timeout(SILENCE, self.posts.recv()).await;
        assert!(post.is_err(), "{post:?}");
    }
}

async fn read(stream: &mut TcpStream) -> Post {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(stream.read_buf(&mut bytes).await.expect("readable") > 0, "cut off");
    };
    let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
    let length = header(&head, "content-length")
        .expect("a length")
        .parse()
        .expect("a number");
    let mut body = bytes.split_off(end);
    while body.len() < length {
        assert!(stream.read_buf(&mut body).await.expect("readable") > 0, "cut off");
    }
    Post { head, body }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

const OK: &str = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

struct World {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    _folder: tempfile::TempDir,
}

struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let store = codecrafter_store::open(&StoreConfig::Sqlite { path })
            .await
            .expect("a store");
        Self {
            store,
            bus: Arc::new(InProcessBus::new()),
            _folder: folder,
        }
    }

    fn start(&self, targets: Targets) -> Running {
        self.start_with(|config| config.targets = targets)
    }

    fn start_with(&self, change: impl FnOnce(&mut WebhookConfig)) -> Running {
        let mut config = WebhookConfig::new(Secret::new(b"secret"), Targets::Any);
        config.first_retry = Duration::from_millis(1);
        change(&mut config);
        let shutdown = CancellationToken::new();
        let webhooks = Webhooks::new(self.store.clone(), self.bus.clone(), config);
        let task = tokio::spawn(webhooks.run(shutdown.clone()));
        Running { shutdown, task }
    }

    /// A run that calls back, finished.
    async fn finished(&self, url: &str) -> ExecutionId {
        let name = format!("u{}", ExecutionId::new());
        let mut new = fixtures::run(fixtures::account(&self.store, &name).await, None);
        new.request.callback_url = Some(url.to_owned());
        self.store.create_execution(&new).await.expect("queued");
        let result = ExecutionResult::new(Outcome::Ok, None);
        self.store.finish(new.id, &result, Utc::now()).await.expect("finished");
        let told = self.bus.publish(&topic::callbacks(), bytes::Bytes::new()).await;
        told.expect("told");
        new.id
    }

    async fn nothing_is_left(&self) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while self.store.next_callback().await.expect("answer").is_some() {
            assert!(tokio::time::Instant::now() < deadline, "still to be posted");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Running {
    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_result_is_posted_signed_and_once() {
    let (world, mut receiver) = (World::new().await, Receiver::answering(&[OK]).await);
    let running = world.start(Targets::Any);
    let id = world.finished(&format!("http://{}/done?x=1", receiver.address)).await;
    let post = receiver.next().await;
    assert!(post.head.starts_with("POST /done?x=1 HTTP/1.1\r\n"), "{}", post.head);
    assert_eq!(header(&post.head, "content-type"), Some("application/json"));
    let signature = header(&post.head, "codecrafter-signature").expect("signed");
    let time = signature.strip_prefix("t=").and_then(|rest| rest.split(',').next());
    let time: i64 = time.expect("a time").parse().expect("a number");
    assert!((Utc::now().timestamp() - time).abs() < 60);
    assert_eq!(signature, Secret::new(b"secret").sign(time, &post.body));
    let execution: Execution = serde_json::from_slice(&post.body).expect("JSON");
    assert_eq!(execution, world.store.execution(id).await.expect("found"));
    world.nothing_is_left().await;
    receiver.hears_nothing().await;
    running.stop().await;
}

#[tokio::test]
async fn a_busy_receiver_is_asked_again_but_not_for_ever() {
    let (world, mut receiver) = (World::new().await, Receiver::answering(&[BUSY, BUSY, OK]).await);
    let running = world.start(Targets::Any);
    world.finished(&format!("http://{}", receiver.address)).await;
    for _ in 0..3 {
        receiver.next().await;
    }
    world.nothing_is_left().await;
    receiver.hears_nothing().await;
    let mut broken = Receiver::answering(&[BUSY]).await;
    world.finished(&format!("http://{}", broken.address)).await;
    for _ in 0..5 {
        broken.next().await;
    }
    world.nothing_is_left().await;
    broken.hears_nothing().await;
    running.stop().await;
}

#[tokio::test]
async fn what_was_to_be_posted_survives_a_restart() {
    let (world, mut receiver) = (World::new().await, Receiver::answering(&[BUSY, OK]).await);
    let change = |config: &mut WebhookConfig| {
        config.first_retry = Duration::from_millis(500);
        // Claimed again soon where stopping came first.
        config.timeout = Duration::from_millis(250);
    };
    let running = world.start_with(change);
    world.finished(&format!("http://{}", receiver.address)).await;
    receiver.next().await;
    running.stop().await;
    let running = world.start_with(change);
    receiver.next().await;
    world.nothing_is_left().await;
    running.stop().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (world, mut inside) = (World::new().await, Receiver::answering(&[OK]).await);
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        inside.address
    );
    let mut outside = Receiver::answering(&[&redirect]).await;
    let running = world.start(Targets::Any);
    world.finished(&format!("http://{}", outside.address)).await;
    outside.next().await;
    inside.hears_nothing().await;
    running.stop().await;
}

#[tokio::test]
async fn addresses_within_are_never_connected_to() {
    let (world, mut receiver) = (World::new().await, Receiver::answering(&[OK]).await);
    let running = world.start(Targets::Public);
    let port = receiver.address.port();
    for host in [
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "localhost",
        "localhost.localdomain",
    ] {
        // Stored as it was submitted, perhaps under another setting: checked again when it is sent.
        world.finished(&format!("http://{host}:{port}/")).await;
    }
    receiver.hears_nothing().await;
    world.nothing_is_left().await;
    receiver.hears_nothing().await;
    running.stop().await;
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let (world, mut receiver) = (World::new().await, Receiver::answering(&[OK]).await);
    let running = world.start_with(|config| config.timeout = Duration::from_millis(50));
    for _ in 0..20 {
        world.finished(&format!("http://{address}")).await;
    }
    world.finished(&format!("http://{}", receiver.address)).await;
    receiver.next().await;
    running.stop().await;
    drop(listener);
}
