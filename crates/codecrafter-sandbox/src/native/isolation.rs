//! What isolates a program, in words for people.

use codecrafter_jail::protocol::Privileges;

use super::cgroup::Cgroups;
use crate::{Isolation, Property};

pub(super) fn describe(cgroups: &Cgroups, privileges: Privileges) -> Isolation {
    let landlock = codecrafter_jail::landlock_available();
    let mut properties = vec![
        Property::new(
            "namespaces",
            true,
            "user, pid, mount, network (loopback only), IPC, UTS and cgroup, new for each run",
        ),
        users(privileges),
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
        name: match privileges {
            Privileges::Root => format!("native ({})", cgroups.name()),
            Privileges::Namespace => format!("native ({}, unprivileged)", cgroups.name()),
        },
        properties,
    }
}

fn users(privileges: Privileges) -> Property {
    match privileges {
        Privileges::Root => Property::new(
            "users",
            true,
            "each run has a user of its own, which exists nowhere on this machine",
        ),
        Privileges::Namespace => Property::new(
            "users",
            false,
            "to the kernel each run is the user that started CodeCrafter, who may map no other; start it as root for a user \
             per run",
        ),
    }
}
