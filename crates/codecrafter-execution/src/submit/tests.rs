//! Which way a run takes: to a slot that waits, or through the queue.

use chrono::TimeDelta;
use codecrafter_bus::in_process::InProcessBus;
use codecrafter_domain::execution::Priority;
use codecrafter_domain::id::UserId;
use codecrafter_queue::in_process::InProcessQueue;
use codecrafter_store::StoreConfig;

use super::*;

const LEASE: Duration = Duration::from_secs(15);

async fn executions(folder: &tempfile::TempDir) -> Executions {
    let path = folder.path().join("test.db");
    let store = codecrafter_store::open(&StoreConfig::Sqlite { path })
        .await
        .expect("store");
    let (queue, bus) = (Arc::new(InProcessQueue::new(10)), Arc::new(InProcessBus::new()));
    Executions::new(store, queue, bus, Arc::default())
}

async fn user(executions: &Executions) -> User {
    let user = User {
        id: UserId::new(),
        username: "ada".into(),
        email: "ada@example.org".into(),
        display_name: "Ada".into(),
        color: "#1f6feb".into(),
        bio: String::new(),
        links: Vec::new(),
        email_verified: false,
        pending_email: None,
        guest_of: None,
        platform_admin: false,
        created_at: Utc::now(),
    };
    executions
        .store
        .create_user(&user, "no password")
        .await
        .expect("a new user");
    user
}

fn job(execution: ExecutionId) -> Job {
    Job {
        execution,
        priority: Priority::Interactive,
    }
}

/// Accepts a run for a slot whose leases last so long and that stops before it is handed it, or waits; it is queued, and
/// another worker may take it as a second attempt.
async fn is_left_to_others(lease: Duration, stops: bool) {
    let folder = tempfile::tempdir().expect("folder");
    let executions = executions(&folder).await;
    let user = user(&executions).await;
    let request = ExecutionRequest {
        language: "python".into(),
        ..ExecutionRequest::default()
    };
    let head = new_head(&user, &request, Limits::default());
    let new = NewExecution {
        id: head.id,
        user: user.id,
        request,
        limits: head.limits,
        created_at: head.created_at,
        most_unfinished: 1,
        priority: Priority::Interactive,
        idempotency: None,
        taken: None,
    };
    let offer = executions.idle.offer("first", lease);
    let place = executions.place().await.expect("known");
    assert!(place.is_some());
    let waiting = (!stops).then_some(offer);
    let accepted = executions.clone().accept(new, head.clone(), place).await;
    assert_eq!(accepted.expect("taken all the same"), head);
    let delivery = executions.queue.receive().await.expect("in process");
    assert_eq!(delivery.job(), job(head.id));
    if let Some(mut offer) = waiting {
        assert!(offer.handed().await.is_none(), "free for another run");
    }
    let now = Utc::now();
    let until = now + TimeDelta::seconds(1);
    let claimed = executions.store.claim(head.id, "another", now, until).await;
    assert_eq!(claimed.expect("known").expect("nobody's").attempt, 2);
}

#[tokio::test]
async fn a_run_whose_slot_stopped_is_left_to_others() {
    is_left_to_others(LEASE, true).await;
}

#[tokio::test]
async fn a_run_whose_lease_ran_out_meanwhile_is_left_to_others() {
    is_left_to_others(Duration::ZERO, false).await;
}

#[tokio::test]
async fn nobody_who_waits_is_overtaken() {
    let folder = tempfile::tempdir().expect("folder");
    let executions = executions(&folder).await;
    let _offer = executions.idle.offer("w", LEASE);
    executions.queue.publish(job(ExecutionId::new())).await.expect("room");
    assert!(executions.place().await.expect("known").is_none());
    let delivery = executions.queue.receive().await.expect("in process");
    delivery.ack().await.expect("in process");
    let asked_anew = Executions {
        depth: Arc::default(),
        ..executions
    };
    assert!(asked_anew.place().await.expect("known").is_some());
}
