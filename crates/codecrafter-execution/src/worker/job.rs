//! One job: claim, run, store, tell.

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use codecrafter_domain::execution::{Execution, ExecutionHead, ExecutionResult, Outcome, Status};
use codecrafter_domain::id::ExecutionId;
use codecrafter_sandbox::SandboxError;
use codecrafter_store::StoreError;
use codecrafter_store::executions::Claimed;
use tokio_util::sync::CancellationToken;

use super::control::Ear;
use super::next::Work;
use super::seat::Exit;
use super::sink::BusSink;
use super::{PAUSE, Worker};
use crate::bus_log::{tell_callbacks, tell_end};
use crate::pipeline::{Task, connect};

/// How often a run is begun before it is given up: more would mean that it brings workers down.
const ATTEMPTS: u32 = 3;
/// How often a sandbox that is short of something is asked.
const SPAWN_TRIES: u32 = 5;

/// What is left to do with the message.
enum Done {
    /// Nothing: forget it.
    Yes,
    /// The store will say whose turn it is once the lease has run out.
    LeaseLost,
}

/// How a run finishes.
#[derive(Clone, Copy)]
enum Finish {
    /// By itself, or because it was ended.
    Usual,
    /// As one that workers die of: an administrator may queue it again.
    GivenUp,
}

impl Worker {
    /// Sees one job through. Errors are logged; the lease then runs out, and the sweeper finds the run again.
    pub(super) async fn handle(&self, work: Work, exit: Exit) {
        let id = work.id();
        let (done, delivery) = match work {
            Work::Delivered(delivery) => (self.see_through(id, exit).await, Some(delivery)),
            Work::Handed(handed) => (self.bring_to_end(handed.claimed, handed.ear, exit).await, None),
        };
        match done {
            Ok(Done::Yes) => {}
            Ok(Done::LeaseLost) => tracing::warn!(execution = %id, "lease lost; left to others"),
            Err(error) => {
                tracing::error!(execution = %id, error = %format!("{error:#}"), "not run; left to the sweeper");
            }
        }
        if let Some(delivery) = delivery
            && let Err(error) = delivery.ack().await
        {
            tracing::warn!(execution = %id, %error, "job not acknowledged; comes again and is then found finished");
        }
    }

    /// Lets others take a run that this worker no longer holds.
    pub(super) async fn give_back(&self, id: ExecutionId) {
        if let Err(error) = self.parts.store.renew(id, &self.name, Utc::now()).await {
            tracing::warn!(execution = %id, %error, "not given back; its lease runs out");
        }
    }

    async fn see_through(&self, id: ExecutionId, exit: Exit) -> anyhow::Result<Done> {
        // Before the claim: whoever cancels finds the run either queued in the store or listening here.
        let ear = Ear::open(self.parts.bus.clone(), id).await?;
        let claimed = match self.claim(id).await {
            Ok(Some(claimed)) => claimed,
            Ok(None) => return Ok(Done::Yes),
            // Nor will anybody else get further with it.
            Err(StoreError::Unreadable(error)) => {
                tracing::error!(execution = %id, %error, "given up");
                let head = self.parts.store.execution(id).await?.head;
                let result = internal_error("what it was asked to do cannot be read".into());
                return self.finish(head, result, Finish::GivenUp).await;
            }
            Err(error) => return Err(error.into()),
        };
        if claimed.attempt > ATTEMPTS {
            let message = format!("given up: it could not be brought to an end in {ATTEMPTS} attempts");
            let done = self
                .finish(claimed.head, internal_error(message), Finish::GivenUp)
                .await?;
            tell_callbacks(self.parts.bus.as_ref()).await;
            return Ok(done);
        }
        self.bring_to_end(claimed, ear, exit).await
    }

    async fn bring_to_end(&self, claimed: Claimed, ear: Ear, exit: Exit) -> anyhow::Result<Done> {
        let (id, head) = (claimed.head.id, claimed.head.clone());
        let calls_back = claimed.request.callback_url.is_some();
        let result = tokio::select! {
            result = self.carry_out(claimed, ear, exit) => result?,
            () = self.keep_lease(id) => return Ok(Done::LeaseLost),
        };
        let done = self.finish(head, result, Finish::Usual).await?;
        if calls_back {
            tell_callbacks(self.parts.bus.as_ref()).await;
        }
        Ok(done)
    }

    async fn claim(&self, id: ExecutionId) -> Result<Option<Claimed>, StoreError> {
        let may_take_over = self.take_over(id);
        let now = Utc::now();
        let claimed = self.claim_as_of(id, now).await?;
        // A lease of the dead has run out from where we stand. One of ours has not: a run that was queued while this
        // worker started may have been found by a slot and by the sweeper.
        if claimed.is_some() || !may_take_over || self.renew(id, now).await? {
            return Ok(claimed);
        }
        self.claim_as_of(id, self.after_lease(now)).await
    }

