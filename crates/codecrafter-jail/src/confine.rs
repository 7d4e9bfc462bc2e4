//! Landlock: a second line behind the read-only mounts and the network namespace, where the kernel has it.

use std::io;

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};

use crate::terminal;

/// Newest version whose rights are asked for; the crate leaves out what an older kernel does not know.
const VERSION: ABI = ABI::V6;

/// Where a program may write, make and delete.
const WRITABLE: [&str; 3] = ["/box", "/tmp", "/dev/shm"];

/// What a program may open for writing but not change.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What a program with a terminal may open for reading, writing and setting.
const TERMINAL: [&str; 2] = ["/dev/tty", terminal::MOUNT_POINT];

/// Confines this process and all that it starts; without Landlock in the kernel it does nothing.
pub(crate) fn restrict() -> io::Result<()> {
    if !landlock_available() {
        return Ok(());
    }
    try_restrict().map_err(io::Error::other)
}

fn try_restrict() -> Result<(), RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(VERSION))?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    rules = allow(rules, "/", AccessFs::from_read(VERSION))?;
    for path in WRITABLE {
        rules = allow(rules, path, AccessFs::from_all(VERSION))?;
    }
    for path in DEVICES {
        rules = allow(rules, path, AccessFs::ReadFile | AccessFs::WriteFile)?;
    }
    // Absent in jails without a terminal.
    for path in TERMINAL {
        let access = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        rules = allow(rules, path, access)?;
    }
    rules.restrict_self().map(drop)
}

fn allow(
    rules: RulesetCreated,
    path: &str,
    access: impl Into<landlock::BitFlags<AccessFs>>,
) -> Result<RulesetCreated, RulesetError> {
    match PathFd::new(path) {
        Ok(path) => rules.add_rule(PathBeneath::new(path, access)),
        // What is not there needs no right.
        Err(_) => Ok(rules),
    }
}

/// Whether this kernel has Landlock switched on.
pub(crate) fn landlock_available() -> bool {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create);
    ruleset.is_ok()
}
