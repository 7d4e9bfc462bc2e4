//! cgroup v2: one hierarchy for all controllers.

mod place;

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codecrafter_domain::limits::Limits;
use place::Place;

use super::{Account, Held, leftovers, pids_max, read_field, read_number};
use crate::{Property, SandboxError};

/// Memory at its highest; since Linux 5.19.
const MEMORY_PEAK: &str = "memory.peak";

/// Missing in kernels that do not account swap.
const SWAP_MAX: &str = "memory.swap.max";

/// The folder in which groups are made.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    folder: PathBuf,
}

/// The group of one jail.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
    held: Option<Held>,
}

impl Hierarchy {
    /// This process's folder in the folder `name`, with the controllers that groups need.
    pub(super) fn open(mountinfo: &str, name: &str, own: &str) -> Result<Self, SandboxError> {
        let membership = fs::read_to_string("/proc/self/cgroup")
            .map_err(|error| SandboxError::Isolation(format!("cannot read /proc/self/cgroup: {error}")))?;
        let place = Place::find(mountinfo, &membership)?;
        leftovers::sweep(&place.folder().join(name));
        let folder = place.enter(&[name, own])?;
        Ok(Self { folder })
    }

    pub(super) fn make(&self, name: &str) -> io::Result<Group> {
        let folder = self.folder.join(name);
        fs::create_dir(&folder)?;
        Ok(Group { folder, held: None })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn properties(&self) -> Vec<Property> {
        // What jails' groups will have, the group above them has too.
        let swap = self.folder.join(SWAP_MAX).exists();
        let peak = self.folder.join(MEMORY_PEAK).exists();
        vec![
            Property::new(
                "memory limit",
                true,
                "cgroup v2 memory.max; what exceeds it is killed as a whole",
            ),
            super::no_swap(swap, "cgroup v2 memory.swap.max"),
            Property::new(
                "memory peak",
                peak,
                if peak {
                    "cgroup v2 memory.peak"
                } else {
                    "this kernel has no memory.peak (Linux 5.19): reported is what is in use at the end"
                },
            ),
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

    pub(super) fn limit(&mut self, limits: &Limits) -> io::Result<()> {
        let wanted = Some(Held::from(limits));
        if self.held == wanted {
            return Ok(());
        }
        self.held = None;
        fs::write(self.folder.join("memory.max"), limits.memory_bytes.to_string())?;
        // What is left of a program after the kernel has killed a part of it is of no use to anybody.
        fs::write(self.folder.join("memory.oom.group"), "1")?;
        match fs::write(self.folder.join(SWAP_MAX), "0") {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::write(self.folder.join("pids.max"), pids_max(limits).to_string())?;
        self.held = wanted;
        Ok(())
    }

    pub(super) fn cpu(&self) -> io::Result<Duration> {
        read_field(&self.folder, "cpu.stat", "usage_usec").map(Duration::from_micros)
    }

    pub(super) fn account(&self) -> io::Result<Account> {
        Ok(Account {
            cpu: self.cpu()?,
            memory_peak: read_number(&self.folder, MEMORY_PEAK)
                .or_else(|_| read_number(&self.folder, "memory.current"))
                .map(Some)?,
            oom_kills: read_field(&self.folder, "memory.events", "oom_kill")?,
        })
    }

    /// All at once, however many there are; since Linux 5.14.
    pub(super) fn kill(&self) {
        leftovers::kill_at_once(&self.folder);
    }
}
