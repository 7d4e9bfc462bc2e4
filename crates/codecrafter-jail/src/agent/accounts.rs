//! What the container's own control group says, from inside: the runtime shows it read-only.

use std::fs;
use std::io;
use std::path::Path;

use crate::wire::Accounts;

/// Where control groups are.
const ROOT: &str = "/sys/fs/cgroup";

/// The group's accounts and limits.
pub(super) fn read() -> io::Result<Accounts> {
    read_below(Path::new(ROOT))
}

fn read_below(root: &Path) -> io::Result<Accounts> {
    if root.join("cgroup.controllers").exists() {
        v2(root)
    } else {
        v1(root)
    }
}

fn v1(root: &Path) -> io::Result<Accounts> {
    let memory = root.join("memory");
    let cpu_ns = number(&root.join("cpuacct"), "cpuacct.usage")?;
    Ok(Accounts {
        cpu_us: cpu_ns / 1000,
        memory_peak: Some(number(&memory, "memory.max_usage_in_bytes")?),
        oom_kills: field(&memory, "memory.oom_control", "oom_kill")?,
        memory_max: number(&memory, "memory.limit_in_bytes")?,
        pids_max: number(&root.join("pids"), "pids.max")?,
        sockets_max: Some(number(&memory, "memory.kmem.tcp.limit_in_bytes")?),
    })
}

fn v2(root: &Path) -> io::Result<Accounts> {
    Ok(Accounts {
        cpu_us: field(root, "cpu.stat", "usage_usec")?,
        // Since Linux 5.19.
        memory_peak: number(root, "memory.peak").ok(),
        oom_kills: field(root, "memory.events", "oom_kill")?,
        memory_max: number(root, "memory.max")?,
        pids_max: number(root, "pids.max")?,
        sockets_max: None,
    })
}

fn text(folder: &Path, file: &str) -> io::Result<String> {
    let path = folder.join(file);
    fs::read_to_string(&path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// `max` is a number, too: the largest.
fn number(folder: &Path, file: &str) -> io::Result<u64> {
    let text = text(folder, file)?;
    match text.trim() {
        "max" => Ok(u64::MAX),
        number => number
            .parse()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("{file}: {text:?}"))),
    }
}

fn field(folder: &Path, file: &str, key: &str) -> io::Result<u64> {
    let text = text(folder, file)?;
    let values = text.lines().filter_map(|line| line.split_once(' '));
    let mut named = values.filter(|(name, _)| *name == key);
    named
        .next()
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{file}: no {key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
        let name = format!("codecrafter-accounts-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        for (file, content) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
            fs::write(path, content).expect("written");
        }
        folder
    }

    #[test]
    fn both_versions_are_read() {
        let v1 = folder(
            "v1",
            &[
                ("cpuacct/cpuacct.usage", "5000\n"),
                ("memory/memory.max_usage_in_bytes", "4096\n"),
                (
                    "memory/memory.oom_control",
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
                ),
                ("memory/memory.limit_in_bytes", "8192\n"),
                ("memory/memory.kmem.tcp.limit_in_bytes", "2048\n"),
                ("pids/pids.max", "max\n"),
            ],
        );
        let v2 = folder(
            "v2",
            &[
                ("cgroup.controllers", "cpu memory pids\n"),
                ("cpu.stat", "usage_usec 5\nuser_usec 4\n"),
                ("memory.peak", "4096\n"),
                ("memory.events", "oom 7\noom_kill 2\n"),
                ("memory.max", "8192\n"),
                ("pids.max", "max\n"),
            ],
        );
        let expected = Accounts {
            cpu_us: 5,
            memory_peak: Some(4096),
            oom_kills: 2,
            memory_max: 8192,
            pids_max: u64::MAX,
            sockets_max: None,
        };
        let with_sockets = Accounts {
            sockets_max: Some(2048),
            ..expected
        };
        assert_eq!(read_below(&v1).expect("version 1"), with_sockets);
        assert_eq!(read_below(&v2).expect("version 2"), expected);
        for folder in [v1, v2] {
            fs::remove_dir_all(folder).expect("removed");
        }
        let error = read_below(Path::new("/no/such/folder")).expect_err("nothing there");
        assert!(error.to_string().contains("cpuacct.usage"), "{error}");
    }
}
