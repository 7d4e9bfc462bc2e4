//! What every adapter of the Bus must do. `bus_conformance!(async { adapter })` expands to one named test per case.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{Bus, Ephemeral, LogBounds, Said, Subscription};

/// Runs every case against the adapter that the expression makes, as tests of the calling module.
#[macro_export]
macro_rules! bus_conformance {
    ($make:expr) => {
        $crate::bus_conformance!(@cases $make;
            subscribers_get_what_is_published_after,
            topics_are_apart,
            every_subscriber_gets_every_message,
            a_replay_gives_the_log_and_then_what_comes,
            a_replay_starts_after_the_position,
            a_subscription_knows_where_the_log_ended,
            positions_start_where_asked_and_rise,
            a_log_is_bounded_by_entries,
            a_log_is_bounded_by_bytes,
            a_log_is_forgotten,
            concurrent_appends_reach_everyone_in_order,
            a_slow_subscriber_is_ended_and_can_resume,
        );
    };
    (@cases $make:expr; $($case:ident,)*) => {
        mod conformance {
            use super::*;
            $(
                #[tokio::test]
                async fn $case() {
                    $crate::conformance::$case($make.await).await;
                }
            )*
        }
    };
}

/// Runs every case of Ephemeral against the adapter that the expression makes.
#[macro_export]
macro_rules! ephemeral_conformance {
    ($make:expr) => {
        $crate::ephemeral_conformance!(@cases $make;
            counters_add_up_and_are_apart,
            a_counter_ends_with_its_window,
            concurrent_counts_are_all_counted,
            members_of_a_group_hear_the_others,
            what_is_said_is_forgotten,
            of_concurrent_members_one_hears_nobody,
        );
    };
    (@cases $make:expr; $($case:ident,)*) => {
        mod conformance {
            use super::*;
            $(
                #[tokio::test]
                async fn $case() {
                    $crate::conformance::$case($make.await).await;
                }
            )*
        }
    };
}

/// How long a message may take before a case fails.
const PATIENCE: Duration = Duration::from_secs(10);

fn bounds() -> LogBounds {
    LogBounds {
        first: 1,
        entries: 100_000,
        bytes: 1 << 24,
        expiry: Duration::from_mins(1),
    }
}

fn text(n: usize) -> Bytes {
    Bytes::from(n.to_string())
}

async fn next(subscription: &mut Subscription) -> (u64, String) {
    let message = tokio::time::timeout(PATIENCE, subscription.next())
        .await
        .expect("in time")
        .expect("not ended");
    (message.seq, String::from_utf8(message.payload.to_vec()).expect("text"))
}

/// Plain topics: what is published later arrives, in order, without positions.
pub async fn subscribers_get_what_is_published_after(bus: Arc<dyn Bus>) {
    bus.publish("t", text(0)).await.expect("publish");
    let mut subscription = bus.subscribe("t").await.expect("subscribe");
    bus.publish("t", text(1)).await.expect("publish");
    bus.publish("t", text(2)).await.expect("publish");
    assert_eq!(next(&mut subscription).await, (0, "1".into()));
    assert_eq!(next(&mut subscription).await, (0, "2".into()));
}

/// Nothing crosses between topics.
pub async fn topics_are_apart(bus: Arc<dyn Bus>) {
    let mut a = bus.subscribe("a").await.expect("subscribe");
    bus.publish("b", text(1)).await.expect("publish");
    bus.publish("a", text(2)).await.expect("publish");
    assert_eq!(next(&mut a).await.1, "2");
}

/// Publishing is to all, not to one.
pub async fn every_subscriber_gets_every_message(bus: Arc<dyn Bus>) {
    let mut first = bus.subscribe("t").await.expect("subscribe");
    let mut second = bus.subscribe("t").await.expect("subscribe");
    bus.publish("t", text(1)).await.expect("publish");
    assert_eq!(next(&mut first).await.1, "1");
    assert_eq!(next(&mut second).await.1, "1");
}

