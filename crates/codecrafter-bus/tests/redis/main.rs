//! The adapter of Redis: conformance on the server that `CODECRAFTER_TEST_REDIS` names, the rest on servers of their
//! own, since they are killed.

mod away;
mod forms;
mod lost;
mod server;
mod together;

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_bus::{Engine, LogBounds, Message, Subscription};

/// How long things may take to heal.
const HEALING: Duration = Duration::from_secs(10);
/// Longest that a call may take, Redis away or not.
const QUICK: Duration = Duration::from_millis(2500);

async fn open(url: &str) -> Engine {
    let config = url.parse().expect("a URL");
    codecrafter_bus::open(&config).await.expect("open")
}

/// The common server, with names of this case's own.
async fn apart() -> Engine {
    let server = std::env::var("CODECRAFTER_TEST_REDIS").expect("script/test engines sets CODECRAFTER_TEST_REDIS");
    open(&format!("{server}?prefix=case-{}", server::unique())).await
}

mod bus {
    use super::apart;
    codecrafter_bus::bus_conformance!(async { apart().await.bus });
}

mod ephemeral {
    use super::apart;
    codecrafter_bus::ephemeral_conformance!(async { apart().await.ephemeral });
}

fn bounds() -> LogBounds {
    LogBounds {
        expiry: Duration::from_mins(5),
        ..LogBounds::session()
    }
}

fn text(text: impl Display) -> Bytes {
    Bytes::from(format!("{text}"))
}

async fn quick<T>(doing: impl Future<Output = T>) -> T {
    tokio::time::timeout(QUICK, doing).await.expect("quick")
}

async fn next(subscription: &mut Subscription) -> Option<Message> {
    tokio::time::timeout(HEALING, subscription.next())
        .await
        .expect("in time")
}

async fn next_text(subscription: &mut Subscription) -> String {
    let message = next(subscription).await.expect("not ended");
    String::from_utf8(message.payload.to_vec()).expect("text")
}

/// Waits until Redis answers, or does not.
async fn until_up(engine: &Engine, up: bool) {
    let waiting = async {
        while engine.bus.ping().await.is_ok() != up {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(HEALING, waiting).await.expect("in time");
}

/// All that a log holds after a position.
async fn log(engine: &Engine, topic: &str, after: u64) -> Vec<(u64, String)> {
    let mut subscription = engine.bus.replay(topic, after).await.expect("replay");
    let mut all = Vec::new();
    while all.last().map_or(after, |(seq, _)| *seq) < subscription.end {
        let message = next(&mut subscription).await.expect("not ended");
        all.push((message.seq, String::from_utf8(message.payload.to_vec()).expect("text")));
    }
    all
}
