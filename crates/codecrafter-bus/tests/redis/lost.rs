//! Redis stays, what it holds or a connection to it does not.

use std::time::Duration;

use codecrafter_bus::LogBounds;

use super::server::{Server, Way};
use super::{bounds, log, next, next_text, open, text, until_up};

#[tokio::test(flavor = "multi_thread")]
async fn positions_do_not_go_back_when_redis_forgets() {
    let server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let run = LogBounds::execution();
    for n in 1..=3 {
        assert_eq!(a.bus.append("run", text(n), run).await.expect("append"), n);
        b.bus.append("session", text(n), bounds()).await.expect("append");
    }
    let (mut runs, mut sessions) = (
        b.bus.replay("run", 3).await.expect("replay"),
        a.bus.replay("session", 0).await.expect("replay"),
    );
    let mut last = 0;
    for _ in 0..3 {
        last = next(&mut sessions).await.expect("not ended").seq;
    }
    assert_eq!(server.cli(&["FLUSHALL"]), "OK");
    assert_eq!(a.bus.append("run", text(4), run).await.expect("append"), 4);
    assert_eq!(next_text(&mut runs).await, "4");
    // By who has not appended there, and does not know how far the log was.
    let seq = a.bus.append("session", text(4), bounds()).await.expect("append");
    assert!(seq > last, "{seq} is not after {last}");
    // A gap, as far as the subscriber knows: it comes back and misses nothing.
    let message = match next(&mut sessions).await {
        Some(message) => message,
        None => next(&mut a.bus.replay("session", last).await.expect("replay"))
            .await
            .expect("it"),
    };
    assert_eq!((message.seq, &*message.payload), (seq, &b"4"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_subscriber_connection_ends_subscriptions_and_is_replaced() {
    let server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let mut plain = a.bus.subscribe("t").await.expect("subscribe");
    let mut watch = a.bus.replay("l", 0).await.expect("replay");
    let first = b.bus.append("l", text(0), bounds()).await.expect("append");
    assert_eq!(next(&mut watch).await.expect("not ended").seq, first);
    server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    for n in 1..=20 {
        b.bus.append("l", text(n), bounds()).await.expect("append");
        a.bus.append("l", text(-n), bounds()).await.expect("append");
    }
    assert_eq!(next(&mut plain).await, None);
    until_up(&a, true).await;
    until_up(&b, true).await;
    let all = log(&a, "l", first).await;
    let texts = |is_ours: fn(&i32) -> bool| {
        let numbers = all.iter().map(|(_, text)| text.parse().expect("a number"));
        numbers.filter(is_ours).map(i32::abs).collect::<Vec<_>>()
    };
    assert_eq!(texts(|n| *n > 0), (1..=20).collect::<Vec<_>>());
    assert_eq!(texts(|n| *n < 0), (1..=20).collect::<Vec<_>>());
    let mut plain = a.bus.subscribe("t").await.expect("subscribe");
    b.bus.publish("t", text("again")).await.expect("publish");
    assert_eq!(next_text(&mut plain).await, "again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_one_process_is_cut_off_reaches_the_others() {
    let server = Server::start(&[]);
    let way = Way::to(&server).await;
    let (a, b) = (open(&way.url()).await, open(&server.url()).await);
    let mut at_b = b.bus.subscribe("t").await.expect("subscribe");
    let mut watch = b.bus.replay("l", 0).await.expect("replay");
    way.cut(true);
    until_up(&a, false).await;
    let mut at_a = a.bus.subscribe("t").await.expect("subscribe");
    a.bus.publish("t", text("poke")).await.expect("publish");
    let seq = a.bus.append("l", text("kept"), bounds()).await.expect("append");
    assert_eq!(next_text(&mut at_a).await, "poke");
    way.cut(false);
    assert_eq!(next_text(&mut at_b).await, "poke");
    assert_eq!(next(&mut watch).await.expect("not ended").seq, seq);
    assert_eq!(next(&mut at_a).await, None, "ended when Redis is back");
    assert_eq!(log(&a, "l", 0).await, [(seq, "kept".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_said_more_than_is_kept_has_the_others_look_again() {
    let server = Server::start(&[]);
    let way = Way::to(&server).await;
    let (a, b) = (open(&way.url()).await, open(&server.url()).await);
    let mut at_b = b.bus.subscribe("t").await.expect("subscribe");
    way.cut(true);
    until_up(&a, false).await;
    for n in 0..60_000 {
        a.bus.publish("elsewhere", text(n)).await.expect("publish");
    }
    way.cut(false);
    assert_eq!(next(&mut at_b).await, None);
    let mut at_b = b.bus.subscribe("t").await.expect("subscribe");
    until_up(&a, true).await;
    a.bus.publish("t", text("well")).await.expect("publish");
    assert_eq!(next_text(&mut at_b).await, "well");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_refuses_logs_and_passes_on_the_rest() {
    let server = Server::start(&["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
    let engine = open(&server.url()).await;
    let mut plain = engine.bus.subscribe("t").await.expect("subscribe");
    let payload = bytes::Bytes::from(vec![b'x'; 100_000]);
    let mut refused = None;
    for n in 0..100 {
        if let Err(error) = engine.bus.append(&format!("l{n}"), payload.clone(), bounds()).await {
            refused = Some(error.to_string());
            break;
        }
    }
    assert!(refused.expect("full").contains("OOM"));
    engine.bus.publish("t", text("still")).await.expect("publish");
    assert_eq!(next_text(&mut plain).await, "still");
    engine.bus.ping().await.expect("there");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evicting_redis_loses_whole_logs_only() {
    let server = Server::start(&["--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let payload = bytes::Bytes::from(vec![b'x'; 50_000]);
    let mut last = vec![0; 100];
    for round in 0..3 {
        for (n, last) in last.iter_mut().enumerate() {
            let engine = if round % 2 == 0 { &a } else { &b };
            let topic = format!("l{n}");
            let seq = engine
                .bus
                .append(&topic, payload.clone(), bounds())
                .await
                .expect("append");
            assert!(seq > *last, "{seq} is not after {last}");
            *last = seq;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(server.cli(&["INFO", "stats"]).lines().any(|line| {
        line.strip_prefix("evicted_keys:")
            .is_some_and(|number| number.trim() != "0")
    }));
}
