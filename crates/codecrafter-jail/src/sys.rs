//! System calls that have no safe wrapper elsewhere, one per function.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// `IFF_UP` in the type that `ifreq` has for it (netdevice(7)).
const INTERFACE_UP: i16 = 1;

/// Which of two processes this is after a fork.
pub(crate) enum Fork<T> {
    Child,
    Parent(T),
}

/// From linux/sched.h; does not fit the type that libc gives its flags.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

fn check(result: i64) -> io::Result<i64> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Forks; the parent gets the child's process id.
pub(crate) fn fork() -> io::Result<Fork<i32>> {
    // SAFETY: this process has one thread, so the child may go on with any code.
    let pid = unsafe { libc::fork() };
    match check(pid.into())? {
        0 => Ok(Fork::Child),
        _ => Ok(Fork::Parent(pid)),
    }
}

/// Forks into new namespaces (`CLONE_NEW…`) and, where given, into a cgroup v2; the parent gets a pidfd.
pub(crate) fn fork_into(namespaces: i32, cgroup: Option<BorrowedFd<'_>>) -> io::Result<Fork<OwnedFd>> {
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain data for which zero means "not asked for".
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = u64::from((libc::CLONE_PIDFD | namespaces).cast_unsigned());
    args.pidfd = std::ptr::from_mut(&mut pidfd) as u64;
    args.exit_signal = u64::from(libc::SIGCHLD.cast_unsigned());
    if let Some(cgroup) = cgroup {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = u64::from(cgroup.as_raw_fd().cast_unsigned());
    }
    // SAFETY: without a stack it acts like fork, this process has one thread, and args and pidfd outlive the call.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw mut args, size_of::<libc::clone_args>()) };
    match check(pid)? {
        0 => Ok(Fork::Child),
        _ => {
            // SAFETY: the kernel has just made this descriptor for us alone.
            Ok(Fork::Parent(unsafe { OwnedFd::from_raw_fd(pidfd) }))
        }
    }
}

/// Moves this process into new namespaces of its own.
pub(crate) fn unshare(namespaces: i32) -> io::Result<()> {
    // SAFETY: takes no memory; CLONE_FILES and CLONE_FS are not among the namespaces.
    check(unsafe { libc::unshare(namespaces) }.into()).map(drop)
}

/// Sends SIGKILL to every process that this one may signal; in a pid namespace to all but its init.
pub(crate) fn kill_all_others() {
    // SAFETY: takes no memory.
    let _ = unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Sends a signal to a process group, or to the one process if it has left its own group.
pub(crate) fn signal_group(leader: i32, signal: i32) {
    // SAFETY: takes no memory.
    if unsafe { libc::kill(-leader, signal) } != 0 {
        // SAFETY: takes no memory.
        let _ = unsafe { libc::kill(leader, signal) };
    }
}

/// Resident memory, in bytes, that the largest of all processes that this one has waited for had at its highest.
pub(crate) fn largest_child() -> io::Result<u64> {
    // SAFETY: rusage is plain data for which zero is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes into usage, which outlives the call.
    check(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) }.into())?;
    // In KiB, and never negative.
    Ok(usage.ru_maxrss.unsigned_abs() << 10)
}

/// Blocks a signal, so that it waits to be read from the descriptor.
pub(crate) fn signal_fd(signal: i32) -> io::Result<OwnedFd> {
    // SAFETY: sigset_t is plain data for which zero is the empty set.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set outlives the call.
    check(unsafe { libc::sigaddset(&raw mut set, signal) }.into())?;
    // SAFETY: the set outlives the call; the old one is not asked for.
    check(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) }.into())?;
    // SAFETY: the set outlives the call.
    let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    check(fd.into())?;
    // SAFETY: the kernel has just made this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Blocks no signal any more.
pub(crate) fn unblock_signals() -> io::Result<()> {
    // SAFETY: sigset_t is plain data for which zero is the empty set.
    let set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set outlives the call; the old one is not asked for.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut()) }.into()).map(drop)
}

/// Gives a signal its default action, or ignores it.
pub(crate) fn set_signal(signal: i32, action: libc::sighandler_t) {
    // SAFETY: installs no handler, only SIG_DFL or SIG_IGN.
    unsafe { libc::signal(signal, action) };
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: callers own no descriptor from `first` on that they use later.
    check(unsafe { libc::close_range(first, u32::MAX, 0) }.into()).map(drop)
}

/// Makes `to` a copy of `from` that stays open on exec; what `to` was before is closed.
pub(crate) fn duplicate_to(from: BorrowedFd<'_>, to: RawFd) -> io::Result<()> {
    // SAFETY: callers own `to` and hold no other handle of it.
    check(unsafe { libc::dup2(from.as_raw_fd(), to) }.into()).map(drop)
}

/// Takes over a descriptor that this process was started with or has placed itself.
pub(crate) fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: callers name a descriptor that is open and that nothing else owns.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Brings a network interface of this network namespace up.
pub(crate) fn interface_up(socket: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    // SAFETY: ifreq is plain data for which zero is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = INTERFACE_UP;
    // SAFETY: the request outlives the call and has the type that SIOCSIFFLAGS reads.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) }.into()).map(drop)
}

/// Ends this process at once, without running anything registered for the exit.
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: takes no memory and does not return.
    unsafe { libc::_exit(code) }
}
