//! Where in the one hierarchy of cgroup v2 this process may make groups, and how it gets the controllers there.
//!
//! The kernel gives controllers only to groups without processes of their own ("no internal processes",
//! `cgroups(7)`), so that a process that owns its group first moves into a leaf of it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::SandboxError;
use crate::native::cgroup::mounts_of;

/// What groups need; `cpu.stat` has the processor time without a controller.
const CONTROLLERS: [&str; 2] = ["memory", "pids"];

/// Where the processes of a group go that is to have groups below it.
const LEAF: &str = "codecrafter-main";

/// Set by systemd on what it has handed over (`Delegate=yes`), for services of root and of others.
const DELEGATED: [&str; 2] = ["trusted.delegate", "user.delegate"];

/// A group below which this process may make others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    folder: PathBuf,
    /// Whether everything in it is this process's to move: it is the whole of a container.
    is_container: bool,
}

impl Place {
    /// The own group where it was handed over, else the root of what is mounted.
    ///
    /// `mountinfo` and `membership` are the contents of those files in `/proc/self` (the latter is named `cgroup`).
    pub(super) fn find(mountinfo: &str, membership: &str) -> Result<Self, SandboxError> {
        let mounted = mounts_of(mountinfo, "cgroup2").next().ok_or_else(|| {
            SandboxError::Isolation(
                "no control groups: mount cgroup2 on /sys/fs/cgroup, or the v1 hierarchies memory, pids and cpuacct"
                    .to_owned(),
            )
        })?;
        let point = mounted.point;
        let own = own_group(mounted.root, &point, membership);
        let is_root = own == point;
        let folder = if is_root || is_handed_over(&own) { own } else { point };
        // The root of the whole machine lists no events; that of a container's namespace does.
        let is_container = is_root && folder.join("cgroup.events").exists();
        Ok(Self { folder, is_container })
    }

    /// Makes the groups `names`, each in the one before, all able to hold groups with limits; the last is returned.
    pub(super) fn enter(&self, names: &[&str]) -> Result<PathBuf, SandboxError> {
        self.check_controllers()?;
        self.give_controllers()?;
        let mut folder = self.folder.clone();
        for name in names {
            folder.push(name);
            fs::create_dir_all(&folder).map_err(|error| refused("make a group", &folder, &error))?;
            switch_on(&folder)
                .map_err(|error| refused("switch on the controllers memory and pids", &folder, &error))?;
        }
        Ok(folder)
    }

    /// The folder of the group.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn check_controllers(&self) -> Result<(), SandboxError> {
        let listed = self.folder.join("cgroup.controllers");
        let there = fs::read_to_string(&listed).map_err(|error| refused("read the controllers", &listed, &error))?;
        let missing: Vec<_> = CONTROLLERS
            .into_iter()
            .filter(|wanted| there.split_whitespace().all(|have| have != *wanted))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(SandboxError::Isolation(format!(
            "{} has no controller {} (only: {}), so no such limit can be set. If a cgroup v1 hierarchy holds it, start the \
             kernel with cgroup_no_v1=all; if it was not handed down to this group, add it to cgroup.subtree_control of \
             the group above (systemd: Delegate=yes); if the kernel has it switched off (Raspberry Pi), start it with \
             cgroup_enable=memory",
            self.folder.display(),
            missing.join(" and "),
            there.trim()
        )))
    }

    fn give_controllers(&self) -> Result<(), SandboxError> {
        let failed = |error: &io::Error| refused("switch on the controllers memory and pids", &self.folder, error);
        match switch_on(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
            done => return done.map_err(|error| failed(&error)),
        }
        self.move_out()
            .and_then(|()| switch_on(&self.folder))
            .map_err(|error| failed(&error))
    }

    /// Moves this process, in a container all of them, into a leaf.
    fn move_out(&self) -> io::Result<()> {
        let leaf = self.folder.join(LEAF);
        fs::create_dir_all(&leaf)?;
        // Processes of a group are moved by writing their numbers; 0 is the writer.
        let to = leaf.join("cgroup.procs");
        fs::write(&to, "0")?;
        if self.is_container {
            for pid in fs::read_to_string(self.folder.join("cgroup.procs"))?.lines() {
                match fs::write(&to, pid) {
                    // It has ended.
                    Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {}
                    moved => moved?,
                }
            }
        }
        Ok(())
    }
}

/// Below the mount point, where the group `root` is; a leaf that this process, or the one that started it, has moved into stands for its parent.
fn own_group(root: &Path, point: &Path, membership: &str) -> PathBuf {
    let path = membership.lines().find_map(|line| line.strip_prefix("0::"));
    // Beside what is mounted, or above the root of the own namespace, it cannot be found.
    let path = Path::new(path.unwrap_or_default())
        .strip_prefix(root)
        .unwrap_or(Path::new(""));
    let path = match path.parent() {
        Some(parent) if path.ends_with(LEAF) => parent,
        _ => path,
    };
    if path.starts_with("..") || path.as_os_str().is_empty() {
        return point.to_owned();
    }
    point.join(path)
}