/// A late subscriber misses nothing.
pub async fn a_replay_gives_the_log_and_then_what_comes(bus: Arc<dyn Bus>) {
    bus.append("t", text(1), bounds()).await.expect("append");
    let mut late = bus.replay("t", 0).await.expect("replay");
    bus.append("t", text(2), bounds()).await.expect("append");
    assert_eq!(next(&mut late).await, (1, "1".into()));
    assert_eq!(next(&mut late).await, (2, "2".into()));
}

/// A returning subscriber gets only what it has not seen.
pub async fn a_replay_starts_after_the_position(bus: Arc<dyn Bus>) {
    for n in 1..=5 {
        bus.append("t", text(n), bounds()).await.expect("append");
    }
    let mut back = bus.replay("t", 3).await.expect("replay");
    assert_eq!(next(&mut back).await, (4, "4".into()));
    assert_eq!(next(&mut back).await, (5, "5".into()));
}

/// What was there before is told from what comes.
pub async fn a_subscription_knows_where_the_log_ended(bus: Arc<dyn Bus>) {
    assert_eq!(bus.replay("t", 0).await.expect("replay").end, 0);
    for n in 1..=3 {
        bus.append("t", text(n), bounds()).await.expect("append");
    }
    assert_eq!(bus.replay("t", 0).await.expect("replay").end, 3);
    assert_eq!(bus.replay("t", 3).await.expect("replay").end, 3);
}

/// Positions begin at `first` and rise by one.
pub async fn positions_start_where_asked_and_rise(bus: Arc<dyn Bus>) {
    let bounds = LogBounds { first: 700, ..bounds() };
    for n in 0..3 {
        assert_eq!(bus.append("t", text(1), bounds).await.expect("append"), 700 + n);
    }
}

/// The oldest messages go first.
pub async fn a_log_is_bounded_by_entries(bus: Arc<dyn Bus>) {
    let bounds = LogBounds { entries: 2, ..bounds() };
    for n in 1..=5 {
        bus.append("t", text(n), bounds).await.expect("append");
    }
    assert_eq!(
        next(&mut bus.replay("t", 0).await.expect("replay")).await,
        (4, "4".into())
    );
}

/// Bytes count, too.
pub async fn a_log_is_bounded_by_bytes(bus: Arc<dyn Bus>) {
    let bounds = LogBounds { bytes: 3, ..bounds() };
    for n in 1..=5 {
        bus.append("t", text(n), bounds).await.expect("append");
    }
    assert_eq!(
        next(&mut bus.replay("t", 0).await.expect("replay")).await,
        (3, "3".into())
    );
}

/// A log without messages for its expiry is gone, and a new one begins at `first`.
pub async fn a_log_is_forgotten(bus: Arc<dyn Bus>) {
    let bounds = LogBounds {
        expiry: Duration::from_millis(1),
        ..bounds()
    };
    bus.append("t", text(1), bounds).await.expect("append");
    let forgotten = async {
        while bus.append("t", text(1), bounds).await.expect("append") != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten)
        .await
        .expect("forgotten in time");
}

/// Appends from many tasks: every subscriber sees one and the same order, without gaps.
pub async fn concurrent_appends_reach_everyone_in_order(bus: Arc<dyn Bus>) {
    const EACH: usize = 50;
    let mut early = bus.replay("t", 0).await.expect("replay");
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let bus = bus.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    bus.append("t", text(n), bounds()).await.expect("append");
                }
            })
        })
        .collect();
    let mut late = bus.replay("t", 0).await.expect("replay");
    for task in tasks {
        task.await.expect("no panic");
    }
    for expected in 1..=(8 * EACH as u64) {
        let (seq, payload) = next(&mut early).await;
        assert_eq!(seq, expected);
        assert_eq!(next(&mut late).await, (seq, payload));
    }
}

/// Nobody waits for a slow subscriber; it learns that it was too slow, and resumes from the log.
pub async fn a_slow_subscriber_is_ended_and_can_resume(bus: Arc<dyn Bus>) {
    const MANY: u64 = 20_000;
    let mut slow = bus.replay("t", 0).await.expect("replay");
    for n in 0..MANY {
        bus.append("t", text(usize::try_from(n).expect("small")), bounds())
            .await
            .expect("append");
    }
    let mut seen = 0;
    while seen < MANY {
        match tokio::time::timeout(PATIENCE, slow.next()).await.expect("in time") {
            Some(message) => {
                assert_eq!(message.seq, seen + 1);
                seen = message.seq;
            }
            None => slow = bus.replay("t", seen).await.expect("replay"),
        }
    }
}

