//! Who gets which job, and when.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use codecrafter_domain::execution::Priority;
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;

use crate::broker::Wire;
use crate::fixture::{Place, job, receive, until};

#[tokio::test]
async fn foreign_messages_are_put_aside() {
    let place = Place::new();
    let queue = place.open().await;
    let (_connection, channel) = place.client().await;
    let long = vec![b'0'; 1 << 20];
    let foreign = [b"".as_slice(), b"{\"hello\": 1}", b"\xff\xfe\x00", &long];
    for body in foreign {
        let options = BasicPublishOptions::default();
        let to = place.name("batch").into();
        let publishing = channel.basic_publish("".into(), to, options, body, BasicProperties::default());
        publishing.await.expect("sent");
    }
    until(async || place.count("batch").await == 4).await;
    let ours = job(Priority::Batch);
    queue.publish(ours).await.expect("published");
    let delivery = receive(&queue).await;
    assert_eq!(delivery.job(), ours);
    delivery.ack().await.expect("ack");
    until(async || place.count("dead").await == 4).await;
    assert_eq!(queue.depth().await.expect("depth"), 0);
}

#[tokio::test]
async fn foreign_messages_do_not_disturb_those_who_wait() {
    let place = Place::new();
    let queue = place.open().await;
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { receive(&queue).await.job() }
    });
    let (_connection, channel) = place.client().await;
    for _ in 0..20 {
        let options = BasicPublishOptions::default();
        let to = place.name("interactive").into();
        let publishing = channel.basic_publish("".into(), to, options, b"?", BasicProperties::default());
        publishing.await.expect("sent");
    }
    until(async || place.count("dead").await == 20).await;
    let ours = job(Priority::Batch);
    queue.publish(ours).await.expect("published");
    assert_eq!(waiting.await.expect("no panic"), ours);
}

#[tokio::test]
async fn a_job_given_back_again_and_again_waits_longer() {
    let place = Place::new();
    let queue = place.open().await;
    let job = job(Priority::Interactive);
    queue.publish(job).await.expect("published");
    receive(&queue).await.nack().await.expect("nack");

    let second = receive(&queue).await;
    let given_back = Instant::now();
    second.nack().await.expect("nack");
    let third = receive(&queue).await;
    assert!(
        given_back.elapsed() >= Duration::from_millis(900),
        "{:?}",
        given_back.elapsed()
    );
    assert_eq!(third.job(), job);

    third.nack().await.expect("nack");
    until(async || place.count("interactive.again-after-10s").await == 1).await;
    assert_eq!(queue.depth().await.expect("depth"), 0);
    let fourth = receive(&queue).await;
    assert_eq!(fourth.job(), job);
    fourth.nack().await.expect("nack");
    until(async || place.count("interactive.again-after-60s").await == 1).await;
}

#[tokio::test]
async fn nobody_holds_jobs_that_they_do_not_wait_for() {
    let place = Place::new();
    let (busy, idle) = (place.open().await, place.open().await);
    // It was listened for, and came.
    let first = tokio::spawn({
        let busy = busy.clone();
        async move { receive(&busy).await }
    });
    let jobs: Vec<_> = (0..5).map(|_| job(Priority::Batch)).collect();
    for job in &jobs {
        busy.publish(*job).await.expect("published");
    }
    let first = first.await.expect("no panic");
    until(async || idle.depth().await.expect("depth") == 4).await;
    for job in &jobs[1..] {
        let delivery = receive(&idle).await;
        assert_eq!(delivery.job(), *job);
        delivery.ack().await.expect("ack");
    }
    assert_eq!(first.job(), jobs[0]);
    first.ack().await.expect("ack");
}

#[tokio::test]
async fn two_workers_share_and_the_jobs_of_a_dead_one_come_back() {
    let place = Place::new();
    let mut wire = Wire::to(&place.url).await;
    let dying = Place {
        url: wire.url(&place.url),
        prefix: place.prefix.clone(),
    };
    let (dying, living) = (dying.open().await, place.open().await);
    let mut jobs = HashSet::new();
    for _ in 0..6 {
        let job = job(Priority::Batch);
        living.publish(job).await.expect("published");
        jobs.insert(job.execution);
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(receive(&dying).await);
        let delivery = receive(&living).await;
        assert!(jobs.remove(&delivery.job().execution), "a job came twice");
        delivery.ack().await.expect("ack");
    }
    assert_eq!(living.depth().await.expect("depth"), 0);
    wire.cut();
    while !jobs.is_empty() {
        let delivery = receive(&living).await;
        assert!(jobs.remove(&delivery.job().execution), "a job came twice");
        delivery.ack().await.expect("ack");
    }
    for delivery in held {
        delivery.ack().await.expect_err("nobody hears it");
    }
}
