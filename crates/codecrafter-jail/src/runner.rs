//! From a fork of the init to the user's program: gives everything up first, then waits, then becomes it.

use std::convert::Infallible;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, setrlimit};

use crate::error::{Result, Step};
use crate::launcher::Kit;
use crate::protocol::{Answer, Each, Early, FileHead, Privileges, Program, Request, encode, read_frame, write_frame};
use crate::{channel, confine, sys, terminal, user};

/// The working directory and home.
const BOX: &str = "/box";

/// Where the control socket is put, just after the standard streams; closed on exec.
const CONTROL: i32 = 3;

/// Descriptors from here on are free of those that are moved.
const SCRATCH: i32 = 16;

/// Where what is reserved counts as memory, as many stacks fit into it: a thread's is as large as the first one's may be.
const STACKS: u64 = 16;

/// Files are copied in pieces of this size: each page of the buffer is a fault, and costs as much as copying some.
const PIECE: u64 = 64 << 10;

/// Set before the program is known: few descriptors, next to no locked memory, no real-time scheduling.
const FIXED: [(Resource, u64); 5] = [
    (Resource::Nofile, 1024),
    (Resource::Memlock, 64 << 10),
    (Resource::Msgqueue, 64 << 10),
    (Resource::Nice, 0),
    (Resource::Rtprio, 0),
];

/// Does not come back: becomes the program or ends.
pub(crate) fn live(control: OwnedFd, stdio: [OwnedFd; 3], kit: &Kit) -> ! {
    let mut control = match place_descriptors(control, stdio) {
        Ok(control) => UnixStream::from(control),
        // The host sees the jail end without an answer.
        Err(_) => sys::exit(1),
    };
    let Err(error) = give_up(kit).map_err(Some).and_then(|()| match &kit.early {
        Some(early) => start_early(early).map_err(Some),
        None => become_program(&mut control, kit.privileges),
    });
    if let Some(error) = error {
        let _ = write_frame(&mut control, &Answer::Failed(error.to_string()));
    }
    sys::exit(1)
}

/// Standard streams to 0, 1, 2, the control socket to 3, and nothing else.
fn place_descriptors(control: OwnedFd, stdio: [OwnedFd; 3]) -> io::Result<OwnedFd> {
    let mut moved = Vec::new();
    for fd in stdio.into_iter().chain([control]) {
        moved.push(rustix::io::fcntl_dupfd_cloexec(&fd, SCRATCH)?);
        drop(fd);
    }
    for (to, fd) in (0..).zip(&moved) {
        sys::duplicate_to(fd.as_fd(), to)?;
    }
    drop(moved);
    sys::close_from((CONTROL + 1).cast_unsigned())?;
    let control = sys::adopt(CONTROL);
    rustix::io::fcntl_setfd(&control, rustix::io::FdFlags::CLOEXEC)?;
    Ok(control)
}

/// Every privilege, and every limit that is the same for all programs.
pub(crate) fn give_up(kit: &Kit) -> Result<()> {
    // The only one that is not as it was before any program: launcher and init see to the others.
    sys::set_signal(libc::SIGPIPE, libc::SIG_DFL);
    sys::unblock_signals().step("block no signals")?;
    if kit.terminal {
        terminal::come_to_the_foreground(rustix::stdio::stdin())?;
    } else {
        rustix::process::setsid().step("new session")?;
    }
    for (resource, limit) in FIXED {
        limit_to(resource, limit)?;
    }
    user::become_program(kit.privileges)?;
    // Else its own /proc/self belongs to the host's root.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).step("own /proc/self")?;
    fs::write("/proc/self/oom_score_adj", "1000").step("be the first to be killed for memory")?;
    rustix::process::chdir(BOX).step("enter the box")?;
    confine::restrict().step("Landlock")?;
    kit.filters.apply().step("seccomp")
}

/// Comes back only with an error, or with none if the host gave this jail up.
fn become_program(
    control: &mut UnixStream,
    privileges: Privileges,
) -> std::result::Result<Infallible, Option<crate::error::JailError>> {
    rehearse().step("rehearse").map_err(Some)?;
    write_frame(&mut *control, &Answer::Ready)
        .step("be ready")
        .map_err(Some)?;
    let request = read_frame::<Request>(&mut *control)
        .step("read the program")
        .map_err(Some)?;
    let Some(Request::Run(program)) = request else {
        return Err(None);
    };
    for file in &program.files {
        let put = if file.given {
            take_given(control).and_then(|content| put_given(file, &content))
        } else {
            put(file, &mut *control)
        };
        put.step(format!("write {}", file.path)).map_err(Some)?;
    }
    if let Some(each) = program.each {
        limit_each(each, privileges).map_err(Some)?;
    }
    start(&program).map_err(Some)
}