/// Every call sees the sum so far, of its own key.
pub async fn counters_add_up_and_are_apart(ephemeral: Arc<dyn Ephemeral>) {
    let window = Duration::from_mins(1);
    assert_eq!(ephemeral.count("a", 1, window).await.expect("count").total, 1);
    assert_eq!(ephemeral.count("a", 3, window).await.expect("count").total, 4);
    assert_eq!(ephemeral.count("b", 1, window).await.expect("count").total, 1);
    let looked = ephemeral.count("a", 0, window).await.expect("count");
    assert_eq!(looked.total, 4);
    assert!(looked.resets_in <= window);
}

/// A window is not prolonged by counting.
pub async fn a_counter_ends_with_its_window(ephemeral: Arc<dyn Ephemeral>) {
    let window = Duration::from_millis(20);
    ephemeral.count("a", 5, window).await.expect("count");
    let ended = async {
        while ephemeral.count("a", 1, window).await.expect("count").total != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("ended in time");
}

/// No addition is lost.
pub async fn concurrent_counts_are_all_counted(ephemeral: Arc<dyn Ephemeral>) {
    let window = Duration::from_mins(1);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let ephemeral = ephemeral.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    ephemeral.count("a", 1, window).await.expect("count");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(ephemeral.count("a", 0, window).await.expect("count").total, 400);
}

fn sorted(mut said: Vec<Said>) -> Vec<(String, Vec<u8>)> {
    said.sort();
    said.into_iter().map(|(name, says)| (name, says.to_vec())).collect()
}

/// Byte for byte, the newest of each, and nothing of other groups.
pub async fn members_of_a_group_hear_the_others(ephemeral: Arc<dyn Ephemeral>) {
    let says = async |key: &str, member: &str, text: &'static [u8]| {
        let said = ephemeral.share(key, member, Bytes::from_static(text), Duration::from_mins(1));
        sorted(said.await.expect("shared"))
    };
    assert_eq!(says("a", "one", b"hello").await, []);
    assert_eq!(says("a", "one", b"").await, []);
    assert_eq!(says("b", "two", b"elsewhere").await, []);
    assert_eq!(says("a", "two", b" \0\xff 1 2").await, [("one".to_owned(), vec![])]);
    let (one, two) = (("one".to_owned(), vec![]), ("two".to_owned(), b" \0\xff 1 2".to_vec()));
    assert_eq!(says("a", "three", b"3").await, [one, two]);
}

/// Each at its own time.
pub async fn what_is_said_is_forgotten(ephemeral: Arc<dyn Ephemeral>) {
    let says = async |member: &str, expiry: Duration| {
        let said = ephemeral.share("a", member, Bytes::new(), expiry);
        sorted(said.await.expect("shared"))
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    says("long", Duration::from_mins(1)).await;
    says("short", Duration::from_millis(100)).await;
    assert_eq!(says("other", Duration::from_millis(1)).await, ["long", "short"]);
    let forgotten = async {
        while says("other", Duration::from_millis(1)).await != ["long"] {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten)
        .await
        .expect("forgotten in time");
}

/// So that exactly one knows that it is the first.
pub async fn of_concurrent_members_one_hears_nobody(ephemeral: Arc<dyn Ephemeral>) {
    let members = (0..16).map(|number| {
        let ephemeral = ephemeral.clone();
        tokio::spawn(async move {
            let name = number.to_string();
            let said = ephemeral.share("a", &name, Bytes::new(), Duration::from_mins(1));
            said.await.expect("shared").len()
        })
    });
    let mut heard = Vec::new();
    for member in members.collect::<Vec<_>>() {
        heard.push(member.await.expect("no panic"));
    }
    heard.sort_unstable();
    assert_eq!(heard, (0..16).collect::<Vec<_>>());
}
