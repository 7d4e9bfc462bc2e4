//! Folders named after the process that made them, so that those of dead processes are known and removed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// Distinguishes several sandboxes of one process.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// `<process id>-<start time>-<count>`: no two sandboxes share it, not even after a process id is used again.
pub(super) fn own_name() -> io::Result<String> {
    let pid = std::process::id();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Ok(format!("{pid}-{}-{count}", start_time(pid)?))
}

/// Removes the folders of processes that are gone. What cannot be removed is only reported: it holds nobody up.
pub(super) fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_left = entry.path().is_dir() && name.to_str().is_none_or(|name| !is_alive(name));
        if is_left {
            remove(&entry.path());
        }
    }
}

fn is_alive(name: &str) -> bool {
    let mut parts = name.split('-').map(str::parse::<u64>);
    let (Some(Ok(pid)), Some(Ok(started))) = (parts.next(), parts.next()) else {
        // Not named by us, so not ours to judge.
        return true;
    };
    u32::try_from(pid).is_ok_and(|pid| start_time(pid).is_ok_and(|time| time == started))
}

/// In clock ticks since the machine started (`proc_pid_stat(5)`, field 22).
fn start_time(pid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name
        .split_whitespace()
        .nth(19)
        .and_then(|field| field.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no start time in /proc/<pid>/stat"))
}

/// Removes a group and those below it, after killing what is in them.
pub(super) fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    match fs::remove_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            kill_all(folder);
            if let Err(again) = fs::remove_dir(folder) {
                tracing::debug!(folder = %folder.display(), %error, %again, "a control group stays for the next sweep");
            }
        }
    }
}

/// Kills all processes of a group in one step, where the kernel can (cgroup v2, Linux 5.14).
pub(super) fn kill_at_once(folder: &Path) -> bool {
    // A folder of v1 lacks the file, and none may be made in it.
    let kill = OpenOptions::new().write(true).open(folder.join("cgroup.kill"));
    kill.and_then(|mut kill| kill.write_all(b"1")).is_ok()
}

fn kill_all(folder: &Path) {
    if kill_at_once(folder) {
        return;
    }
    let pids = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for pid in pids
        .lines()
        .filter_map(|line| line.parse().ok())
        .filter_map(Pid::from_raw)
    {
        // It may have ended by itself in the meantime.
        let _ = kill_process(pid, Signal::KILL);
    }
}
