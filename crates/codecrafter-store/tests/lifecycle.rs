//! The life of an execution as random steps by several workers, a clock that only the test moves, and a model in
//! plain values: the store answers what the model answers, and shows what the model holds, after every step.

#[path = "lifecycle/model.rs"]
mod model;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use codecrafter_domain::execution::{ExecutionRequest, ExecutionResult, Outcome, Priority, StageReport, Status};
use codecrafter_domain::id::{ExecutionId, UserId};
use codecrafter_domain::limits::Limits;
use codecrafter_domain::user::User;
use codecrafter_store::executions::{NewExecution, Taken};
use codecrafter_store::types::PageRequest;
use codecrafter_store::{Store, StoreConfig, StoreError};
use model::{LEASE, Life, Step};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// Executions and workers in play: enough to mix them up, few enough to meet.
const EXECUTIONS: usize = 3;
const WORKERS: [&str; 3] = ["one", "two", "three"];

fn step() -> impl Strategy<Value = Step> {
    let execution = || 0..EXECUTIONS;
    let worker = || 0..WORKERS.len();
    prop_oneof![
        3 => (0..LEASE + 2).prop_map(Step::Wait),
        4 => (execution(), worker()).prop_map(|(execution, worker)| Step::Claim(execution, worker)),
        3 => (execution(), worker()).prop_map(|(execution, worker)| Step::Renew(execution, worker)),
        1 => (execution(), worker()).prop_map(|(execution, worker)| Step::GiveBack(execution, worker)),
        3 => (execution(), any::<bool>()).prop_map(|(execution, runs)| Step::MoveOn(execution, runs)),
        3 => (execution(), 0..3_u8).prop_map(|(execution, code)| Step::Finish(execution, code)),
        2 => execution().prop_map(Step::Cancel),
        2 => execution().prop_map(Step::Bury),
        2 => execution().prop_map(Step::Requeue),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_lives_as_the_model_does(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.take(step).await?;
                world.compare(step).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

struct World {
    store: Arc<dyn Store>,
    user: UserId,
    ids: Vec<ExecutionId>,
    lives: Vec<Life>,
    /// Seconds since the beginning.
    now: i64,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("test.db");
        let store = codecrafter_store::open(&StoreConfig::Sqlite { path })
            .await
            .expect("a store");
        let user = account(&store).await;
        let mut ids = Vec::new();
        let mut lives = Vec::new();
        for index in 0..EXECUTIONS {
            // Each worker has one from the beginning, but for the last execution.
            let worker = (index + 1 < EXECUTIONS).then_some(index);
            ids.push(queued(&store, user, worker).await);
            lives.push(worker.map_or_else(Life::default, |worker| Life::taken(worker, 0)));
        }
        Self {
            store,
            user,
            ids,
            lives,
            now: 0,
            _folder: folder,
        }
    }

    /// Takes the step in the store and in the model; both answer the same.
    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let now = at(self.now);
        let expected = step.execution().map(|index| self.lives[index].take(step, self.now));
        let of = |index: usize| self.ids[index];
        let answer = match step {
            Step::Wait(seconds) => {
                self.now += seconds;
                return Ok(());
            }
            Step::Claim(index, worker) => {
                let until = at(self.now + LEASE);
                let claimed = self.store.claim(of(index), WORKERS[worker], now, until).await;
                claimed.expect("answer").map(|claimed| claimed.attempt.into())
            }
            Step::Renew(index, worker) => {
                let renewed = self.store.renew(of(index), WORKERS[worker], at(self.now + LEASE)).await;
                renewed.expect("answer").then_some(0)
            }
            Step::GiveBack(index, worker) => {
                let given = self.store.renew(of(index), WORKERS[worker], now).await;
                given.expect("answer").then_some(0)
            }
            Step::MoveOn(index, runs) => {
                let status = if runs { Status::Running } else { Status::Compiling };
                accepted(self.store.set_status(of(index), status).await, "status")
            }
            Step::Finish(index, code) => {
                let finished = self.store.finish(of(index), &exited(code), now).await;
                finished.expect("answer").then_some(0)
            }
            Step::Cancel(index) => self
                .store
                .cancel_queued(of(index), now)
                .await
                .expect("answer")
                .then_some(0),
            Step::Bury(index) => {
                let given_up = ExecutionResult::new(Outcome::InternalError, Some("given up".into()));
                self.store
                    .bury(of(index), &given_up, now)
                    .await
                    .expect("answer")
                    .then_some(0)
            }
            Step::Requeue(index) => accepted(self.store.requeue(of(index)).await, "dead"),
        };
        prop_assert_eq!(Some(answer), expected, "{:?} at {}", step, self.now);
        Ok(())
    }

    /// All that can be seen of the executions is what the model holds.
    async fn compare(&self, step: Step) -> Result<(), TestCaseError> {
        for (id, life) in self.ids.iter().zip(&self.lives) {
            let shown = self.store.execution(*id).await.expect("found");
            prop_assert_eq!(shown.head.status, life.status, "{:?}", step);
            prop_assert_eq!(shown.head.outcome, life.outcome, "{:?}", step);
            prop_assert_eq!(shown.head.exit_code, life.exit_code.map(i32::from), "{:?}", step);
            prop_assert_eq!(shown.run.and_then(|run| run.exit_code), life.exit_code.map(i32::from));
            prop_assert_eq!(shown.head.started_at, life.started_at.map(at), "{:?}", step);
            prop_assert_eq!(shown.head.finished_at, life.finished_at.map(at), "{:?}", step);
        }
        self.compare_lists(step).await
    }

    async fn compare_lists(&self, step: Step) -> Result<(), TestCaseError> {
        let which = |test: &dyn Fn(&Life) -> bool| -> Vec<ExecutionId> {
            let lives = self.ids.iter().zip(&self.lives).filter(|(_, life)| test(life));
            sorted(lives.map(|(id, _)| *id))
        };
        let (now, long_after) = (self.now, at(self.now + 1));
        let orphans = self.store.orphans(at(now), long_after, 100).await.expect("answer");
        let orphans = sorted(orphans.into_iter().map(|(id, _)| id));
        prop_assert_eq!(orphans, which(&|life| life.is_orphan(now)), "orphans after {:?}", step);
        let unfinished = self.store.unfinished(self.user).await.expect("answer");
        prop_assert_eq!(unfinished, which(&|life| life.finished_at.is_none()).len() as u64);
        let page = PageRequest {
            cursor: None,
            limit: 100,
        };
        let dead = self.store.dead_executions(&page).await.expect("answer").items;
        for buried in &dead {
            let index = self
                .ids
                .iter()
                .position(|id| *id == buried.head.id)
                .expect("one of ours");
            prop_assert_eq!(u64::from(buried.attempts), self.lives[index].attempts, "{:?}", step);
        }
        let dead = sorted(dead.into_iter().map(|buried| buried.head.id));
        prop_assert_eq!(dead, which(&|life| life.dead), "the dead after {:?}", step);
        Ok(())
    }
}

/// A moment of the scripted clock.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).expect("in range") + TimeDelta::seconds(seconds)
}

