//! cgroup v1: one hierarchy per controller.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codecrafter_domain::limits::Limits;

use super::{Account, Held, leftovers, pids_max, read_field, read_number, refused};
use crate::{Property, SandboxError};

/// The folders in which groups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hierarchies {
    memory: PathBuf,
    pids: PathBuf,
    cpuacct: PathBuf,
}

/// The group of one jail, a folder in each hierarchy: memory, pids, cpuacct.
#[derive(Debug)]
pub(crate) struct Group {
    folders: [PathBuf; 3],
    held: Option<Held>,
}

/// Memory without swap.
const MEMORY: &str = "memory.limit_in_bytes";

/// Memory and swap together; missing where the kernel does not account swap.
const MEMORY_AND_SWAP: &str = "memory.memsw.limit_in_bytes";

/// Memory of sockets, which is no part of the other: not counted at all while nobody has limited it.
const SOCKETS: &str = "memory.kmem.tcp.limit_in_bytes";

/// What takes a limit off.
const UNLIMITED: &str = "-1";

/// Of memory that a dead jail still has, as the kernel frees some of it later.
const RESIDUE_BYTES_MAX: u64 = 256 << 10;

/// More than honest programs have on its way between their sockets.
const SOCKETS_BYTES_MAX: u64 = 16 << 20;

impl Hierarchies {
    /// The mount points of the three controllers, if all are mounted.
    pub(super) fn find(mountinfo: &str) -> Option<Self> {
        let point = |controller: &str| {
            super::mounts_of(mountinfo, "cgroup")
                .find(|mounted| mounted.options.split(',').any(|option| option == controller))
                .map(|mounted| mounted.point)
        };
        Some(Self {
            memory: point("memory")?,
            pids: point("pids")?,
            cpuacct: point("cpuacct")?,
        })
    }

    /// This process's folders in the folder `name`.
    pub(super) fn enter(self, name: &str, own: &str) -> Result<Self, SandboxError> {
        let enter = |root: &Path| -> Result<PathBuf, SandboxError> {
            let base = root.join(name);
            leftovers::sweep(&base);
            let folder = base.join(own);
            fs::create_dir_all(&folder).map_err(|error| refused("cannot make a control group", &base, &error))?;
            Ok(folder)
        };
        let memory = enter(&self.memory)?;
        // Counting sockets' memory is switched on for the whole machine by the first limit, and off after the last: here
        // once, and not with every run.
        write_if_there(&memory.join(SOCKETS), &i64::MAX.to_string())
            .map_err(|error| refused("cannot limit the memory of sockets", &memory, &error))?;
        Ok(Self {
            memory,
            pids: enter(&self.pids)?,
            cpuacct: enter(&self.cpuacct)?,
        })
    }

    pub(super) fn make(&self, name: &str) -> io::Result<Group> {
        let folders = [self.memory.join(name), self.pids.join(name), self.cpuacct.join(name)];
        for folder in &folders {
            match fs::create_dir(folder) {
                // Two controllers may share a hierarchy.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        Ok(Group { folders, held: None })
    }

    pub(super) fn folders(&self) -> Vec<&Path> {
        vec![&self.memory, &self.pids, &self.cpuacct]
    }

    pub(super) fn properties(&self) -> Vec<Property> {
        let swap = self.memory.join(MEMORY_AND_SWAP).exists();
        vec![
            Property::new("memory limit", true, "cgroup v1 memory"),
            super::no_swap(swap, "cgroup v1 memory.memsw: swap counts as memory"),
            Property::new("memory peak", true, "cgroup v1 memory.max_usage_in_bytes"),
            Property::new("process limit", true, "cgroup v1 pids"),
            Property::new(
                "processor time limit",
                true,
                "cgroup v1 cpuacct, of all processes together",
            ),
        ]
    }
}

impl Group {
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    pub(super) fn tasks(&self) -> io::Result<Vec<OwnedFd>> {
        self.folders
            .iter()
            .map(|folder| {
                OpenOptions::new()
                    .write(true)
                    .open(folder.join("tasks"))
                    .map(OwnedFd::from)
            })
            .collect()
    }

    pub(super) fn limit(&mut self, limits: &Limits) -> io::Result<()> {
        let wanted = Some(Held::from(limits));
        if self.held == wanted {
            return Ok(());
        }
        self.held = None;
        let [memory, pids, _] = &self.folders;
        limit_memory(memory, &limits.memory_bytes.to_string())?;
        let sockets = limits.memory_bytes.min(SOCKETS_BYTES_MAX);
        write_if_there(&memory.join(SOCKETS), &sockets.to_string())?;
        fs::write(pids.join("pids.max"), pids_max(limits).to_string())?;
        self.held = wanted;
        Ok(())
    }

    /// Takes limits off that leave no room, and forgets the highest use of memory. False where more is left than a new one
    /// would have, which the next program would be charged with, and after a kill for memory, which is counted for ever.
    pub(super) fn renew(&mut self) -> io::Result<bool> {
        let [memory, pids, _] = &self.folders;
        let is_clean = read_number(memory, "memory.usage_in_bytes")? <= RESIDUE_BYTES_MAX
            && read_field(memory, "memory.oom_control", "oom_kill")? == 0;
        if is_clean {
            self.held = self.held.filter(|held| held.are_roomy());
            if self.held.is_none() {
                limit_memory(memory, UNLIMITED)?;
                fs::write(pids.join("pids.max"), "max")?;
            }
            fs::write(memory.join("memory.max_usage_in_bytes"), "0")?;
        }
        Ok(is_clean)
    }

    pub(super) fn cpu(&self) -> io::Result<Duration> {
        read_number(&self.folders[2], "cpuacct.usage").map(Duration::from_nanos)
    }

    pub(super) fn account(&self) -> io::Result<Account> {
        let memory = &self.folders[0];
        Ok(Account {
            cpu: self.cpu()?,
            memory_peak: Some(read_number(memory, "memory.max_usage_in_bytes")?),
            oom_kills: read_field(memory, "memory.oom_control", "oom_kill")?,
        })
    }
}

/// Of memory alone, and of memory and swap together, which must never be the lower one.
fn limit_memory(folder: &Path, bytes: &str) -> io::Result<()> {
    let (alone, together) = (folder.join(MEMORY), folder.join(MEMORY_AND_SWAP));
    match fs::write(&alone, bytes) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            write_if_there(&together, bytes)?;
            fs::write(&alone, bytes)
        }
        Err(error) => Err(error),
        Ok(()) => write_if_there(&together, bytes),
    }
}

/// Not every kernel has every limit.
fn write_if_there(file: &Path, value: &str) -> io::Result<()> {
    match fs::write(file, value) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_controllers_are_needed() {
        let line = |point: &str, options: &str| format!("1 2 0:3 / {point} rw - cgroup cgroup {options}\n");
        let memory = line("/c/memory", "rw,memory");
        let pids = line("/c/pids", "rw,pids");
        let cpu = line("/c/cpu,cpuacct", "rw,cpu,cpuacct");
        assert_eq!(Hierarchies::find(&format!("{memory}{pids}")), None);
        let found = Hierarchies::find(&format!("{memory}{pids}{cpu}")).expect("all three");
        assert_eq!(found.cpuacct, Path::new("/c/cpu,cpuacct"));
    }
}
