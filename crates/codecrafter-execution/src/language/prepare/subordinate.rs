//! A command that gives way to everything else and never outlives this process, not even its `kill -9`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// Where a distribution keeps its own tools.
const FOLDERS: [&str; 3] = ["/usr/bin", "/bin", "/usr/local/bin"];

/// The command, wrapped in such tools as are there: `setpriv` has it killed when this process ends, `unshare` makes it
/// the first of a pid namespace, so that the processes which it has started end with it, and `nice` lets others go
/// first. It is also killed when the future of its output is dropped.
pub(super) fn command(argv: &[String]) -> Command {
    let mut whole: Vec<&str> = Vec::new();
    let tools = ["nice", "setpriv", "unshare"].map(find);
    if let Some(nice) = &tools[0] {
        whole.extend([nice, "-n", "10"]);
    }
    if let Some(setpriv) = &tools[1] {
        whole.extend([setpriv, "--pdeathsig", "KILL", "--"]);
    }
    // Only root may make namespaces without further ado.
    if let Some(unshare) = tools[2].as_ref().filter(|_| rustix::process::geteuid().is_root()) {
        whole.extend([unshare, "--pid", "--fork", "--kill-child=KILL", "--"]);
    }
    whole.extend(argv.iter().map(String::as_str));
    let mut command = Command::new(whole[0]);
    command.args(&whole[1..]).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn find(name: &str) -> Option<String> {
    let mut paths = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
    let path = paths.find(|path: &PathBuf| path.is_file())?;
    path.into_os_string().into_string().ok()
}
