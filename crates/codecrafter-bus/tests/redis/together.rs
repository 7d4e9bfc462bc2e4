//! Several processes on one Redis.

use std::time::Duration;

use super::server::Server;
use super::{HEALING, apart, bounds, log, next_text, open, quick, text};

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_hear_each_other_and_count_together() {
    let server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let (mut at_a, mut at_b) = (
        a.bus.subscribe("t").await.expect("subscribe"),
        b.bus.subscribe("t").await.expect("subscribe"),
    );
    a.bus.publish("t", text("from a")).await.expect("publish");
    b.bus.publish("t", text("from b")).await.expect("publish");
    for subscription in [&mut at_a, &mut at_b] {
        assert_eq!(next_text(subscription).await, "from a");
        assert_eq!(next_text(subscription).await, "from b");
    }
    let first = a.bus.append("l", text(1), bounds()).await.expect("append");
    let second = b.bus.append("l", text(2), bounds()).await.expect("append");
    assert_eq!(second, first + 1);
    assert_eq!(log(&a, "l", 0).await, log(&b, "l", 0).await);
    let minute = Duration::from_mins(1);
    assert_eq!(a.ephemeral.count("c", 2, minute).await.expect("count").total, 2);
    assert_eq!(b.ephemeral.count("c", 3, minute).await.expect("count").total, 5);
    assert_eq!(a.ephemeral.count("c", 0, minute).await.expect("count").total, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_of_two_processes_have_one_order() {
    let server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let mut watch = a.bus.replay("l", 0).await.expect("replay");
    let append = async |engine: &codecrafter_bus::Engine, name: &str| {
        for n in 0..200 {
            engine
                .bus
                .append("l", text(format!("{name}{n}")), bounds())
                .await
                .expect("append");
        }
    };
    tokio::join!(append(&a, "a"), append(&b, "b"));
    let mut seen = Vec::new();
    for _ in 0..400 {
        let message = super::next(&mut watch).await.expect("not ended");
        seen.push((message.seq, String::from_utf8_lossy(&message.payload).into_owned()));
    }
    assert!(seen.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1));
    assert_eq!(seen, log(&b, "l", 0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_subscribers_are_one_subscription() {
    let server = Server::start(&[]);
    let engine = open(&server.url()).await;
    let subscribing = (0..50).map(|_| engine.bus.subscribe("t"));
    let mut subscriptions: Vec<_> = futures::future::try_join_all(subscribing).await.expect("subscribe");
    let number = || server.cli(&["PUBSUB", "NUMSUB", "codecrafter:topic:t"]);
    assert!(number().ends_with("\n1"), "{}", number());
    let subscribes = server.cli(&["INFO", "commandstats"]);
    let subscribes = subscribes
        .lines()
        .find(|line| line.starts_with("cmdstat_subscribe:"))
        .expect("some");
    // One as it starts, one for the topic.
    assert!(subscribes.contains("calls=2,"), "{subscribes}");
    engine.bus.publish("t", text("x")).await.expect("publish");
    for subscription in &mut subscriptions {
        assert_eq!(next_text(subscription).await, "x");
    }
    drop(subscriptions);
    let unsubscribed = async {
        while !number().ends_with("\n0") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HEALING, unsubscribed).await.expect("unsubscribed");
    let mut again = engine.bus.subscribe("t").await.expect("subscribe");
    engine.bus.publish("t", text("y")).await.expect("publish");
    assert_eq!(next_text(&mut again).await, "y");
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_while_others_leave_misses_nothing() {
    let engine = apart().await;
    let end = tokio::time::Instant::now() + Duration::from_secs(4);
    let mut n = 0;
    // Around the sweeps, which come every second.
    while tokio::time::Instant::now() < end {
        let mut subscription = quick(engine.bus.subscribe("t")).await.expect("subscribe");
        n += 1;
        engine.bus.publish("t", text(n)).await.expect("publish");
        assert_eq!(next_text(&mut subscription).await, n.to_string());
        drop(subscription);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
