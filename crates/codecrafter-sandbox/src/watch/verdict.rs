//! What a run's end means.

use std::num::NonZero;
use std::sync::LazyLock;
use std::time::Duration;

use codecrafter_domain::limits::Limits;
use codecrafter_jail::protocol::{Answer, Ended};
use tokio_util::sync::CancellationToken;

use super::{Activity, Budget};
use crate::{End, SandboxError};

/// Exact enough for limits in milliseconds, and as fine as the runtime's timers.
const FINEST: Duration = Duration::from_millis(1);

/// Asked once: the answer costs a walk through the cgroup files.
static PROCESSORS: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));

/// What has been used since a point in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Processor time of all processes.
    pub(crate) cpu: Duration,
    /// Highest memory, in bytes, where it is accounted for.
    pub(crate) memory_peak: Option<u64>,
    /// Processes that the kernel killed because the limit of memory was reached.
    pub(crate) oom_kills: u64,
}

/// What ended the waiting.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The jail's init has told.
    Answered(Answer),
    /// A limit, or somebody's wish.
    Limit(End),
}

/// How it ended.
pub(crate) fn judge(stop: &Stop, account: &Account, limits: &Limits, budget: &Budget) -> Result<End, SandboxError> {
    let end = match stop {
        Stop::Answered(Answer::Failed(reason)) => return Err(SandboxError::Spec(reason.clone())),
        Stop::Answered(Answer::Ended { .. }) if budget.is_exceeded() => End::OutputLimit,
        Stop::Answered(Answer::Ended { .. }) if account.cpu >= Duration::from_millis(limits.cpu_ms) => End::CpuLimit,
        Stop::Answered(Answer::Ended { how, .. }) => match how {
            Ended::Exited(code) => End::Exited(*code),
            Ended::Signalled(signal) => End::Signalled(*signal),
        },
        Stop::Answered(_) => return Err(SandboxError::Internal("the jail answered out of turn".to_owned())),
        Stop::Limit(end) => *end,
    };
    // The kernel killed for memory before anything else ended it.
    Ok(if account.oom_kills > 0 { End::MemoryLimit } else { end })
}

impl Stop {
    /// Memory of the largest process, in bytes: what is known where no control group tells.
    pub(crate) fn largest(&self) -> Option<u64> {
        match self {
            Self::Answered(Answer::Ended { largest, .. }) => Some(*largest),
            _ => None,
        }
    }
}

/// Comes back with the first limit that is reached, but for that of processor time, or when somebody cancels.
pub(crate) async fn limit_reached(
    limits: &Limits,
    budget: &Budget,
    activity: &Activity,
    cancel: &CancellationToken,
) -> End {
    tokio::select! {
        biased;
        () = cancel.cancelled() => End::Killed,
        () = budget.exceeded() => End::OutputLimit,
        () = tokio::time::sleep(Duration::from_millis(limits.wall_ms)) => End::WallLimit,
        () = activity.ceased(limits.idle_ms) => End::IdleLimit,
    }
}

/// How long it takes at least until the processor time is used up, of which `used` is; `None` if it is.
pub(crate) fn shortest_wait(limits: &Limits, used: Duration) -> Option<Duration> {
    let left = Duration::from_millis(limits.cpu_ms).saturating_sub(used);
    let parallel = u32::try_from(limits.processes)
        .unwrap_or(u32::MAX)
        .min(u32::try_from(*PROCESSORS).unwrap_or(u32::MAX))
        .max(1);
    (!left.is_zero()).then(|| (left / parallel).max(FINEST))
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
