//! User ids and capabilities: a user namespace with two users, and what each of the two may do.

use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;

use rustix::process::{DumpableBehavior, Pid, Signal, WaitOptions, waitpid};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, Gid, LinkNameSpaceType, Uid, move_into_link_name_space,
    set_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use crate::error::{Result, Step};
use crate::protocol::Privileges;
use crate::sys::{self, Fork};

/// The program's user and group id inside.
pub(crate) const PROGRAM: u32 = 1000;

/// The init's user and group id inside, only to be another one than the program's.
const INIT: u32 = 0;

/// All that the init keeps, valid in its own user namespace only: to end what is left and to read what it left behind.
const INIT_KEEPS: CapabilitySet = CapabilitySet::KILL.union(CapabilitySet::DAC_READ_SEARCH);

/// Number of capabilities that a kernel may know.
const CAPABILITIES: u32 = 64;

/// Enters a new user namespace whose root is the user that this process is, and in which nobody else exists.
pub(crate) fn become_root_of_namespace() -> Result<()> {
    let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
    sys::unshare(libc::CLONE_NEWUSER).step("new user namespace")?;
    // Without this an ordinary user may map no group (user_namespaces(7)).
    fs::write("/proc/self/setgroups", "deny").step("keep the groups")?;
    fs::write("/proc/self/uid_map", format!("0 {} 1\n", uid.as_raw())).step("map the user")?;
    fs::write("/proc/self/gid_map", format!("0 {} 1\n", gid.as_raw())).step("map the group")
}

/// Enters a new user namespace in which `uid` of the host is [`PROGRAM`] and the next one is [`INIT`], and becomes that.
///
/// With [`Privileges::Namespace`] there is only one user outside, so that both are [`PROGRAM`].
///
/// The mounts belong to the user namespace outside, so that even all capabilities inside cannot change them.
pub(crate) fn enter_namespace(uid: u32, privileges: Privileges) -> Result<()> {
    let map = match privileges {
        Privileges::Root => format!("{PROGRAM} {uid} 1\n{INIT} {} 1\n", uid + 1),
        Privileges::Namespace => format!("{PROGRAM} {uid} 1\n"),
    };
    let (mut read, mut write) = io::pipe().step("pipe for the user namespace")?;
    // Only somebody outside may write a map of more than one id, so a child that stays outside does.
    match sys::fork().step("fork for the user namespace")? {
        Fork::Child => {
            drop(write);
            let entered = read.read_exact(&mut [0]);
            sys::exit(i32::from(entered.and_then(|()| write_maps(&map)).is_err()));
        }
        Fork::Parent(child) => {
            sys::unshare(libc::CLONE_NEWUSER).step("new user namespace")?;
            write.write_all(&[1]).step("start writing the id maps")?;
            let status = waitpid(Pid::from_raw(child), WaitOptions::empty()).step("wait for the id maps")?;
            if status.and_then(|(_, status)| status.exit_status()) != Some(0) {
                return Err(io::Error::from(io::ErrorKind::PermissionDenied)).step("write the id maps");
            }
        }
    }
    match privileges {
        Privileges::Root => set_ids(INIT, privileges).step("become the user of the init"),
        Privileges::Namespace => Ok(()),
    }
}

/// Enters one that an earlier jail of root's has made like that, for the same users, and becomes the init's.
pub(crate) fn enter_given_namespace(namespace: BorrowedFd<'_>) -> Result<()> {
    move_into_link_name_space(namespace, Some(LinkNameSpaceType::User)).step("enter the user namespace")?;
    set_ids(INIT, Privileges::Root).step("become the user of the init")
}

fn write_maps(map: &str) -> io::Result<()> {
    fs::write("/proc/1/gid_map", map)?;
    fs::write("/proc/1/uid_map", map)
}

fn set_ids(id: u32, privileges: Privileges) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    // An ordinary user cannot get rid of groups: nobody else in the namespace could have them.
    if privileges == Privileges::Root {
        set_thread_groups(&[])?;
    }
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    Ok(())
}

/// What the init gives up once the runner is forked; it ends with the launcher.
pub(crate) fn confine_init() -> Result<()> {
    drop_capabilities(INIT_KEEPS).step("drop capabilities of the init")?;
    rustix::thread::set_no_new_privs(true).step("no new privileges")?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).step("forbid tracing the init")?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).step("end with the launcher")
}

/// Becomes the program's user, without any capability and without a way to get one.
pub(crate) fn become_program(privileges: Privileges) -> Result<()> {
    lock_secure_bits().step("lock secure bits")?;
    for bit in 0..CAPABILITIES {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // The first that this kernel does not know.
            Err(rustix::io::Errno::INVAL) => break,
            removed => removed.step("empty the bounding set")?,
        }
    }
    rustix::thread::clear_ambient_capability_set().step("clear ambient capabilities")?;
    set_ids(PROGRAM, privileges).step("become the program's user")?;
    drop_capabilities(CapabilitySet::empty()).step("drop capabilities")?;
    rustix::thread::set_no_new_privs(true).step("no new privileges")
}

fn lock_secure_bits() -> rustix::io::Result<()> {
    use CapabilitiesSecureBits as Bits;
    rustix::thread::set_capabilities_secure_bits(
        Bits::NO_ROOT
            | Bits::NO_ROOT_LOCKED
            | Bits::NO_SETUID_FIXUP
            | Bits::NO_SETUID_FIXUP_LOCKED
            | Bits::KEEP_CAPS_LOCKED
            | Bits::NO_CAP_AMBIENT_RAISE
            | Bits::NO_CAP_AMBIENT_RAISE_LOCKED,
    )
}

fn drop_capabilities(keep: CapabilitySet) -> rustix::io::Result<()> {
    set_capabilities(
        None,
        CapabilitySets {
            effective: keep,
            permitted: keep,
            inheritable: CapabilitySet::empty(),
        },
    )
}
