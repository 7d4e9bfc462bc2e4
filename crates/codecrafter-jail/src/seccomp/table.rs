//! The policy as data.

/// Newer than libc knows them; the same on all architectures.
const CACHESTAT: i64 = 451;
const STATMOUNT: i64 = 457;
const LISTMOUNT: i64 = 458;

/// Refused with EPERM to programs only: with these their jails are made.
pub(super) const BUILDING: [i64; 5] = [
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_seccomp,
];

/// Refused with EPERM whatever the arguments, from the launcher on.
pub(super) const REFUSED: &[i64] = &[
    // Roots and mounts: the jail's walls.
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    STATMOUNT,
    LISTMOUNT,
    // Other processes' memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Files by handle, past every folder's permissions.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Keyrings outlive processes and are shared per user.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // Large parts of the kernel with a long record of holes.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_vmsplice,
    // Who else opens, reads or has just read the files that all jails share.
    #[cfg(target_arch = "x86_64")]
    libc::SYS_inotify_init,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    CACHESTAT,
    // What the machine has once for all: contexts of asynchronous I/O, and disks that are flushed. (So is the room for
    // compiled filters, without which the next jail cannot start: `seccomp` is above.)
    libc::SYS_io_setup,
    libc::SYS_io_destroy,
    libc::SYS_io_submit,
    libc::SYS_io_cancel,
    libc::SYS_io_getevents,
    libc::SYS_sync,
    libc::SYS_syncfs,
    // Memory that accounting does not see well, or that moves between nodes.
    libc::SYS_memfd_secret,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // The machine: kernel, modules, clock, swap, accounting, log, names.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_lookup_dcookie,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
];

/// `clone` with any of these makes a namespace.
pub(super) const NAMESPACE_FLAGS: [u64; 7] = [
    libc::CLONE_NEWNS as u64,
    libc::CLONE_NEWCGROUP as u64,
    libc::CLONE_NEWUTS as u64,
    libc::CLONE_NEWIPC as u64,
    libc::CLONE_NEWUSER as u64,
    libc::CLONE_NEWPID as u64,
    libc::CLONE_NEWNET as u64,
];

/// Socket families that are harmless in an empty network namespace; no vsock (it ignores network namespaces), netlink,
/// packet, Bluetooth or any of the other seldom-used ones.
pub(super) const ALLOWED_FAMILIES: [u64; 3] = [libc::AF_UNIX as u64, libc::AF_INET as u64, libc::AF_INET6 as u64];

/// The default and what programs use over loopback. Others would load kernel modules: SCTP, DCCP and the like.
pub(super) const ALLOWED_PROTOCOLS: [u64; 5] = [
    0,
    libc::IPPROTO_ICMP as u64,
    libc::IPPROTO_TCP as u64,
    libc::IPPROTO_UDP as u64,
    libc::IPPROTO_ICMPV6 as u64,
];

/// Families of socket pairs: all but Unix would load TIPC.
pub(super) const ALLOWED_PAIRS: [u64; 1] = [libc::AF_UNIX as u64];

/// The limit that nobody changes; see the launcher.
pub(super) const CORE_LIMIT: u64 = libc::RLIMIT_CORE as u64;

/// Options of sockets (level `SOL_SOCKET`) that take a program for the kernel's compiler.
pub(super) const SOCKET_PROGRAMS: [u64; 4] = [
    libc::SO_ATTACH_FILTER as u64,
    libc::SO_ATTACH_BPF as u64,
    libc::SO_ATTACH_REUSEPORT_CBPF as u64,
    libc::SO_ATTACH_REUSEPORT_EBPF as u64,
];

/// The same by `prctl`.
pub(super) const SET_FILTER: u64 = libc::PR_SET_SECCOMP as u64;

/// The command of `fcntl` that watches a folder, as inotify does (`F_NOTIFY`).
pub(super) const WATCH_FOLDER: u64 = 1026;

/// `removexattrat`, of Linux 6.13: the newest call that this table was checked against, the same on all architectures.
pub(super) const LAST_KNOWN: u32 = 466;

/// Linux, Linux without address randomisation (sanitizers and debuggers ask for it), and the query.
pub(super) const ALLOWED_PERSONALITIES: [u64; 3] = [0, 0x0004_0000, 0xffff_ffff];

/// Requests that put characters into a terminal as if somebody had typed them (the second is `TIOCLINUX`), take over
/// the console, or load another line discipline, of which many have had holes.
pub(super) const TERMINAL_REQUESTS: [u64; 4] = [libc::TIOCSTI, 0x541c, libc::TIOCCONS, libc::TIOCSETD];
