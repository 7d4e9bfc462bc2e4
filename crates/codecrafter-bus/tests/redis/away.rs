//! Redis away: each process goes on alone, and all is well again seconds after its return.

use std::time::Duration;

use codecrafter_bus::{Engine, LogBounds};
use tokio::time::Instant;

use super::server::Server;
use super::{bounds, log, next, next_text, open, quick, text, until_up};

const MINUTE: Duration = Duration::from_mins(1);

/// That a process works within itself, quickly.
async fn goes_on(engine: &Engine) {
    let topic = format!("alone-{}", super::server::unique());
    let mut plain = quick(engine.bus.subscribe(&topic)).await.expect("subscribe");
    quick(engine.bus.publish(&topic, text("plain"))).await.expect("publish");
    assert_eq!(next_text(&mut plain).await, "plain");
    let mut watch = quick(engine.bus.replay(&topic, 0)).await.expect("replay");
    let seq = quick(engine.bus.append(&topic, text("logged"), bounds()))
        .await
        .expect("append");
    assert_eq!(next(&mut watch).await.expect("not ended").seq, seq);
    assert_eq!(
        quick(engine.ephemeral.count(&topic, 1, MINUTE))
            .await
            .expect("count")
            .total,
        1
    );
    assert_eq!(
        quick(engine.ephemeral.count(&topic, 1, MINUTE))
            .await
            .expect("count")
            .total,
        2
    );
}

/// That two processes work together.
async fn are_together(a: &Engine, b: &Engine) {
    let topic = format!("together-{}", super::server::unique());
    let mut plain = b.bus.subscribe(&topic).await.expect("subscribe");
    a.bus.publish(&topic, text("plain")).await.expect("publish");
    assert_eq!(next_text(&mut plain).await, "plain");
    assert_eq!(a.ephemeral.count(&topic, 1, MINUTE).await.expect("count").total, 1);
    assert_eq!(b.ephemeral.count(&topic, 1, MINUTE).await.expect("count").total, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_killed_and_restarted() {
    let mut server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let mut plain = a.bus.subscribe("t").await.expect("subscribe");
    let run = LogBounds::execution();
    for n in 1..=3 {
        a.bus.append("run", text(n), run).await.expect("append");
    }
    let mut watch = a.bus.replay("run", 3).await.expect("replay");
    let spent = a.ephemeral.count("ticket", 1, MINUTE).await.expect("count");
    assert_eq!(spent.total, 1);

    server.kill();
    until_up(&a, false).await;
    until_up(&b, false).await;
    // Who subscribed before hears this process go on, without a new subscription.
    a.bus.publish("t", text("alone")).await.expect("publish");
    assert_eq!(next_text(&mut plain).await, "alone");
    assert_eq!(a.bus.append("run", text(4), run).await.expect("append"), 4);
    assert_eq!(next_text(&mut watch).await, "4");
    let spent = a.ephemeral.count("ticket", 1, MINUTE).await.expect("count");
    assert_eq!(spent.total, 2, "what was counted before is known");
    goes_on(&a).await;
    goes_on(&b).await;

    server.restart();
    let back = Instant::now();
    until_up(&a, true).await;
    until_up(&b, true).await;
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
    assert_eq!(next(&mut plain).await, None, "so that it looks up what it missed");
    assert_eq!(next(&mut watch).await, None);
    assert_eq!(log(&b, "run", 0).await, [(4, "4".to_owned())], "told afterwards");
    assert_eq!(a.bus.append("run", text(5), run).await.expect("append"), 5);
    are_together(&a, &b).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_for_some_seconds() {
    let server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    let first = a.bus.append("l", text(0), bounds()).await.expect("append");
    server.signal("STOP");
    // Under way when it hangs, many at once: none waits for another.
    let begun = Instant::now();
    let appends = (1..=40).map(|n| a.bus.append("l", text(n), bounds()));
    let appended = quick(futures::future::join_all(appends)).await;
    assert!(appended.iter().all(Result::is_ok));
    assert!(begun.elapsed() < Duration::from_millis(1800), "{:?}", begun.elapsed());
    until_up(&a, false).await;
    until_up(&b, false).await;
    goes_on(&a).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    goes_on(&b).await;
    server.signal("CONT");
    until_up(&a, true).await;
    until_up(&b, true).await;
    are_together(&a, &b).await;
    // Redis carries out what it was sent before it hung, too: nothing is there twice.
    let mut texts: Vec<i32> = log(&b, "l", first)
        .await
        .into_iter()
        .map(|(_, text)| text.parse().expect("n"))
        .collect();
    texts.sort_unstable();
    assert_eq!(texts, (1..=40).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_elsewhere_sees_a_run_whole_across_the_outage() {
    let mut server = Server::start(&[]);
    let (worker, other) = (open(&server.url()).await, open(&server.url()).await);
    let watching = async {
        let (mut last, mut seen) = (0, Vec::new());
        let mut subscription = other.bus.replay("run", last).await.expect("replay");
        while seen.len() < 60 {
            match next(&mut subscription).await {
                Some(message) => {
                    last = message.seq;
                    seen.push(
                        String::from_utf8_lossy(&message.payload)
                            .parse::<usize>()
                            .expect("a number"),
                    );
                }
                None => subscription = other.bus.replay("run", last).await.expect("replay"),
            }
        }
        seen
    };
    let working = async {
        for n in 0..60 {
            quick(worker.bus.append("run", text(n), LogBounds::execution()))
                .await
                .expect("append");
            if n == 20 {
                server.kill();
            }
            if n == 40 {
                server.restart();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (seen, ()) = tokio::join!(watching, working);
    // What Redis held when it was killed is gone with it; nothing comes twice or out of order.
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert_eq!(seen.last(), Some(&59));
    assert!(seen.len() == 60, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_without_redis() {
    let mut server = Server::start(&[]);
    let (a, b) = (open(&server.url()).await, open(&server.url()).await);
    are_together(&a, &b).await;
    server.kill();
    let end = Instant::now() + MINUTE;
    while Instant::now() < end {
        tokio::join!(goes_on(&a), goes_on(&b));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.restart();
    let back = Instant::now();
    until_up(&a, true).await;
    until_up(&b, true).await;
    are_together(&a, &b).await;
    assert!(back.elapsed() < Duration::from_secs(5), "{:?}", back.elapsed());
}