fn sorted(ids: impl Iterator<Item = ExecutionId>) -> Vec<ExecutionId> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_by_key(|id| id.0);
    ids
}

/// Whether it was done; the only refusal there may be is this one.
fn accepted(answer: Result<(), StoreError>, refusal: &str) -> Option<u64> {
    match answer {
        Ok(()) => Some(0),
        Err(StoreError::Conflict(what)) if what == refusal => None,
        Err(other) => panic!("{other:?}"),
    }
}

fn exited(code: u8) -> ExecutionResult {
    ExecutionResult {
        run: Some(StageReport {
            exit_code: Some(code.into()),
            ..StageReport::default()
        }),
        ..ExecutionResult::new(model::outcome(code), None)
    }
}

async fn account(store: &Arc<dyn Store>) -> UserId {
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
        created_at: at(0),
    };
    store.create_user(&user, "hash").await.expect("an account");
    user.id
}

async fn queued(store: &Arc<dyn Store>, user: UserId, worker: Option<usize>) -> ExecutionId {
    let new = NewExecution {
        id: ExecutionId::new(),
        user,
        request: ExecutionRequest {
            language: "python".into(),
            code: Some("print(1)".into()),
            ..ExecutionRequest::default()
        },
        limits: Limits::default(),
        created_at: at(0),
        most_unfinished: 100,
        priority: Priority::Batch,
        idempotency: None,
        taken: worker.map(|worker| Taken {
            worker: WORKERS[worker].to_owned(),
            lease_until: at(LEASE),
        }),
    };
    store.create_execution(&new).await.expect("queued");
    new.id
}
