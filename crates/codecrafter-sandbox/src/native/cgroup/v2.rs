//! cgroup v2: one hierarchy for all controllers.

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codecrafter_domain::limits::Limits;

use super::{Account, leftovers, pids_max, read_field, read_number, refused};
use crate::{Property, SandboxError};

/// What groups need; `cpu.stat` has the processor time without a controller.
const CONTROLLERS: &str = "+memory +pids";

/// The folder in which groups are made.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    folder: PathBuf,
}

/// The group of one jail.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
}

impl Hierarchy {
    /// This process's folder in the folder `name`, with the controllers that groups need.
    pub(super) fn open(mountinfo: &str, name: &str, own: &str) -> Result<Self, SandboxError> {
        let (root, _) = super::mounts_of(mountinfo, "cgroup2").next().ok_or_else(|| {
            SandboxError::Isolation(
                "no control groups: mount cgroup2 on /sys/fs/cgroup, or the v1 hierarchies memory, pids and cpuacct"
                    .to_owned(),
            )
        })?;
        Self::enter(&root, name, own)
    }

    fn enter(root: &Path, name: &str, own: &str) -> Result<Self, SandboxError> {
        let base = root.join(name);
        leftovers::sweep(&base);
        let folder = base.join(own);
        fs::create_dir_all(&folder).map_err(|error| refused("cannot make a control group", &base, &error))?;
        for parent in [root, &base, &folder] {
            fs::write(parent.join("cgroup.subtree_control"), CONTROLLERS)
                .map_err(|error| refused("cannot switch on the controllers memory and pids", parent, &error))?;
        }
        Ok(Self { folder })
    }

    pub(super) fn make(&self, name: &str) -> io::Result<Group> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder)?;
        Ok(Group { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn properties(&self) -> Vec<Property> {
        let _ = self;
        vec![
            Property::new("memory limit", true, "cgroup v2 memory.max"),
            Property::new("no swap", true, "cgroup v2 memory.swap.max, or no swap in this kernel"),
            Property::new("process limit", true, "cgroup v2 pids.max"),
            Property::new(
                "processor time limit",
                true,
                "cgroup v2 cpu.stat, of all processes together",
            ),
        ]
    }
}

impl Group {
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    pub(super) fn folder(&self) -> io::Result<OwnedFd> {
        File::open(&self.folder).map(OwnedFd::from)
    }

    pub(super) fn limit(&self, limits: &Limits) -> io::Result<()> {
        fs::write(self.folder.join("memory.max"), limits.memory_bytes.to_string())?;
        match fs::write(self.folder.join("memory.swap.max"), "0") {
            // A kernel without swap.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::write(self.folder.join("pids.max"), pids_max(limits).to_string())
    }

    pub(super) fn cpu(&self) -> io::Result<Duration> {
        read_field(&self.folder, "cpu.stat", "usage_usec").map(Duration::from_micros)
    }

    pub(super) fn account(&self) -> io::Result<Account> {
        Ok(Account {
            cpu: self.cpu()?,
            // Since Linux 5.19; before, what is left at the end is the best there is.
            memory_peak: read_number(&self.folder, "memory.peak")
                .or_else(|_| read_number(&self.folder, "memory.current"))?,
            oom_kills: read_field(&self.folder, "memory.events", "oom_kill")?,
        })
    }
}
