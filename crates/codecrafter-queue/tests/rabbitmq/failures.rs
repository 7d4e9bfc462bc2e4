//! Brokers that die, close connections or lose queues.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use codecrafter_domain::execution::Priority;
use codecrafter_queue::QueueError;
use lapin::options::QueueDeleteOptions;

use crate::broker::{Broker, control};
use crate::fixture::{Place, in_time, job, receive, server, until};

/// A broker that is away is told of at once.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn nothing_confirmed_is_lost_when_the_broker_is_killed() {
    let mut broker = Broker::start("killed").await;
    let place = Place::on(broker.url());
    let queue = place.open().await;
    let mut jobs = HashSet::new();
    for priority in [Priority::Batch, Priority::Interactive].into_iter().cycle().take(100) {
        let job = job(priority);
        queue.publish(job).await.expect("published");
        jobs.insert(job);
    }
    let mut done = HashSet::new();
    for _ in 0..10 {
        let delivery = receive(&queue).await;
        done.insert(delivery.job());
        delivery.ack().await.expect("ack");
    }
    let held = receive(&queue).await;
    broker.kill();

    until(async || queue.ping().await.is_err()).await;
    let asked = Instant::now();
    let refused = queue.publish(job(Priority::Batch)).await.expect_err("nobody is there");
    assert!(matches!(refused, QueueError::Unavailable(_)), "{refused}");
    queue.depth().await.expect_err("nobody is there");
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    held.ack().await.expect_err("nobody hears it");
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { receive(&queue).await }
    });

    broker.start_again().await;
    let first = in_time(waiting).await.expect("no panic");
    let mut seen = HashSet::from([first.job()]);
    first.ack().await.expect("ack");
    until(async || queue.ping().await.is_ok()).await;
    let another = job(Priority::Batch);
    queue.publish(another).await.expect("published");
    while !seen.contains(&another) {
        let delivery = receive(&queue).await;
        seen.insert(delivery.job());
        delivery.ack().await.expect("ack");
    }
    // What was acknowledged in the last moment may come again; what was not, has to.
    let lost: Vec<_> = jobs.difference(&seen).filter(|job| !done.contains(job)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn connections_closed_by_the_broker_are_replaced() {
    let mut url = server();
    url.set_path("/cut");
    let place = Place::on(url);
    let queue = place.open().await;
    let held = job(Priority::Batch);
    queue.publish(held).await.expect("published");
    let delivery = receive(&queue).await;
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { receive(&queue).await }
    });
    tokio::task::spawn_blocking(|| control("shared", &["close_all_connections", "--vhost", "cut", "maintenance"]))
        .await
        .expect("no panic");
    // The broker gave it back, and to whoever waits.
    assert_eq!(in_time(waiting).await.expect("no panic").job(), held);
    delivery.ack().await.expect_err("nobody hears it");
    until(async || queue.publish(job(Priority::Batch)).await.is_ok()).await;
    queue.ping().await.expect("ping");
}

#[tokio::test]
async fn queues_that_were_deleted_are_made_again() {
    let place = Place::new();
    let queue = place.open().await;
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { receive(&queue).await.job() }
    });
    let (_connection, channel) = place.client().await;
    for name in ["interactive", "batch"] {
        let deleting = channel.queue_delete(place.name(name).into(), QueueDeleteOptions::default());
        deleting.await.expect("deleted");
    }
    let mut published = job(Priority::Batch);
    until(async || {
        published = job(Priority::Batch);
        queue.publish(published).await.is_ok()
    })
    .await;
    assert_eq!(in_time(waiting).await.expect("no panic"), published);
}