    async fn claim_as_of(&self, id: ExecutionId, seen: DateTime<Utc>) -> Result<Option<Claimed>, StoreError> {
        let until = self.after_lease(Utc::now());
        match self.parts.store.claim(id, &self.name, seen, until).await {
            Err(StoreError::NotFound) => Ok(None),
            claimed => claimed,
        }
    }

    async fn renew(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.parts.store.renew(id, &self.name, self.after_lease(now)).await
    }

    pub(super) fn after_lease(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.config.lease
    }

    /// Renews the lease for as long as it is ours; returns once it is not.
    async fn keep_lease(&self, id: ExecutionId) {
        let mut until = tokio::time::Instant::now() + self.config.lease;
        loop {
            tokio::time::sleep(self.config.lease / 3).await;
            let asked = tokio::time::Instant::now();
            match self.renew(id, Utc::now()).await {
                Ok(true) => until = asked + self.config.lease,
                Ok(false) => return,
                Err(error) => tracing::warn!(execution = %id, %error, "lease not renewed"),
            }
            if tokio::time::Instant::now() >= until {
                return;
            }
        }
    }

    async fn carry_out(&self, claimed: Claimed, ear: Ear, exit: Exit) -> anyhow::Result<ExecutionResult> {
        let Claimed { attempt, head, request } = claimed;
        let limits = head.limits;
        let mut sink = BusSink::new(self.parts.store.clone(), self.parts.bus.clone(), head, exit);
        if attempt > 1 {
            sink.tell_status(Status::Queued).await;
        }
        let Some(language) = self.parts.languages.find(&request.language) else {
            return Ok(internal_error(format!(
                "this worker does not have {}",
                request.language
            )));
        };
        let (remote, live) = connect();
        let task = Task {
            sandbox: self.parts.sandbox.as_ref(),
            language,
            request: &request,
            limits,
            live: Some(&live),
            artefacts: Some(&self.artefacts),
        };
        let cancel = CancellationToken::new();
        let result = tokio::select! {
            result = execute(task, &mut sink, &cancel) => result,
            never = ear.listen(&cancel, remote) => match never {},
        };
        // What is left to do needs no sandbox.
        sink.leave();
        sink.settle().await;
        result
    }

    /// Stores the result, for as long as the lease lasts, and tells it if it is the first one.
    async fn finish(&self, head: ExecutionHead, result: ExecutionResult, how: Finish) -> anyhow::Result<Done> {
        let (store, id) = (&self.parts.store, head.id);
        let deadline = tokio::time::Instant::now() + self.config.lease;
        let at = loop {
            let now = Utc::now();
            let stored = match how {
                Finish::Usual => store.finish(id, &result, now).await,
                Finish::GivenUp => store.bury(id, &result, now).await,
            };
            match stored {
                Ok(true) => break now,
                Ok(false) => return Ok(Done::Yes),
                Err(StoreError::Unavailable(error)) if tokio::time::Instant::now() < deadline => {
                    tracing::warn!(execution = %id, %error, "result not stored; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error).context("storing the result"),
            }
        };
        let outcome = result.outcome;
        let execution = Execution::finished(head, result, at);
        let by = Some(execution.head.user.clone());
        metrics::counter!(
            "codecrafter_executions_total",
            "language" => execution.head.language.clone(),
            "outcome" => format!("{outcome:?}"),
        )
        .increment(1);
        tell_end(self.parts.bus.as_ref(), execution, by).await;
        Ok(Done::Yes)
    }
}

/// Runs it; a sandbox that is short of something is asked again.
async fn execute(task: Task<'_>, sink: &mut BusSink, cancel: &CancellationToken) -> anyhow::Result<ExecutionResult> {
    let id = sink.id();
    for attempt in 1.. {
        match task.execute(sink, cancel).await {
            Ok(result) => return Ok(result),
            Err(SandboxError::Unavailable(error)) if attempt < SPAWN_TRIES && !cancel.is_cancelled() => {
                tracing::warn!(execution = %id, %error, "sandbox unavailable; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::error!(execution = %id, %error, "sandbox");
                return Ok(internal_error(
                    "the sandbox could not run it; nothing is said about the program".into(),
                ));
            }
        }
    }
    bail!("the loop above ends by returning")
}

fn internal_error(message: String) -> ExecutionResult {
    ExecutionResult::new(Outcome::InternalError, Some(message))
}
