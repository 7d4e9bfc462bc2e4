//! A terminal for the program: a pty in a file system of the jail's own.
//!
//! The init leads the terminal's session, not the program: when the leader of a session ends, the kernel throws away
//! what the terminal has not yet handed over, and with it the last lines of a program that prints and ends.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{MountFlags, mount, mount_remount};
use rustix::pty::OpenptFlags;

use crate::error::{Result, Step};
use crate::sys;

/// Where the jail's terminals are.
pub(crate) const MOUNT_POINT: &str = "/dev/pts";

/// Both ends of a terminal.
pub(crate) struct Terminal {
    pub(crate) master: OwnedFd,
    pub(crate) stdio: [OwnedFd; 3],
}

/// Makes the only terminal that this jail will ever have, for the host's user `uid`, and makes it this process's.
pub(crate) fn make(uid: u32) -> Result<Terminal> {
    // Nobody but this process, now, may open /dev/pts/ptmx and make more of them.
    let options = std::ffi::CString::new(format!("newinstance,ptmxmode=0000,mode=0600,max=1,uid={uid},gid={uid}"))
        .map_err(std::io::Error::from)
        .step("mount options")?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("codecrafter", MOUNT_POINT, "devpts", flags, options.as_c_str()).step("mount /dev/pts")?;
    let ptmx = format!("{MOUNT_POINT}/ptmx");
    let open = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let master = rustix::fs::openat(CWD, ptmx, open, Mode::empty()).step("make a terminal")?;
    rustix::pty::unlockpt(&master).step("unlock the terminal")?;
    let open = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, open).step("open the terminal")?;
    // Else whoever owns ptmx (with Privileges::Namespace: the program) may change its mode.
    mount_remount(MOUNT_POINT, MountFlags::BIND | MountFlags::RDONLY | flags, c"").step("make /dev/pts read-only")?;
    rustix::process::setsid().step("new session")?;
    rustix::process::ioctl_tiocsctty(&slave).step("take the terminal")?;
    let copy = || slave.try_clone().step("copy the terminal");
    let stdio = [copy()?, copy()?, slave];
    Ok(Terminal { master, stdio })
}

/// Puts this process into a group of its own, to which the keys of the terminal speak.
pub(crate) fn come_to_the_foreground(terminal: BorrowedFd<'_>) -> Result<()> {
    // Whoever is in the background and sets this is stopped, unless it does not care.
    sys::set_signal(libc::SIGTTOU, libc::SIG_IGN);
    rustix::process::setpgid(None, None).step("new process group")?;
    rustix::termios::tcsetpgrp(terminal.as_fd(), rustix::process::getpid()).step("come to the foreground")?;
    sys::set_signal(libc::SIGTTOU, libc::SIG_DFL);
    Ok(())
}
