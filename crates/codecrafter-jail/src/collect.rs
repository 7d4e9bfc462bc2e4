//! Files out of the box after the end: by descriptor, never through a link, never beyond the box.
//!
//! Runs when nothing else is alive in the jail, so that what was found in the first walk is still so in the second.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Dir, Mode, OFlags, ResolveFlags, openat2};

use crate::protocol::{Answer, FileHead, write_frame};

const BOX: &str = "/box";

/// Most files in all; each costs the host an allocation.
const FILES_MAX: usize = 1024;

/// Deepest folder below a collected one.
const DEPTH_MAX: usize = 32;

/// No blocking on FIFOs and no terminal taken over; what is not a regular file is not read.
const OPEN: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

struct Found {
    files: Vec<FileHead>,
    errors: Vec<String>,
    bytes: u64,
    bytes_max: u64,
}

/// Sends what `paths` name, or nothing and the reason if it is more than `bytes_max`.
pub(crate) fn send(mut to: impl Write, paths: &[String], bytes_max: u64) -> io::Result<()> {
    let root = rustix::fs::openat(
        CWD,
        BOX,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let mut found = Found {
        files: Vec::new(),
        errors: Vec::new(),
        bytes: 0,
        bytes_max,
    };
    for path in paths {
        if let Err(reason) = find(&mut found, root.as_fd(), Path::new(path), 0) {
            found.errors.push(format!("{path}: {reason}"));
        }
    }
    if found.bytes > bytes_max || found.files.len() > FILES_MAX {
        found.errors = vec![format!(
            "output files are limited to {bytes_max} bytes and {FILES_MAX} files"
        )];
        found.files.clear();
    }
    let error = (!found.errors.is_empty()).then(|| found.errors.join("; "));
    let answer = Answer::Collected {
        files: found.files.clone(),
        error,
    };
    write_frame(&mut to, &answer)?;
    found
        .files
        .iter()
        .try_for_each(|file| send_content(&mut to, root.as_fd(), file))
}

fn send_content(to: &mut impl Write, root: BorrowedFd<'_>, head: &FileHead) -> io::Result<()> {
    let file = File::from(open(root, Path::new(&head.path))?);
    if !file.metadata()?.is_file() || io::copy(&mut file.take(head.len), to)? != head.len {
        return Err(io::Error::other("a file changed after the end"));
    }
    Ok(())
}

/// `path` itself, or the files below it; what does not exist is not there, which is no error.
fn find(found: &mut Found, root: BorrowedFd<'_>, path: &Path, depth: usize) -> io::Result<()> {
    let file = match open(root, path) {
        Ok(file) => File::from(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return find_below(found, root, path, &file, depth);
    }
    if !metadata.is_file() {
        // Named itself it is an error; in a folder it is passed over.
        return if depth == 0 {
            Err(io::Error::other("not a regular file"))
        } else {
            Ok(())
        };
    }
    add(found, path, &metadata)
}

fn find_below(found: &mut Found, root: BorrowedFd<'_>, path: &Path, folder: &File, depth: usize) -> io::Result<()> {
    if depth >= DEPTH_MAX {
        return Err(io::Error::other(format!("folders deeper than {DEPTH_MAX}")));
    }
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = Path::new(std::ffi::OsStr::from_bytes(entry.file_name().to_bytes()));
        if name == Path::new(".") || name == Path::new("..") || entry.file_type().is_symlink() {
            continue;
        }
        if found.files.len() > FILES_MAX || found.bytes > found.bytes_max {
            return Ok(());
        }
        find(found, root, &path.join(name), depth + 1)?;
    }
    Ok(())
}

fn add(found: &mut Found, path: &Path, metadata: &Metadata) -> io::Result<()> {
    let name = normal(path).into_os_string().into_string();
    let name = name.map_err(|_| io::Error::other("a name is not UTF-8"))?;
    found.bytes = found.bytes.saturating_add(metadata.len());
    found.files.push(FileHead {
        path: name,
        len: metadata.len(),
        executable: metadata.permissions().mode() & 0o100 != 0,
        given: false,
    });
    Ok(())
}

/// Without `.` components; `..` was resolved by nobody, since it cannot be part of a clean path.
fn normal(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}

fn open(root: BorrowedFd<'_>, path: &Path) -> io::Result<OwnedFd> {
    if path.components().any(|component| component == Component::ParentDir) {
        return Err(io::Error::other("must not contain .."));
    }
    Ok(openat2(root, path, OPEN, Mode::empty(), RESOLVE)?)
}
