//! What there is on this machine of the sandbox: what an attack leaves behind shows as more than before.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// First of the users that jails have; nobody else's numbers are as high.
const FIRST_USER: u32 = 0x7000_0000;

/// In the names of files that cases make, so that they are found wherever they should turn up.
const MARK: &str = "hostile-mark";

/// In the names of the database's files.
const DATABASE: &str = "test.db";

/// Where everybody may write.
const PUBLIC: [&str; 6] = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/box", "/"];

/// How often it is looked whether what has ended is gone: the kernel tells nobody when a group or a mount is.
const EVERY: Duration = Duration::from_millis(5);

/// Reached only when something stays.
const PATIENCE: Duration = Duration::from_secs(20);

/// For how long nothing must change to be called settled.
const CALM: Duration = Duration::from_secs(1);

/// The control group in which each process has one of its own for its jails, named after itself, or that in which a Docker
/// daemon makes those of its containers.
pub(crate) fn group() -> String {
    docker_group().unwrap_or_else(|| "codecrafter-hostile".to_owned())
}

fn docker_group() -> Option<String> {
    std::env::var("CODECRAFTER_TEST_DOCKER_GROUP").ok()
}

/// How many there are of each kind of thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Census(BTreeMap<&'static str, u64>);

impl Census {
    /// Counts. `data` is a folder in which nothing but the database is expected.
    pub(crate) fn take(data: &Path) -> Self {
        let count = |entries: usize| entries as u64;
        Self(BTreeMap::from([
            ("processes in jails", count(processes(is_in_group))),
            ("child processes", count(processes(is_child))),
            ("control groups", count(groups().len())),
            ("mounts", count(lines("/proc/self/mountinfo", |_| true))),
            ("open descriptors", count(descriptors())),
            ("files in public places", count(strangers_files())),
            ("bytes beside the database", bytes(data)),
            (
                "System V shared memory",
                count(lines("/proc/sysvipc/shm", |line| has_user(line, 7))),
            ),
            (
                "System V semaphores",
                count(lines("/proc/sysvipc/sem", |line| has_user(line, 4))),
            ),
            (
                "System V queues",
                count(lines("/proc/sysvipc/msg", |line| has_user(line, 7))),
            ),
            (
                "users with kernel keys",
                count(lines("/proc/key-users", |line| has_user(line, 0))),
            ),
        ]))
    }

    /// Waits until there is no more of anything than in `self`.
    ///
    /// # Errors
    /// What there is too much of.
    pub(crate) fn wait_until_back(&self, data: &Path) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let more = self.more(&Self::take(data));
            if more.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("left behind: {}", more.join(", ")));
            }
            std::thread::sleep(EVERY);
        }
    }

    /// Counts once nothing changes any more.
    pub(crate) fn settled(data: &Path) -> Self {
        let (mut census, mut since) = (Self::take(data), Instant::now());
        while since.elapsed() < CALM {
            std::thread::sleep(EVERY);
            let next = Self::take(data);
            if next != census {
                (census, since) = (next, Instant::now());
            }
        }
        census
    }

    fn more(&self, now: &Self) -> Vec<String> {
        let more = now
            .0
            .iter()
            .filter(|(what, count)| self.0.get(*what).is_none_or(|before| *count > before));
        more.map(|(what, count)| format!("{what}: {count}, before {:?}", self.0.get(what)))
            .collect()
    }
}

/// How the names of this process's groups begin. A daemon's are all of this process.
fn own() -> String {
    docker_group().map_or_else(|| format!("{}-", std::process::id()), |_| String::new())
}

/// This process's control groups, in any hierarchy, inner ones last.
pub(crate) fn groups() -> Vec<PathBuf> {
    let named = shared_groups().into_iter().flat_map(folder);
    let is_own = |path: &PathBuf| {
        path.is_dir()
            && path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&own()))
    };
    let mut found: Vec<PathBuf> = named.filter(is_own).collect();
    let mut next = 0;
    while let Some(group) = found.get(next) {
        found.extend(folder(group).into_iter().filter(|entry| entry.is_dir()));
        next += 1;
    }
    found
}

/// Removes what the sandbox leaves for its next start.
pub(crate) fn tidy() {
    for group in shared_groups() {
        // Another suite may be in it.
        let _ = fs::remove_dir(group);
    }
}

fn shared_groups() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = [root.to_owned()].into_iter().chain(folder(root));
    hierarchies
        .map(|hierarchy| hierarchy.join(group()))
        .filter(|group| group.is_dir())
        .collect()
}

fn processes(is_meant: impl Fn(&Path) -> bool) -> usize {
    let is_process = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.iter().all(u8::is_ascii_digit)
    };
    folder("/proc")
        .iter()
        .filter(|path| is_process(path) && is_meant(path))
        .count()
}

fn is_in_group(process: &Path) -> bool {
    fs::read_to_string(process.join("cgroup")).is_ok_and(|groups| groups.contains(&format!("/{}/{}", group(), own())))
}

/// But for the database's, of whose connections the store opens and closes as many as it finds right.
fn descriptors() -> usize {
    let is_other =
        |path: &PathBuf| fs::read_link(path).is_ok_and(|target| !target.to_string_lossy().contains(DATABASE));
    folder("/proc/self/fd").iter().filter(|path| is_other(path)).count()
}

/// Launchers are; a jail's processes are their launcher's.
fn is_child(process: &Path) -> bool {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    // After the name in parentheses: the state, the parent.
    let parent = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
    parent == Some(std::process::id())
}

fn strangers_files() -> usize {
    let is_strange = |path: &PathBuf| {
        let owner = fs::symlink_metadata(path).map(|metadata| metadata.uid());
        owner.is_ok_and(|uid| uid >= FIRST_USER && uid != u32::MAX) || path.to_string_lossy().contains(MARK)
    };
    PUBLIC.iter().flat_map(folder).filter(is_strange).count()
}

fn bytes(data: &Path) -> u64 {
    let files = folder(data)
        .into_iter()
        .filter(|path| !path.to_string_lossy().contains(DATABASE));
    files
        .map(|path| fs::symlink_metadata(path).map_or(0, |metadata| 1 + metadata.len()))
        .sum()
}

fn has_user(line: &str, column: usize) -> bool {
    let user = line
        .split_whitespace()
        .nth(column)
        .map(|user| user.trim_end_matches(':').parse::<u32>());
    matches!(user, Some(Ok(user)) if user >= FIRST_USER)
}

fn lines(file: &str, is_meant: impl Fn(&str) -> bool) -> usize {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter(|line| is_meant(line)).count()
}

fn folder(path: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