/// By systemd's mark, or by being this user's.
fn is_handed_over(folder: &Path) -> bool {
    let user = rustix::process::geteuid();
    let is_marked = || {
        DELEGATED.iter().any(|name| {
            let mut value = [0; 1];
            rustix::fs::getxattr(folder, *name, &mut value).is_ok_and(|length| &value[..length] == b"1")
        })
    };
    let is_ours = || {
        let switch = fs::metadata(folder.join("cgroup.subtree_control"));
        switch.is_ok_and(|switch| switch.uid() == user.as_raw())
    };
    folder.is_dir() && (is_marked() || (!user.is_root() && is_ours()))
}

fn switch_on(folder: &Path) -> io::Result<()> {
    let wanted = CONTROLLERS.map(|name| format!("+{name}")).join(" ");
    fs::write(folder.join("cgroup.subtree_control"), wanted)
}

fn refused(what: &str, folder: &Path, error: &io::Error) -> SandboxError {
    let advice = match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => {
            "the control groups are mounted read-only, as in most containers: mount them writable, in a cgroup namespace of \
             the container's own"
        }
        io::ErrorKind::ResourceBusy => {
            "other processes are in this group: start CodeCrafter in one of its own, for example with systemd-run --scope \
             -p Delegate=yes, or as a service with Delegate=yes"
        }
        _ => {
            "run it as root, or in a group that belongs to this user: systemd-run --user --scope -p Delegate=yes, or a \
             service with User= and Delegate=yes. Without one, sandbox = \"native:?limits=process\" has weaker limits"
        }
    };
    SandboxError::Isolation(format!("cannot {what} in {}: {error}; {advice}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "30 24 0:26 / @ rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

    /// A folder with the files of a group that can have `controllers`.
    fn recorded(controllers: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("cgroup.controllers"), controllers).expect("written");
        let mountinfo = ROOT.replace('@', &folder.path().display().to_string());
        (folder, mountinfo)
    }

    #[test]
    fn controllers_are_switched_on_all_the_way_down() {
        let (root, mountinfo) = recorded("cpuset cpu io memory hugetlb pids\n");
        let place = Place::find(&mountinfo, "0::/user.slice/session-1.scope\n").expect("a place");
        assert_eq!(place.folder(), root.path(), "a group that is not ours is left alone");
        let entered = place.enter(&["codecrafter", "1-2-3"]).expect("enters");
        assert_eq!(entered, root.path().join("codecrafter/1-2-3"));
        for folder in ["", "codecrafter", "codecrafter/1-2-3"] {
            let switched = fs::read_to_string(root.path().join(folder).join("cgroup.subtree_control"));
            assert_eq!(switched.expect("written"), "+memory +pids", "{folder}");
        }
    }

    #[test]
    fn a_missing_controller_is_named() {
        // As in a hybrid system, where v1 has the controllers.
        for (controllers, missing) in [("hugetlb\n", "memory and pids"), ("cpu memory\n", "pids")] {
            let (_root, mountinfo) = recorded(controllers);
            let place = Place::find(&mountinfo, "0::/\n").expect("a place");
            let error = place.enter(&["codecrafter"]).expect_err("refuses").to_string();
            assert!(error.contains(&format!("no controller {missing} (only: ")), "{error}");
            assert!(
                error.contains("cgroup_no_v1=all") && error.contains("Delegate=yes"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_hierarchy_is_refused() {
        let error = Place::find("", "0::/\n").expect_err("nothing mounted").to_string();
        assert!(error.contains("mount cgroup2"), "{error}");
        let (root, mountinfo) = recorded("memory pids\n");
        fs::write(root.path().join("codecrafter"), "").expect("in the way");
        let place = Place::find(&mountinfo, "0::/\n").expect("a place");
        let error = place.enter(&["codecrafter"]).expect_err("refuses").to_string();
        assert!(
            error.contains("cannot make a group") && error.contains("limits=process"),
            "{error}"
        );
    }

    #[test]
    fn the_own_group_is_found() {
        let own = |membership| own_group(Path::new("/"), Path::new("/c"), membership);
        assert_eq!(own("0::/\n"), Path::new("/c"));
        assert_eq!(own("4:memory:/x\n0::/a/b.service\n"), Path::new("/c/a/b.service"));
        assert_eq!(own("0::/a/codecrafter-main\n"), Path::new("/c/a"));
        assert_eq!(own("0::/codecrafter-main\n"), Path::new("/c"));
        assert_eq!(own("0::/../../other\n"), Path::new("/c"));
        assert_eq!(own(""), Path::new("/c"));
        let in_container = |membership| own_group(Path::new("/docker/1"), Path::new("/c"), membership);
        assert_eq!(in_container("0::/docker/1\n"), Path::new("/c"));
        assert_eq!(in_container("0::/docker/1/x\n"), Path::new("/c/x"));
        assert_eq!(in_container("0::/other\n"), Path::new("/c"));
    }

    #[test]
    fn advice_fits_the_error() {
        let advice = |errno: rustix::io::Errno| refused("x", Path::new("/c"), &errno.into()).to_string();
        assert!(advice(rustix::io::Errno::ROFS).contains("mounted read-only"));
        assert!(advice(rustix::io::Errno::BUSY).contains("other processes are in this group"));
        assert!(advice(rustix::io::Errno::ACCESS).contains("Delegate=yes"));
    }
}
