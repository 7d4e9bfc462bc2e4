//! Control groups: limits that hold for all processes of a jail together, and the accounts that verdicts are read from.

mod leftovers;
mod processes;
mod v1;
mod v2;

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use codecrafter_domain::limits::Limits;
use codecrafter_jail::protocol::{Each, Join};

use crate::config::LimitsBy;
pub(crate) use crate::watch::Account;
use crate::{Property, SandboxError};

/// This process's folders, one per hierarchy, in which each jail gets a group of its own.
#[derive(Debug)]
pub(crate) struct Cgroups {
    kind: Kind,
    next: AtomicU64,
}

#[derive(Debug)]
enum Kind {
    V1(v1::Hierarchies),
    V2(v2::Hierarchy),
    /// No groups: each process has limits of its own.
    Processes,
}

/// The group of one jail. Removed by [`Group::remove`], at the latest by the next start.
#[derive(Debug)]
pub(crate) enum Group {
    V1(v1::Group),
    V2(v2::Group),
    /// None: each process has limits of its own.
    Processes(processes::Group),
}

/// The limits that a group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    memory_bytes: u64,
    processes: u64,
}

impl From<&Limits> for Held {
    fn from(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            processes: limits.processes,
        }
    }
}

impl Held {
    /// Whether any jail can be made within them, with an interpreter that has begun: Node.js has seven threads and 40 MB then.
    fn are_roomy(self) -> bool {
        self.memory_bytes >= 128 << 20 && self.processes >= 32
    }
}

impl Cgroups {
    /// Finds the hierarchies, makes this process's folders and removes those of processes that are gone.
    pub(crate) fn open(name: &str, by: LimitsBy) -> Result<Self, SandboxError> {
        let kind = match by {
            LimitsBy::Groups => Self::find(name)?,
            LimitsBy::Processes => {
                processes::check_kernel()?;
                Kind::Processes
            }
        };
        Ok(Self {
            kind,
            next: AtomicU64::new(0),
        })
    }

    fn find(name: &str) -> Result<Kind, SandboxError> {
        let mounts = fs::read_to_string("/proc/self/mountinfo")
            .map_err(|error| SandboxError::Isolation(format!("cannot read /proc/self/mountinfo: {error}")))?;
        let own = leftovers::own_name().map_err(|error| SandboxError::Isolation(error.to_string()))?;
        match v1::Hierarchies::find(&mounts) {
            Some(found) => found.enter(name, &own).map(Kind::V1),
            None => v2::Hierarchy::open(&mounts, name, &own).map(Kind::V2),
        }
    }

    /// By what limits are held, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::V1(_) => "cgroup v1",
            Kind::V2(_) => "cgroup v2",
            Kind::Processes => "limits of each process",
        }
    }

    /// Makes the group of one jail.
    pub(crate) fn make(&self) -> io::Result<Group> {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        match &self.kind {
            Kind::V1(v1) => v1.make(&name).map(Group::V1),
            Kind::V2(v2) => v2.make(&name).map(Group::V2),
            Kind::Processes => Ok(Group::Processes(processes::Group::default())),
        }
    }

    /// Which limits are in force.
    pub(crate) fn properties(&self) -> Vec<Property> {
        match &self.kind {
            Kind::V1(v1) => v1.properties(),
            Kind::V2(v2) => v2.properties(),
            Kind::Processes => processes::properties(),
        }
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        let folders = match &self.kind {
            Kind::V1(v1) => v1.folders(),
            Kind::V2(v2) => vec![v2.folder()],
            Kind::Processes => Vec::new(),
        };
        for folder in folders {
            leftovers::remove(folder);
        }
    }
}

impl Group {
    /// What the launcher needs to put a jail into it.
    pub(crate) fn join(&self) -> io::Result<(Join, Vec<OwnedFd>)> {
        match self {
            Self::V1(group) => Ok((Join::Tasks, group.tasks()?)),
            Self::V2(group) => Ok((Join::Fork, vec![group.folder()?])),
            Self::Processes(_) => Ok((Join::Nowhere, Vec::new())),
        }
    }

    /// Learns which process is the first of it: `init` is its pidfd.
    pub(crate) fn adopt(&self, init: impl AsFd) -> io::Result<()> {
        match self {
            Self::V1(_) | Self::V2(_) => Ok(()),
            Self::Processes(group) => group.adopt(init.as_fd()),
        }
    }

    /// The limits that each process must be given, where the group as a whole has none.
    pub(crate) fn each(&self, limits: &Limits) -> Option<Each> {
        match self {
            Self::V1(_) | Self::V2(_) => None,
            Self::Processes(_) => Some(processes::each(limits)),
        }
    }

    /// Kills all of it in one step, where the kernel can.
    pub(crate) fn kill(&self) {
        if let Self::V2(group) = self {
            group.kill();
        }
    }

