//! The launcher: one small process per set of mounts, from which each jail is forked.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::{JailError, Result, Step};
use crate::protocol::{
    Answer, Cell, Early, FDS_MAX, Join, PACKET_MAX, PREPARE_FDS, Prepare, Privileges, Template, encode,
};
use crate::seccomp::Filters;
use crate::sys::{self, Fork};
use crate::{channel, init, seccomp, template, user};

/// Every kind of namespace but the user's (entered once the mounts are in place), the cgroup's (once it is joined) and the
/// network's, which may be there already.
const NAMESPACES: i32 = libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;

/// What every jail of this launcher is made with.
pub(crate) struct Kit {
    pub(crate) files_bytes: u64,
    pub(crate) terminal: bool,
    pub(crate) privileges: Privileges,
    pub(crate) early: Option<Early>,
    pub(crate) filters: Filters,
}

/// File descriptors and words for one jail.
pub(crate) struct Order {
    pub(crate) prepare: Prepare,
    pub(crate) control: OwnedFd,
    pub(crate) signals: OwnedFd,
    /// None where the jail makes itself a terminal.
    pub(crate) stdio: Option<[OwnedFd; 3]>,
    /// With [`Cell::Given`].
    pub(crate) given: Option<Given>,
    pub(crate) cgroup: Vec<OwnedFd>,
}

/// Namespaces to be entered.
pub(crate) struct Given {
    pub(crate) network: OwnedFd,
    pub(crate) user: OwnedFd,
}

/// Serves the control socket on standard input until the host closes it, which kills every jail.
pub(crate) fn run() -> Result<()> {
    let control = sys::adopt(0);
    let mut buffer = vec![0; PACKET_MAX];
    let (length, _) = channel::recv_with_fds(&control, &mut buffer).step("receive the template")?;
    if length == 0 {
        return Ok(());
    }
    let kit = set_up(&buffer[..length]);
    let answer = kit.as_ref().map(drop).map_err(JailError::to_string);
    let answer = serde_json::to_vec(&answer).map_err(io::Error::from).step("encode")?;
    channel::send_with_fds(&control, &answer, &[]).step("answer")?;
    let kit = kit?;
    loop {
        let (length, fds) = channel::recv_with_fds(&control, &mut buffer).step("receive an order")?;
        if length == 0 {
            return Ok(());
        }
        let order = read_order(&buffer[..length], fds, kit.terminal).step("read an order")?;
        if let Some((jail, control)) = fork_jail(order)? {
            drop(buffer);
            init::live(jail, control, &kit);
        }
    }
}

fn set_up(packet: &[u8]) -> Result<Kit> {
    let words: Template = serde_json::from_slice(packet)
        .map_err(io::Error::from)
        .step("read the template")?;
    // What a terminal or a shell sends to the host's group is for the host to answer. Refused to the leader of a group, which
    // is none of the host's.
    let _ = rustix::process::setsid();
    // Whatever the host ignores; the jails' processes inherit it.
    for signal in (1..=libc::SIGRTMAX()).filter(|&signal| signal != libc::SIGPIPE) {
        sys::set_signal(signal, libc::SIG_DFL);
    }
    // Jails are reaped by the kernel; the host waits for them through pidfds.
    sys::set_signal(libc::SIGCHLD, libc::SIG_IGN);
    // The program raises its own to the highest. Where this is refused (no CAP_SYS_RESOURCE) that alone has to do.
    let _ = fs::write("/proc/self/oom_score_adj", "-1000");
    no_core_dumps().step("forbid core dumps")?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    if words.privileges == Privileges::Namespace {
        user::become_root_of_namespace()?;
    }
    sys::unshare(libc::CLONE_NEWUTS).step("new UTS namespace")?;
    rustix::system::sethostname(b"codecrafter").step("set host name")?;
    let filters = Filters::compile().step("compile seccomp filters")?;
    template::enter(&words)?;
    seccomp::confine_launcher(words.privileges).step("seccomp of the launcher")?;
    Ok(Kit {
        files_bytes: words.files_bytes,
        terminal: words.terminal,
        privileges: words.privileges,
        early: words.early,
        filters,
    })
}

/// The kernel hands a core dump to the host's handler, if it has one, whatever the limit is, save for one: 1 (core(5)).
/// The program cannot change it: seccomp.
fn no_core_dumps() -> rustix::io::Result<()> {
    // An ordinary user cannot raise it from 0.
    let most = getrlimit(Resource::Core).maximum.map_or(1, |most| most.min(1));
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::Core, limit)
}

fn read_order(packet: &[u8], fds: Vec<OwnedFd>, terminal: bool) -> io::Result<Order> {
    let prepare: Prepare = serde_json::from_slice(packet)?;
    let too_few = || io::Error::new(io::ErrorKind::InvalidData, "descriptors missing");
    if fds.len() > FDS_MAX || fds.len() < PREPARE_FDS {
        return Err(too_few());
    }
    let mut fds = fds.into_iter();
    let mut next = || fds.next().ok_or_else(too_few);
    let (control, signals) = (next()?, next()?);
    let stdio = if terminal {
        None
    } else {
        Some([next()?, next()?, next()?])
    };
    let given = match prepare.cell {
        Cell::Given => Some(Given {
            network: next()?,
            user: next()?,
        }),
        Cell::Own | Cell::Kept => None,
    };
    Ok(Order {
        prepare,
        control,
        signals,
        stdio,
        given,
        cgroup: fds.collect(),
    })
}

/// In the child: the jail's order. In the launcher: nothing; the host has been told, or sees the control socket close.
fn fork_jail(order: Order) -> Result<Option<(Order, OwnedFd)>> {
    let into = match order.prepare.cgroup {
        Join::Fork => order.cgroup.first(),
        Join::Tasks | Join::Nowhere => None,
    };
    let namespaces = match order.given {
        Some(_) => NAMESPACES,
        None => NAMESPACES | libc::CLONE_NEWNET,
    };
    match sys::fork_into(namespaces, into.map(AsFd::as_fd)) {
        Ok(Fork::Child) => {
            let control = order.control.try_clone().step("copy the control socket")?;
            Ok(Some((order, control)))
        }
        Ok(Fork::Parent(pidfd)) => {
            let frame = encode(&Answer::Forked).step("encode")?;
            // If the host has given this jail up already, the jail sees that itself.
            let _ = channel::send_with_fds(&order.control, &frame, &[pidfd.as_fd()]);
            Ok(None)
        }
        Err(error) => {
            let frame = encode(&Answer::Failed(format!("fork into namespaces: {error}"))).step("encode")?;
            let _ = channel::send_with_fds(&order.control, &frame, &[]);
            Ok(None)
        }
    }
}
