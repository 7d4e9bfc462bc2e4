//! The root file system that all jails of a launcher share: read-only, without anything of the host but what is named.

use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, StatVfsMountFlags, mknodat};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_change, mount_remount,
    move_mount, open_tree, unmount,
};

use crate::error::{Result, Step};
use crate::etc::Etc;
use crate::protocol::Privileges;
use crate::{protocol, sys, terminal};

/// Parts of the base system at the root: a link where the host has one (merged `/usr`), else its folder.
const BASE: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// Where the new root is put for a moment; every system has it, and what it hides has been opened before.
const STAGING: &str = "/tmp";

/// The only devices: name, major and minor number.
const DEVICES: [(&str, u32, u32); 5] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
];

/// What a program calls its terminal, in jails that have one: like [`DEVICES`].
const TERMINAL: (&str, u32, u32) = ("tty", 5, 0);

/// Links in `/dev`.
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];

/// Where each jail puts its own mounts.
const MOUNT_POINTS: [&str; 4] = ["/proc", "/box", "/tmp", "/dev/shm"];

/// Of the host's files, opened before they go out of sight.
enum Visible {
    Link(PathBuf, PathBuf),
    Tree(OwnedFd, PathBuf),
}

/// How the parts get there that only the host's root can make.
enum Borrowed {
    /// Root makes them.
    Nothing,
    /// In a user namespace devices are those of the host (name and mount), and so is `/proc`, until each jail has its own.
    Host {
        devices: Vec<(&'static str, OwnedFd)>,
        proc: OwnedFd,
    },
}

/// Moves this process into a mount namespace whose root is a new template; nothing of the host stays reachable.
pub(crate) fn enter(template: &protocol::Template) -> Result<()> {
    sys::unshare(libc::CLONE_NEWNS).step("new mount namespace")?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).step("make mounts private")?;
    let etc = Etc::read();
    let mut visible = base()?;
    for (source, target) in &template.mounts {
        visible.push(Visible::Tree(open(source)?, target.clone()));
    }
    let borrowed = borrow(template)?;
    replace_root()?;
    for directory in ["/etc", "/dev"] {
        make_dir(Path::new(directory))?;
    }
    etc.write()?;
    mount_dev()?;
    match &borrowed {
        Borrowed::Nothing => make_devices(template.terminal)?,
        Borrowed::Host { devices, .. } => place_devices(devices)?,
    }
    link_devices()?;
    for part in visible {
        place(part)?;
    }
    let terminals = template.terminal.then_some(terminal::MOUNT_POINT);
    for point in MOUNT_POINTS.into_iter().chain(terminals) {
        make_dir(Path::new(point))?;
    }
    if let Borrowed::Host { proc, .. } = &borrowed {
        attach(proc, Path::new("/proc")).step("mount the host's /proc")?;
    }
    seal("/dev", MountFlags::NOSUID | MountFlags::NOEXEC)?;
    seal("/", MountFlags::NOSUID | MountFlags::NODEV)
}

fn borrow(template: &protocol::Template) -> Result<Borrowed> {
    if template.privileges == Privileges::Root {
        return Ok(Borrowed::Nothing);
    }
    let devices = named_devices(template.terminal)
        .map(|(name, ..)| Ok((name, open(&Path::new("/dev").join(name))?)))
        .collect::<Result<_>>()?;
    // With everything on it: what hides a part of it must not be lifted off.
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    let proc = open_tree(CWD, "/proc", flags).step("open mount /proc")?;
    Ok(Borrowed::Host { devices, proc })
}

fn named_devices(terminal: bool) -> impl Iterator<Item = (&'static str, u32, u32)> {
    DEVICES.into_iter().chain(terminal.then_some(TERMINAL))
}

