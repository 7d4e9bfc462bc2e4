//! What isolates a program, in words for people.

use super::cgroup::Cgroups;
use crate::{Isolation, Property};

pub(super) fn describe(cgroups: &Cgroups) -> Isolation {
    let landlock = codecrafter_jail::landlock_available();
    let mut properties = vec![
        Property::new(
            "namespaces",
            true,
            "user, pid, mount, network (loopback only), IPC, UTS and cgroup, new for each run",
        ),
        Property::new(
            "users",
            true,
            "each run has a user of its own, which exists nowhere on this machine",
        ),
        Property::new(
            "files",
            true,
            "read-only view of /usr and named toolchains; /box, /tmp and /dev/shm in a bounded tmpfs that ends with the run",
        ),
        Property::new("privileges", true, "no capabilities, secure bits locked, no_new_privs"),
        Property::new("system calls", true, "seccomp; 32-bit calls kill, x32 does not exist"),
        Property::new(
            "Landlock",
            landlock,
            if landlock {
                "a second line behind the mounts"
            } else {
                "this kernel has no Landlock (Linux 5.13, in the lsm= list); the mounts hold without it"
            },
        ),
    ];
    properties.extend(cgroups.properties());
    properties.push(Property::new(
        "wall time and output limits",
        true,
        "exact timers; both streams counted",
    ));
    Isolation {
        name: format!("native (cgroup {})", cgroups.version()),
        properties,
    }
}