/// Goes once through what follows the wait, with a program that is not there: the first time that a process comes to a page
/// of its code the kernel has to look for it, and nobody waits for that yet.
fn rehearse() -> io::Result<()> {
    let path = format!("{BOX}/.rehearsal");
    let file = FileHead {
        path: path.clone(),
        len: 0,
        executable: true,
        given: false,
    };
    let request = Request::Run(Program {
        argv: vec![path.clone()],
        env: vec![(String::new(), String::new())],
        files: vec![file],
        stack_bytes: 0,
        file_bytes: 0,
        each: None,
    });
    let frame = encode(&request)?;
    if let Some(Request::Run(program)) = read_frame(&frame[..])? {
        for file in &program.files {
            put(file, io::empty())?;
        }
        fs::remove_file(&path)?;
        drop(replace_by(&program));
    }
    Ok(())
}

/// Nothing untrusted has run yet, so plain paths are safe here.
fn put(file: &FileHead, content: impl Read) -> io::Result<()> {
    let mut to = create(file)?;
    let mut content = content.take(file.len);
    let mut piece = vec![0; file.len.min(PIECE).try_into().unwrap_or_default()];
    let mut left = file.len;
    while left > 0 {
        let length = content.read(&mut piece)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_all(&piece[..length])?;
        left -= length as u64;
    }
    allow_execution(file, &to)
}

/// The descriptor of a file's content.
fn take_given(control: &UnixStream) -> io::Result<OwnedFd> {
    let (length, fds) = channel::recv_with_fds(control, &mut [0])?;
    let fd = fds.into_iter().next().filter(|_| length == 1);
    fd.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Copied by the kernel by itself, from where the descriptor's own position, which others share, does not matter.
fn put_given(file: &FileHead, content: &OwnedFd) -> io::Result<()> {
    let to = create(file)?;
    let mut position = 0;
    while position < file.len {
        let left = usize::try_from(file.len - position).unwrap_or(usize::MAX);
        if rustix::fs::sendfile(&to, content, Some(&mut position), left)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    allow_execution(file, &to)
}

fn create(file: &FileHead) -> io::Result<File> {
    let path = Path::new(&file.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn allow_execution(file: &FileHead, written: &File) -> io::Result<()> {
    if file.executable {
        written.set_permissions(Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Starts what waits for its file by itself.
fn start_early(early: &Early) -> Result<Infallible> {
    start(&Program {
        argv: early.argv.clone(),
        env: early.env.clone(),
        files: Vec::new(),
        stack_bytes: early.stack_bytes,
        file_bytes: early.file_bytes,
        each: None,
    })
}

fn start(program: &Program) -> Result<Infallible> {
    let stack = program.each.map_or(u64::MAX, |each| each.memory_bytes / STACKS);
    limit_to(Resource::Stack, program.stack_bytes.min(stack))?;
    limit_to(Resource::Fsize, program.file_bytes)?;
    let error = replace_by(program);
    let path = program.argv.first().map_or("", String::as_str);
    if Path::new(path).starts_with(BOX) || error.kind() == io::ErrorKind::ArgumentListTooLong {
        blame_program(path, &error);
    }
    Err(error).step(format!("start {path}"))
}

/// Comes back only with an error.
fn replace_by(program: &Program) -> io::Error {
    let Some((path, arguments)) = program.argv.split_first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no program named");
    };
    Command::new(path)
        .args(arguments)
        .env_clear()
        .envs(program.env.iter().map(|(name, value)| (name, value)))
        .exec()
}

/// What is in the box is the program's own doing (a compiler may be made to leave something that is no program), and so
/// are arguments that its stack does not hold. Says so, and ends, as a shell does.
fn blame_program(path: &str, error: &io::Error) -> ! {
    const CANNOT_EXECUTE: i32 = 126;
    // Whether it is heard is the program's own affair, too.
    let _ = writeln!(io::stderr(), "cannot start {path}: {error}");
    sys::exit(CANNOT_EXECUTE)
}

/// For programs without a cgroup.
fn limit_each(each: Each, privileges: Privileges) -> Result<()> {
    // The kernel counts by user and namespace, and there the init is the same user.
    let own = match privileges {
        Privileges::Root => 0,
        Privileges::Namespace => 1,
    };
    limit_to(Resource::Data, each.memory_bytes)?;
    limit_to(Resource::Nproc, each.processes + own)?;
    limit_to(Resource::Cpu, each.cpu_seconds)
}

/// Never above what the host itself may use, which only a privileged process can raise.
fn limit_to(resource: Resource, limit: u64) -> Result<()> {
    let limit = getrlimit(resource).maximum.map_or(limit, |most| most.min(limit));
    let limit = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    setrlimit(resource, limit).step(format!("set limit {resource:?}"))
}