fn base() -> Result<Vec<Visible>> {
    let mut visible = Vec::new();
    for path in BASE.map(Path::new) {
        let Ok(kind) = fs::symlink_metadata(path) else {
            continue;
        };
        visible.push(if kind.is_symlink() {
            let target = fs::read_link(path).step(format!("read link {}", path.display()))?;
            Visible::Link(target, path.to_owned())
        } else {
            Visible::Tree(open(path)?, path.to_owned())
        });
    }
    Ok(visible)
}

/// A detached copy of one mount, from `path` down; mounts below it stay out.
fn open(path: &Path) -> Result<OwnedFd> {
    open_tree(
        CWD,
        path,
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC,
    )
    .step(format!("open mount {}", path.display()))
}

fn replace_root() -> Result<()> {
    mount(
        "codecrafter",
        STAGING,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        c"mode=0755,size=16m",
    )
    .step("mount the root")?;
    rustix::process::chdir(STAGING).step("enter the root")?;
    rustix::process::pivot_root(".", ".").step("pivot into the root")?;
    unmount(".", UnmountFlags::DETACH).step("leave the host's root")?;
    rustix::process::chdir("/").step("enter the root")
}

fn mount_dev() -> Result<()> {
    mount(
        "codecrafter",
        "/dev",
        "tmpfs",
        MountFlags::NOSUID,
        c"mode=0755,size=64k",
    )
    .step("mount /dev")
}

fn make_devices(terminal: bool) -> Result<()> {
    for (name, major, minor) in named_devices(terminal) {
        let path = Path::new("/dev").join(name);
        mknodat(
            CWD,
            &path,
            FileType::CharacterDevice,
            Mode::from_raw_mode(0o666),
            rustix::fs::makedev(major, minor),
        )
        .step(format!("make device {}", path.display()))?;
        set_mode(&path, 0o666)?;
    }
    Ok(())
}

fn place_devices(devices: &[(&'static str, OwnedFd)]) -> Result<()> {
    for (name, device) in devices {
        let path = Path::new("/dev").join(name);
        fs::write(&path, "")
            .and_then(|()| attach(device, &path))
            .step(format!("mount device {}", path.display()))?;
    }
    Ok(())
}

fn link_devices() -> Result<()> {
    for (name, target) in DEVICE_LINKS {
        symlink(target, Path::new("/dev").join(name)).step(format!("link /dev/{name}"))?;
    }
    Ok(())
}

fn place(part: Visible) -> Result<()> {
    match part {
        Visible::Link(target, path) => symlink(target, &path).step(format!("link {}", path.display())),
        Visible::Tree(tree, path) => {
            let step = format!("mount on {}", path.display());
            make_point(&tree, &path).step(&step)?;
            attach(&tree, &path).step(&step)?;
            seal(&path, MountFlags::NOSUID | MountFlags::NODEV)
        }
    }
}

fn attach(tree: &OwnedFd, path: &Path) -> io::Result<()> {
    Ok(move_mount(
        tree,
        "",
        CWD,
        path,
        MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
    )?)
}

/// A mount is put on a folder or on a file, as it is one.
fn make_point(tree: &OwnedFd, path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let is_dir = FileType::from_raw_mode(rustix::fs::fstat(tree.as_fd())?.st_mode).is_dir();
    if is_dir {
        return fs::create_dir_all(path);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, "")
}

fn seal(path: impl AsRef<Path>, flags: MountFlags) -> Result<()> {
    let path = path.as_ref();
    // In a user namespace it cannot be taken away, and nowhere should it be.
    let noexec = rustix::fs::statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::NOEXEC));
    let kept = if noexec {
        MountFlags::NOEXEC
    } else {
        MountFlags::empty()
    };
    mount_remount(path, MountFlags::BIND | MountFlags::RDONLY | flags | kept, c"")
        .step(format!("make {} read-only", path.display()))
}

fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).step(format!("make folder {}", path.display()))?;
    set_mode(path, 0o755)
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode)).step(format!("set mode of {}", path.display()))
}
