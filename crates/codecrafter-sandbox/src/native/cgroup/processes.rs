//! Without control groups: limits of each process, and processor time read from `/proc`.
//!
//! Weaker than a group, and named so: see [`properties`].

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use codecrafter_domain::limits::Limits;
use codecrafter_jail::protocol::Each;

use super::Account;
use crate::{Property, SandboxError};

/// Since this version the kernel counts a user's processes for each user namespace apart.
const KERNEL: (u32, u32) = (5, 14);

/// What one jail has used, as far as `/proc` tells.
#[derive(Debug, Default)]
pub(crate) struct Group {
    init: OnceLock<u32>,
    /// The most that has been read, in clock ticks: what the dead have used is gone with the init.
    ticks: AtomicU64,
}

/// Refuses where the number of processes cannot be limited.
pub(super) fn check_kernel() -> Result<(), SandboxError> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    if version(&release) >= KERNEL {
        return Ok(());
    }
    Err(SandboxError::Isolation(format!(
        "limits=process needs Linux {}.{}, this is {release}: before, the kernel counts the processes of all programs and \
         of this user together; use control groups instead",
        KERNEL.0, KERNEL.1
    )))
}

fn version(release: &str) -> (u32, u32) {
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(|number| number.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// What the runner must set.
pub(super) fn each(limits: &Limits) -> Each {
    Each {
        memory_bytes: limits.memory_bytes,
        processes: limits.processes,
        // A second later than the limit of all together, which is told from a signal.
        cpu_seconds: limits.cpu_ms.div_ceil(1000) + 1,
    }
}

pub(super) fn properties() -> Vec<Property> {
    vec![
        Property::new(
            "memory limit",
            false,
            "only each process by itself is limited (RLIMIT_DATA), without what it shares, and a stack to a sixteenth of it; a program sees allocations fail \
             and is not reported as a memory limit",
        ),
        super::no_swap(false, ""),
        Property::new(
            "memory peak",
            false,
            "that of the largest process, known once the program has ended by itself",
        ),
        Property::new(
            "process limit",
            true,
            "RLIMIT_NPROC in a user namespace of the run's own",
        ),
        Property::new(
            "processor time limit",
            false,
            "summed over the processes in /proc, except ended ones whose parent ignores it (SIGCHLD); each by itself is limited \
             (RLIMIT_CPU)",
        ),
    ]
}

impl Group {
    pub(super) fn adopt(&self, init: BorrowedFd<'_>) -> io::Result<()> {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", init.as_raw_fd()))?;
        let pid = info
            .lines()
            .find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
        let pid = pid.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "fdinfo of a pidfd without a pid"))?;
        self.init.get_or_init(|| pid);
        Ok(())
    }

    pub(super) fn cpu(&self) -> io::Result<Duration> {
        let init = self.init.get().copied().ok_or(io::ErrorKind::NotConnected)?;
        let now = ticks_of_tree(&processes()?, init);
        let most = self.ticks.fetch_max(now, Ordering::Relaxed).max(now);
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Ok(Duration::from_secs(most) / u32::try_from(per_second).map_err(io::Error::other)?)
    }

    pub(super) fn account(&self) -> io::Result<Account> {
        Ok(Account {
            cpu: self.cpu()?,
            memory_peak: None,
            oom_kills: 0,
        })
    }
}

/// A process: its parent, and its own ticks with those of all that it has waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    ticks: u64,
}

/// All that this process may see.
fn processes() -> io::Result<HashMap<u32, Stat>> {
    let pids = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(pids
        // Those that end meanwhile are in their parents' accounts.
        .filter_map(|pid: u32| Some((pid, stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .collect())
}

/// Fields 4 and 14 to 17 of `proc_pid_stat(5)`.
fn stat(text: &str) -> Option<Stat> {
    let (_, after_name) = text.rsplit_once(')')?;
    let fields: Vec<_> = after_name.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(4)?).ok()?,
        ticks: (14..=17).map(number).sum::<Option<u64>>()?,
    })
}

fn ticks_of_tree(processes: &HashMap<u32, Stat>, init: u32) -> u64 {
    let descends = |mut pid: u32| {
        // No chain is longer than there are processes, even if it was read while it changed.
        for _ in 0..processes.len() {
            if pid == init {
                return true;
            }
            match processes.get(&pid) {
                Some(stat) => pid = stat.parent,
                None => return false,
            }
        }
        false
    };
    let tree = processes.iter().filter(|&(&pid, _)| descends(pid));
    tree.map(|(_, stat)| stat.ticks).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_is_no_field() {
        let line = "7 (a) b (c) S 3 7 7 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5";
        assert_eq!(stat(line), Some(Stat { parent: 3, ticks: 100 }));
        assert_eq!(stat("7 (a) S 3"), None);
    }

    #[test]
    fn only_descendants_count() {
        let stat = |parent, ticks| Stat { parent, ticks };
        let processes = HashMap::from([
            (1, stat(0, 1000)),
            (5, stat(1, 1)),
            (6, stat(5, 2)),
            (7, stat(6, 4)),
            (8, stat(1, 500)),
            // Read while it changed.
            (20, stat(21, 9)),
            (21, stat(20, 9)),
        ]);
        assert_eq!(ticks_of_tree(&processes, 5), 7);
        assert_eq!(ticks_of_tree(&processes, 99), 0);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("6.1.0-56-amd64") >= KERNEL);
        assert!(version("5.14.0") >= KERNEL);
        assert!(version("5.4.0-rc1") < KERNEL);
        assert!(version("4.19") < KERNEL);
        assert!(version("odd") < KERNEL);
    }
}