    /// Sets the limits; must be done before the program starts. Costs nothing where they are the same already.
    pub(crate) fn limit(&mut self, limits: &Limits) -> io::Result<()> {
        match self {
            Self::V1(group) => group.limit(limits),
            Self::V2(group) => group.limit(limits),
            Self::Processes(_) => Ok(()),
        }
    }

    /// Processor time so far.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        match self {
            Self::V1(group) => group.cpu(),
            Self::V2(group) => group.cpu(),
            Self::Processes(group) => group.cpu(),
        }
    }

    /// Everything used so far.
    pub(crate) fn account(&self) -> io::Result<Account> {
        match self {
            Self::V1(group) => group.account(),
            Self::V2(group) => group.account(),
            Self::Processes(group) => group.account(),
        }
    }

    /// Whether another jail may have it, now that all in it are dead: with accounts that begin anew, and limits that leave
    /// room for making it.
    pub(crate) fn renew(&mut self) -> bool {
        match self {
            Self::V1(group) => group.renew().unwrap_or(false),
            // The highest use of memory cannot be forgotten before Linux 6.12; without groups there is nothing to keep.
            Self::V2(_) | Self::Processes(_) => false,
        }
    }

    /// Kills whatever is in it and removes it.
    pub(crate) fn remove(self) {
        for folder in match &self {
            Self::V1(group) => group.folders().to_vec(),
            Self::V2(group) => vec![group.path().to_owned()],
            Self::Processes(_) => Vec::new(),
        } {
            leftovers::remove(&folder);
        }
    }
}

/// Processes that the init of a jail adds to the program's: itself.
const OWN_PROCESSES: u64 = 1;

/// What `pids.max` must be so that the program has `processes`.
fn pids_max(limits: &Limits) -> u64 {
    limits.processes + OWN_PROCESSES
}

fn read_number(folder: &Path, file: &str) -> io::Result<u64> {
    let text = fs::read_to_string(folder.join(file))?;
    text.trim()
        .parse()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("{file}: {text:?}")))
}

/// The number after `key` in a file of one key and number per line.
fn read_field(folder: &Path, file: &str, key: &str) -> io::Result<u64> {
    let text = fs::read_to_string(folder.join(file))?;
    field(&text, key).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{file}: no {key}")))
}

fn field(text: &str, key: &str) -> Option<u64> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(name, value)| (name == key).then(|| value.trim().parse().ok())?)
}

/// A line of `/proc/self/mountinfo`.
#[derive(Debug, PartialEq, Eq)]
struct Mounted<'a> {
    /// Which folder of the file system is mounted: a group, where not all of the hierarchy is to be seen.
    root: &'a Path,
    point: PathBuf,
    /// Of the superblock: for cgroup v1 these name the controllers.
    options: &'a str,
}

/// What of type `fstype` is mounted.
fn mounts_of<'a>(mountinfo: &'a str, fstype: &'a str) -> impl Iterator<Item = Mounted<'a>> {
    mountinfo.lines().filter_map(move |line| {
        let (mount, filesystem) = line.split_once(" - ")?;
        let mut filesystem = filesystem.split(' ');
        if filesystem.next()? != fstype {
            return None;
        }
        let mut mount = mount.split(' ').skip(3);
        Some(Mounted {
            root: Path::new(mount.next()?),
            point: mount.next()?.into(),
            options: filesystem.nth(1)?,
        })
    })
}

/// Whether swap adds to what a program may use: `is_bounded` by `means`, or absent.
fn no_swap(is_bounded: bool, means: &str) -> Property {
    // One line per swap area after the heading.
    let is_absent = || fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() <= 1);
    if is_bounded {
        Property::new("no swap", true, means)
    } else if is_absent() {
        Property::new("no swap", true, "this machine has none switched on")
    } else {
        let advice = "this kernel does not account swap: switch swap off, or start the kernel with swapaccount=1";
        Property::new("no swap", false, advice)
    }
}

fn refused(what: &str, folder: &Path, error: &io::Error) -> SandboxError {
    SandboxError::Isolation(format!(
        "{what} in {}: {error}; run it as root with the control groups mounted writable, or choose weaker limits: \
         sandbox = \"native:?limits=process\"",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found_by_type() {
        let info = "30 24 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
                    31 24 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";
        let v1: Vec<_> = mounts_of(info, "cgroup").collect();
        let memory = Mounted {
            root: Path::new("/"),
            point: PathBuf::from("/sys/fs/cgroup/memory"),
            options: "rw,memory",
        };
        assert_eq!(v1, [memory]);
        assert_eq!(mounts_of(info, "cgroup2").count(), 1);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let events = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n";
        assert_eq!(field(events, "oom_kill"), Some(2));
        assert_eq!(field(events, "oom"), Some(3));
        assert_eq!(field(events, "kill"), None);
    }
}
