//! What to do where the kernel refuses the namespaces.

use std::fs;
use std::path::Path;

use codecrafter_jail::protocol::Privileges;

/// Switches below `/proc/sys` that forbid user namespaces to ordinary users, the value that allows them, and who has
/// them.
const SWITCHES: [(&str, &str, &str); 2] = [
    ("kernel/unprivileged_userns_clone", "1", "Debian"),
    ("kernel/apparmor_restrict_unprivileged_userns", "0", "Ubuntu"),
];

/// How many user namespaces each user may have.
const NUMBER: &str = "user/max_user_namespaces";

/// To be put after an error; `settings` is `/proc/sys`.
pub(super) fn on_namespaces(privileges: Privileges, settings: &Path) -> String {
    let read = |name: &str| fs::read_to_string(settings.join(name)).map(|value| value.trim().to_owned());
    let mut advice = Vec::new();
    if privileges == Privileges::Root {
        advice.push(
            "root needs all its capabilities here (in a container: --privileged, or start it outside)".to_owned(),
        );
    } else {
        let forbidding = |name: &str, allowing: &str| read(name).is_ok_and(|value| value != allowing);
        for (name, allowing, system) in SWITCHES.into_iter().filter(|switch| forbidding(switch.0, switch.1)) {
            let name = name.replace('/', ".");
            advice.push(format!(
                "this machine forbids user namespaces to ordinary users ({system}): sysctl -w {name}={allowing}, or start \
                 CodeCrafter as root"
            ));
        }
    }
    if read(NUMBER).is_ok_and(|value| value == "0") {
        advice.push("this machine allows no user namespaces: sysctl -w user.max_user_namespaces=10000".to_owned());
    }
    if advice.is_empty() {
        advice.push("start CodeCrafter as root, or see which kernel setting forbids namespaces (dmesg)".to_owned());
    }
    format!("; {}", advice.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str)], privileges: Privileges) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, value) in settings {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("below the folder")).expect("made");
            fs::write(file, format!("{value}\n")).expect("written");
        }
        on_namespaces(privileges, folder.path())
    }

    #[test]
    fn the_switch_that_forbids_is_named() {
        let debian = with(&[("kernel/unprivileged_userns_clone", "0")], Privileges::Namespace);
        assert!(
            debian.contains("sysctl -w kernel.unprivileged_userns_clone=1"),
            "{debian}"
        );
        let ubuntu = [("kernel/apparmor_restrict_unprivileged_userns", "1")];
        let ubuntu = with(&ubuntu, Privileges::Namespace);
        assert!(
            ubuntu.contains("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
            "{ubuntu}"
        );
        let none = with(&[("user/max_user_namespaces", "0")], Privileges::Namespace);
        assert!(none.contains("user.max_user_namespaces"), "{none}");
    }

    #[test]
    fn what_allows_is_not_blamed() {
        let settings = [
            ("kernel/unprivileged_userns_clone", "1"),
            ("kernel/apparmor_restrict_unprivileged_userns", "0"),
            ("user/max_user_namespaces", "95000"),
        ];
        let advice = with(&settings, Privileges::Namespace);
        assert!(!advice.contains("sysctl") && advice.contains("as root"), "{advice}");
        let root = with(&[("kernel/unprivileged_userns_clone", "0")], Privileges::Root);
        assert!(!root.contains("sysctl") && root.contains("capabilities"), "{root}");
    }
}
