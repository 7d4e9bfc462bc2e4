//! The first process of a jail: makes the place, waits for the program, ends what it left running, hands files out.

mod watch;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_move, unmount};
use rustix::net::{AddressFamily, SocketType};
use rustix::process::{Gid, Signal, Uid, WaitOptions};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::error::{Result, Step};
use crate::init::watch::Watch;
use crate::launcher::{Kit, Order};
use crate::protocol::{Answer, COUNTERS, Cell, Join, Privileges, Request, SOCKETS, encode, read_frame, write_frame};
use crate::sys::{self, Fork};
use crate::{channel, collect, porter, runner, terminal, user};

/// Writable folders: name in the jail's own file system, where it appears, mode.
const WRITABLE: [(&str, &str, u32); 3] = [
    ("box", "/box", 0o755),
    ("shm", "/dev/shm", 0o1777),
    ("tmp", "/tmp", 0o1777),
];

/// Where the jail's own file system is before its folder for temporary files covers it.
const OWN: &str = "/tmp";

/// One inode per this many bytes, so that empty files are bounded as well.
const BYTES_PER_INODE: u64 = 4096;

/// The jail's life, from just after the fork to its end.
pub(crate) fn live(order: Order, control: OwnedFd, kit: &Kit) -> ! {
    let mut control = UnixStream::from(control);
    let lived = set_up(order, kit).and_then(|program| serve(program, &mut control));
    if let Err(error) = lived {
        // If the host does not listen any more there is nobody to tell.
        let _ = write_frame(&mut control, &Answer::Failed(error.to_string()));
        sys::exit(1);
    }
    sys::exit(0)
}

/// Makes the place and forks the runner.
fn set_up(mut order: Order, kit: &Kit) -> Result<Watch> {
    sys::set_signal(libc::SIGCHLD, libc::SIG_DFL);
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).step("end with the launcher")?;
    let null = File::open("/dev/null").step("open /dev/null")?;
    // The launcher's control socket was here.
    sys::duplicate_to(null.as_fd(), 0).step("close standard input")?;
    if let Some(given) = &order.given {
        move_into_link_name_space(given.network.as_fd(), Some(LinkNameSpaceType::Network))
            .step("enter the network namespace")?;
    }
    join_cgroups(&order)?;
    sys::unshare(libc::CLONE_NEWCGROUP).step("new cgroup namespace")?;
    let uid = order.prepare.uid;
    mount_proc(kit.privileges)?;
    mount_writable(uid, kit.files_bytes)?;
    if let Some(early) = &kit.early {
        porter::make_pipe(&early.entry, uid)?;
    }
    let stdio = standard_streams(&mut order, kit.privileges)?;
    if let Some(given) = order.given.take() {
        user::enter_given_namespace(given.user.as_fd())?;
    } else {
        loopback().step("bring loopback up")?;
        user::enter_namespace(uid, kit.privileges)?;
    }
    if order.prepare.cell == Cell::Kept {
        hand_out_cell(&order.control)?;
    }
    // Before the fork, so that no end is missed.
    let children = sys::signal_fd(libc::SIGCHLD).step("watch for ended processes")?;
    let early = kit.early.as_ref();
    let porter = early
        .map(|early| porter::fork(&order.control, early, kit))
        .transpose()?;
    match sys::fork().step("fork the runner")? {
        Fork::Child => runner::live(order.control, stdio, kit),
        Fork::Parent(runner) => {
            user::confine_init()?;
            Ok(Watch {
                program: runner,
                porter,
                children,
                signals: Some(order.signals),
            })
        }
    }
}

/// The pipes that came with the order, or a terminal made here whose other end the host gets.
fn standard_streams(order: &mut Order, privileges: Privileges) -> Result<[OwnedFd; 3]> {
    let uid = order.prepare.uid;
    let Some(pipes) = order.stdio.take() else {
        let terminal = terminal::make(uid)?;
        let frame = encode(&Answer::Terminal).step("encode")?;
        channel::send_with_fds(&order.control, &frame, &[terminal.master.as_fd()]).step("hand out the terminal")?;
        return Ok(terminal.stdio);
    };
    if privileges == Privileges::Namespace {
        // The host's pipes and the program are the same user's.
        return Ok(pipes);
    }
    for pipe in &pipes {
        // Else the program could not open /dev/stdout, which is its pipe.
        rustix::fs::fchown(pipe, Some(Uid::from_raw(uid)), Some(Gid::from_raw(uid))).step("own standard streams")?;
    }
    Ok(pipes)
}

