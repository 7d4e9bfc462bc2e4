//! What an execution is to be, in plain values, and what must hold whatever happens to it.

use codecrafter_domain::execution::{Outcome, Status};

/// Seconds that a claim or a renewal lasts.
pub(crate) const LEASE: i64 = 30;

/// Something that happens. Executions and workers by their index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// Time passes, in seconds.
    Wait(i64),
    /// A worker takes it.
    Claim(usize, usize),
    /// A worker wants to keep it.
    Renew(usize, usize),
    /// A worker that stops gives it back.
    GiveBack(usize, usize),
    /// It is compiled, or runs (`true`).
    MoveOn(usize, bool),
    /// It ends with this exit code.
    Finish(usize, u8),
    /// Somebody cancels it while it waits.
    Cancel(usize),
    /// It is given up.
    Bury(usize),
    /// An administrator gives it another chance.
    Requeue(usize),
}

impl Step {
    /// Which execution it happens to.
    pub(crate) fn execution(self) -> Option<usize> {
        match self {
            Self::Wait(_) => None,
            Self::Claim(index, _)
            | Self::Renew(index, _)
            | Self::GiveBack(index, _)
            | Self::MoveOn(index, _)
            | Self::Finish(index, _)
            | Self::Cancel(index)
            | Self::Bury(index)
            | Self::Requeue(index) => Some(index),
        }
    }
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) status: Status,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) exit_code: Option<u8>,
    pub(crate) attempts: u64,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
    pub(crate) dead: bool,
    /// Who holds it, and until when.
    lease: Option<(usize, i64)>,
    /// Results since it was queued.
    results: u32,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            status: Status::Queued,
            outcome: None,
            exit_code: None,
            attempts: 0,
            started_at: None,
            finished_at: None,
            dead: false,
            lease: None,
            results: 0,
        }
    }
}

impl Life {
    /// One that a worker has from its beginning.
    pub(crate) fn taken(worker: usize, now: i64) -> Self {
        Self {
            lease: Some((worker, now + LEASE)),
            started_at: Some(now),
            attempts: 1,
            ..Self::default()
        }
    }

    /// Takes a step; `None` where it is refused and changes nothing, else what it answers.
    pub(crate) fn take(&mut self, step: Step, now: i64) -> Option<u64> {
        let before = self.clone();
        let answer = self.step(step, now);
        self.check(&before, step, answer);
        answer
    }

    fn step(&mut self, step: Step, now: i64) -> Option<u64> {
        let unfinished = self.finished_at.is_none();
        match step {
            Step::Claim(_, worker) if unfinished && self.is_free(now) => {
                self.lease = Some((worker, now + LEASE));
                self.started_at = Some(now);
                self.attempts += 1;
                Some(self.attempts)
            }
            Step::Renew(_, worker) => self.extend(worker, now + LEASE),
            Step::GiveBack(_, worker) => self.extend(worker, now),
            Step::MoveOn(_, runs) if unfinished => {
                self.status = if runs { Status::Running } else { Status::Compiling };
                Some(0)
            }
            Step::Finish(_, code) if unfinished => {
                self.end(outcome(code), Some(code), now);
                Some(0)
            }
            Step::Cancel(_) if unfinished && self.status == Status::Queued && self.is_free(now) => {
                self.end(Outcome::Cancelled, None, now);
                Some(0)
            }
            Step::Bury(_) if unfinished => {
                self.dead = true;
                self.end(Outcome::InternalError, None, now);
                Some(0)
            }
            Step::Requeue(_) if self.dead => {
                *self = Self::default();
                Some(0)
            }
            _ => None,
        }
    }

    fn extend(&mut self, worker: usize, until: i64) -> Option<u64> {
        let ours = self.finished_at.is_none() && self.lease.is_some_and(|(holder, _)| holder == worker);
        if ours {
            self.lease = Some((worker, until));
        }
        ours.then_some(0)
    }

    fn end(&mut self, outcome: Outcome, exit_code: Option<u8>, now: i64) {
        self.status = Status::Finished;
        self.outcome = Some(outcome);
        self.exit_code = exit_code;
        self.finished_at = Some(now);
        self.results += 1;
    }

    /// What holds whatever the steps are: the model itself is held to it.
    fn check(&self, before: &Self, step: Step, answer: Option<u64>) {
        let requeued = matches!(step, Step::Requeue(_)) && answer.is_some();
        assert!(self.results <= 1, "one result");
        assert_eq!(
            self.finished_at.is_some(),
            self.outcome.is_some(),
            "a result has an outcome"
        );
        assert_eq!(
            self.status == Status::Finished,
            self.results == 1,
            "finished is to have a result"
        );
        if before.results == 1 && !requeued {
            assert_eq!(self, before, "what has ended never changes");
        }
        if answer.is_none() {
            assert_eq!(self, before, "what is refused changes nothing");
        }
        let claimed = matches!(step, Step::Claim(..)) && answer.is_some();
        if !requeued {
            assert_eq!(
                self.attempts,
                before.attempts + u64::from(claimed),
                "claims are counted, once each"
            );
        }
    }

    fn is_free(&self, now: i64) -> bool {
        self.lease.is_none_or(|(_, until)| until <= now)
    }

    /// Whether it is unfinished and in nobody's hands.
    pub(crate) fn is_orphan(&self, now: i64) -> bool {
        self.finished_at.is_none() && self.is_free(now)
    }
}

/// What a program that exits with this code came to.
pub(crate) fn outcome(code: u8) -> Outcome {
    if code == 0 { Outcome::Ok } else { Outcome::RuntimeError }
}
