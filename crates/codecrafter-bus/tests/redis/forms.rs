//! Ways to name a Redis: with a password, over TLS, by Sentinels, as a cluster.

use std::process::Command;
use std::time::Duration;

use codecrafter_bus::Engine;
use tokio::time::Instant;

use super::server::{Server, free_port};
use super::{bounds, log, next_text, open, text, until_up};

async fn works(url: &str) -> Engine {
    let (engine, other) = (open(url).await, open(url).await);
    let mut subscription = other.bus.subscribe("t").await.expect("subscribe");
    engine.bus.publish("t", text("hello")).await.expect("publish");
    assert_eq!(next_text(&mut subscription).await, "hello");
    let topic = format!("l{}", super::server::unique());
    let seq = engine.bus.append(&topic, text("kept"), bounds()).await.expect("append");
    assert_eq!(log(&other, &topic, 0).await, [(seq, "kept".to_owned())]);
    let minute = Duration::from_mins(1);
    engine.ephemeral.count(&topic, 1, minute).await.expect("count");
    assert_eq!(other.ephemeral.count(&topic, 1, minute).await.expect("count").total, 2);
    engine
}

async fn refusal(url: &str) -> String {
    let config = url.parse().expect("a URL");
    let refused = codecrafter_bus::open(&config).await.err().expect("refused");
    refused.to_string()
}

#[tokio::test]
async fn passwords_and_databases() {
    let server = Server::start(&["--requirepass", "hunter2"]);
    let at = format!("127.0.0.1:{}", server.port);
    works(&format!("redis://:hunter2@{at}/3")).await;
    for wrong in [format!("redis://{at}"), format!("redis://:hunter3@{at}")] {
        let refused = refusal(&wrong).await;
        assert!(!refused.contains("hunter"), "{refused}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let begun = Instant::now();
    refusal(&format!("redis://127.0.0.1:{}", free_port())).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn databases_are_apart() {
    let server = Server::start(&[]);
    let (one, two) = (
        open(&format!("{}/1", server.url())).await,
        open(&format!("{}/2", server.url())).await,
    );
    let mut at_two = two.bus.subscribe("t").await.expect("subscribe");
    one.bus.publish("t", text("one")).await.expect("publish");
    two.bus.publish("t", text("two")).await.expect("publish");
    assert_eq!(next_text(&mut at_two).await, "two");
}

#[tokio::test]
async fn tls_with_a_checked_certificate() {
    // script/engines/redis makes the authority, whom this process trusts by SSL_CERT_FILE.
    let folder =
        std::env::var("CODECRAFTER_TEST_REDIS_TLS").expect("script/test engines sets CODECRAFTER_TEST_REDIS_TLS");
    let port = free_port().to_string();
    let file = |name: &str| format!("{folder}/{name}");
    let (certificate, key, authority) = (file("server.crt"), file("server.key"), file("ca.crt"));
    let _server = Server::start(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ]);
    works(&format!("rediss://localhost:{port}")).await;
    // The certificate is for localhost only.
    refusal(&format!("rediss://127.0.0.1:{port}")).await;
}

#[tokio::test]
async fn a_cluster() {
    let server = Server::start(&["--cluster-enabled", "yes"]);
    server.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    while !server.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The first of the hosts is away.
    let url = format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", free_port(), server.port);
    let engine = works(&url).await;
    let mut server = server;
    server.kill();
    until_up(&engine, false).await;
    server.restart();
    until_up(&engine, true).await;
}

struct Sentinel(std::process::Child);

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn sentinels_name_the_master_before_and_after_it_fails() {
    let mut master = Server::start(&[]);
    let master_port = master.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &master_port]);
    while !replica.cli(&["INFO", "replication"]).contains("master_link_status:up") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let port = free_port();
    let file = replica.folder.path().join("sentinel.conf");
    let settings = format!(
        "port {port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 {master_port} 1\n\
         sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n"
    );
    std::fs::write(&file, settings).expect("write");
    let child = Command::new("redis-sentinel")
        .arg(&file)
        .stdout(std::process::Stdio::null())
        .spawn();
    let _sentinel = Sentinel(child.expect("redis-sentinel"));
    let known = async {
        // It asks the master for replicas every ten seconds, the first time as it starts.
        while !replica_is_known(port) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), known)
        .await
        .expect("known");
    let url = format!("redis+sentinel://127.0.0.1:{},127.0.0.1:{port}/main", free_port());
    let engine = works(&url).await;
    master.kill();
    until_up(&engine, false).await;
    let promoted = async {
        while engine.bus.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), promoted)
        .await
        .expect("promoted");
    assert!(replica.cli(&["ROLE"]).starts_with("master"));
    works(&url).await;
}

fn replica_is_known(port: u16) -> bool {
    let output = Command::new("redis-cli")
        .args(["-p", &port.to_string(), "SENTINEL", "REPLICAS", "main"])
        .output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("master-link-status\nok"))
}
