//! Brings a program that was started early the one file that it waits for.
//!
//! Until then a pipe is in the file's place. The program opens it when it has done everything else, and waits there for
//! the other end: that is how it is known to be ready, whatever the program is. When the file comes it takes the pipe's
//! place in the folder, and its content goes through the pipe to the reader. So the program starts with the arguments,
//! the environment and the name of the file that it would have had, and finds nothing else than it would have found.
//!
//! The porter has given up all that the runner has and is not a child of the program. It hands the pipe's end to the
//! init, which closes it once the porter is gone: nothing of ours runs beside the program.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::chown;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::DumpableBehavior;

use crate::error::{Result, Step};
use crate::launcher::Kit;
use crate::protocol::{Answer, Early, Request, read_frame, write_frame};
use crate::sys::Fork;
use crate::{channel, runner, sys};

/// Where the control socket is put, just after the standard streams.
const CONTROL: i32 = 3;

/// Where the socket is put whose other end the init has; what is above is closed.
const INIT: i32 = 4;

/// Descriptors from here on are free of those that are moved.
const SCRATCH: i32 = 16;

/// What the file is called until it is whole.
const ARRIVING: &str = ".arriving";

/// Puts the pipe in the file's place, for the host's user `uid`.
pub(crate) fn make_pipe(entry: &str, uid: u32) -> Result<()> {
    let path = Path::new("/box").join(entry);
    mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).step("make the file's pipe")?;
    chown(&path, Some(uid), Some(uid)).step("own the file's pipe")
}

/// A porter, as its init knows it. Once both are gone, this and the process, the program finds the end of its file.
pub(crate) struct Porter {
    pub(crate) process: i32,
    /// Holds the pipe's end when the porter has ended.
    _keeps: OwnedFd,
}

/// Forks one. `control` stays the caller's.
pub(crate) fn fork(control: &OwnedFd, early: &Early, kit: &Kit) -> Result<Porter> {
    let flags = SocketFlags::CLOEXEC;
    let pair = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None);
    let (keeps, to_init) = pair.step("socket pair for the porter")?;
    match sys::fork().step("fork the porter")? {
        Fork::Child => live(control, &to_init, early, kit),
        Fork::Parent(process) => Ok(Porter { process, _keeps: keeps }),
    }
}

/// Does not come back: brings the file and ends.
fn live(control: &OwnedFd, to_init: &OwnedFd, early: &Early, kit: &Kit) -> ! {
    let brought = match place_descriptors(control, to_init) {
        Ok((control, to_init)) => bring(UnixStream::from(control), &to_init, &early.entry, kit),
        // The host sees no answer, and gives the jail up.
        Err(_) => Err(()),
    };
    sys::exit(i32::from(brought.is_err()))
}

/// Nothing but the two sockets; what they were before is closed.
fn place_descriptors(control: &OwnedFd, to_init: &OwnedFd) -> io::Result<(OwnedFd, OwnedFd)> {
    for to in [1, 2] {
        sys::duplicate_to(rustix::stdio::stdin(), to)?;
    }
    let moved = [control, to_init].map(|fd| rustix::io::fcntl_dupfd_cloexec(fd, SCRATCH));
    for (to, fd) in (CONTROL..).zip(moved) {
        sys::duplicate_to(fd?.as_fd(), to)?;
    }
    sys::close_from((INIT + 1).cast_unsigned())?;
    Ok((sys::adopt(CONTROL), sys::adopt(INIT)))
}

fn bring(mut control: UnixStream, to_init: &OwnedFd, entry: &str, kit: &Kit) -> std::result::Result<(), ()> {
    let fetched = fetch(&mut control, entry, kit);
    let (mut pipe, content) = match fetched {
        Ok(Some(fetched)) => fetched,
        Ok(None) => return Err(()),
        Err(error) => {
            // If the host does not listen any more there is nobody to tell.
            let _ = write_frame(&mut control, &Answer::Failed(error.to_string()));
            return Err(());
        }
    };
    drop(control);
    let written = pipe.write_all(&content);
    let kept = written.and_then(|()| channel::send_with_fds(to_init, &[0], &[pipe.as_fd()]));
    kept.map_err(drop)
}

/// The pipe and what is to go into it; nothing if the host gave this jail up.
fn fetch(control: &mut UnixStream, entry: &str, kit: &Kit) -> Result<Option<(fs::File, Vec<u8>)>> {
    runner::give_up(kit)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).step("forbid tracing the porter")?;
    // Comes back once the program has opened the other end.
    let pipe = OpenOptions::new()
        .write(true)
        .open(entry)
        .step("wait for the program")?;
    write_frame(&mut *control, &Answer::Ready).step("be ready")?;
    let Some(request) = read_frame::<Request>(&mut *control).step("read the program")? else {
        return Ok(None);
    };
    let content = read_content(control, &request, entry).step("read the file")?;
    put(entry, &content)?;
    Ok(Some((pipe, content)))
}

fn read_content(control: &mut UnixStream, request: &Request, entry: &str) -> io::Result<Vec<u8>> {
    let Request::Run(program) = request else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let [file] = &program.files[..] else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not exactly one file"));
    };
    if file.path != entry || file.executable {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the file that is waited for",
        ));
    }
    let mut content = Vec::new();
    if control.take(file.len).read_to_end(&mut content)? as u64 != file.len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(content)
}

fn put(entry: &str, content: &[u8]) -> Result<()> {
    let written = fs::write(ARRIVING, content).and_then(|()| fs::rename(ARRIVING, entry));
    written.step(format!("write {entry}"))
}
