//! What isolates a program, in words for people.

use codecrafter_jail::wire::{Accounts, Hello};

use super::daemon::Daemon;
use crate::{Isolation, Property};

pub(super) fn describe(daemon: &Daemon, hello: &Hello, accounts: &Accounts) -> Isolation {
    let mut properties = vec![
        Property::new(
            "namespaces",
            true,
            "a container for each run (no network, IPC of its own); in it a jail with user, pid, mount, network, IPC, UTS and \
             cgroup namespaces of its own",
        ),
        Property::new("users", true, users(daemon)),
        Property::new(
            "files",
            true,
            "a read-only image, of it only /usr and named folders in view; /box, /tmp and /dev/shm in a bounded tmpfs that \
             ends with the run",
        ),
        Property::new(
            "privileges",
            true,
            "the container has no capabilities, nor has the program; no_new_privs",
        ),
        Property::new(
            "system calls",
            true,
            "seccomp, twice; 32-bit calls kill, x32 does not exist",
        ),
        Property::new("Landlock", hello.landlock, landlock(hello)),
    ];
    let memory_peak = accounts.memory_peak.is_some();
    properties.extend([
        Property::new(
            "memory limit",
            true,
            "the container's control group; verdicts from its events",
        ),
        Property::new("process limit", true, "the container's control group"),
        Property::new(
            "processor time limit",
            true,
            "the container's account, which other runs are not in",
        ),
        Property::new(
            "memory account",
            memory_peak,
            if memory_peak {
                "its highest, from the container's control group"
            } else {
                "this kernel does not keep it (Linux 5.19): what a run used is that of its largest process"
            },
        ),
        Property::new("socket memory limit", true, "the container's control group"),
        Property::new(
            "no swap",
            daemon.has_swap_limit,
            if daemon.has_swap_limit {
                "the container's control group"
            } else {
                "this daemon's kernel does not account swap: switch swap off, or start the kernel with swapaccount=1"
            },
        ),
        Property::new(
            "wall time and output limits",
            true,
            "exact timers; both streams counted",
        ),
    ]);
    Isolation {
        name: format!(
            "docker {} ({}, {})",
            daemon.version, daemon.runtime, daemon.cgroup_version
        ),
        properties,
    }
}

fn users(daemon: &Daemon) -> &'static str {
    if daemon.has_user_namespaces() {
        "each run has a user of its own, which the daemon maps to one that exists nowhere on its machine"
    } else {
        "each run has a user of its own, which exists nowhere on the daemon's machine"
    }
}

fn landlock(hello: &Hello) -> &'static str {
    if hello.landlock {
        "a second line behind the mounts"
    } else {
        "the containers' kernel has no Landlock (Linux 5.13, in the lsm= list); the mounts hold without it"
    }
}