/// For a later jail.
fn hand_out_cell(control: &OwnedFd) -> Result<()> {
    let own = |name: &str| File::open(Path::new("/proc/self").join(name));
    let mut cell = vec![
        own("ns/net").step("open the network namespace")?,
        own("ns/user").step("open the user namespace")?,
        own(SOCKETS).step("open the table of sockets")?,
    ];
    for name in COUNTERS {
        match own(name) {
            Ok(table) => cell.push(table),
            // A kernel without IPv6 does not count it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).step(format!("open {name}")),
        }
    }
    let fds: Vec<_> = cell.iter().map(AsFd::as_fd).collect();
    let frame = encode(&Answer::Cell).step("encode")?;
    channel::send_with_fds(control, &frame, &fds).step("hand out the cell")
}

fn join_cgroups(order: &Order) -> Result<()> {
    if order.prepare.cgroup == Join::Tasks {
        for tasks in &order.cgroup {
            // "0" is this process; written by itself it costs no lock over all processes.
            rustix::io::write(tasks, b"0").step("join the cgroup")?;
        }
    }
    Ok(())
}

/// Nothing but the processes' own folders, and those of other users not at all.
fn mount_proc(privileges: Privileges) -> Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let own = |target| mount("proc", target, "proc", flags, c"hidepid=invisible,subset=pid").step("mount /proc");
    match privileges {
        Privileges::Root => own("/proc"),
        Privileges::Namespace => {
            // The template left the host's there: the kernel makes another only where one is already to be seen.
            own(OWN)?;
            unmount("/proc", UnmountFlags::DETACH).step("leave the host's /proc")?;
            mount_move(OWN, "/proc").step("move /proc")
        }
    }
}

/// Where the kernel can, in larger pieces than pages, and only as large as files are: a program of a megabyte is otherwise
/// 256 times looked for room, charged and mapped.
fn mount_own(files_bytes: u64) -> io::Result<()> {
    let inodes = files_bytes / BYTES_PER_INODE;
    let pages = format!("mode=0755,size={files_bytes},nr_inodes={inodes}");
    let pieces = format!("{pages},huge=within_size");
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    let try_mount = |options: &str| -> io::Result<()> {
        let options = std::ffi::CString::new(options)?;
        Ok(mount("codecrafter", OWN, "tmpfs", flags, options.as_c_str())?)
    };
    try_mount(&pieces).or_else(|_| try_mount(&pages))
}

fn mount_writable(uid: u32, files_bytes: u64) -> Result<()> {
    mount_own(files_bytes).step("mount writable folders")?;
    for (name, target, mode) in WRITABLE {
        let own = format!("{OWN}/{name}");
        std::fs::DirBuilder::new()
            .mode(mode)
            .create(&own)
            .and_then(|()| std::fs::set_permissions(&own, std::os::unix::fs::PermissionsExt::from_mode(mode)))
            .and_then(|()| chown(&own, Some(uid), Some(uid)))
            .step(format!("make {target}"))?;
        mount_bind(&own, target).step(format!("mount {target}"))?;
    }
    Ok(())
}

/// Programs that talk to themselves over 127.0.0.1 work; there is no other interface.
fn loopback() -> io::Result<()> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    sys::interface_up(socket.as_fd(), "lo")
}

/// Waits for the program, ends everything else, then answers the host until it closes the control socket.
fn serve(mut watch: Watch, control: &mut UnixStream) -> Result<()> {
    let ended = watch.wait()?;
    sys::kill_all_others();
    while !matches!(
        rustix::process::wait(WaitOptions::empty()),
        Err(rustix::io::Errno::CHILD)
    ) {}
    let answer = Answer::Ended {
        how: ended,
        largest: sys::largest_child().step("read the account")?,
    };
    write_frame(&mut *control, &answer).step("report the end")?;
    while let Some(request) = read_frame::<Request>(&mut *control).step("read a request")? {
        match request {
            Request::Collect { paths, bytes } => collect::send(&mut *control, &paths, bytes).step("send files")?,
            Request::Run(_) => return Err(io::Error::from(io::ErrorKind::InvalidData)).step("run twice"),
        }
    }
    control.flush().step("flush")
}
