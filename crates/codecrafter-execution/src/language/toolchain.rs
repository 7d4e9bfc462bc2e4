//! Finding a language's toolchain on this machine.

use std::collections::HashMap;
use std::env;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use codecrafter_sandbox::Mount;
use tokio::process::Command;

use super::definition::{Definition, Probe};
use super::template::Values;
use super::{Language, Missing};

/// How long a toolchain may take to say its version; the slowest (a cold JDK) needs about a second.
const PROBE_TIMEOUT: Duration = Duration::from_secs(20);

/// What every jail sees anyway.
const BASE_SYSTEM: [&str; 5] = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// What each jail has of its own: the host's would be out of sight.
const COVERED: [&str; 4] = ["/box", "/dev", "/proc", "/tmp"];

/// Where commands are looked up.
#[derive(Debug, Clone, Default)]
pub struct SearchPath {
    /// Before anything that a language's file names.
    preferred: Vec<PathBuf>,
    usual: Vec<PathBuf>,
}

impl SearchPath {
    /// The folders in `CODECRAFTER_TOOLCHAIN_PATH`, then those in `PATH`.
    pub fn from_env() -> Self {
        let folders = |name| env::var_os(name).map_or_else(Vec::new, |value| env::split_paths(&value).collect());
        Self {
            preferred: folders("CODECRAFTER_TOOLCHAIN_PATH"),
            usual: folders("PATH"),
        }
    }

    /// The first of `commands` that exists, symbolic links not followed: a proxy looks at its own name.
    fn find(&self, commands: &[String]) -> Option<PathBuf> {
        let names = commands.iter().filter(|command| !command.contains('/'));
        let preferred = names.flat_map(|name| self.preferred.iter().map(move |folder| folder.join(name)));
        let usual = commands.iter().flat_map(|command| {
            let folders = if command.starts_with('/') {
                &[][..]
            } else {
                &self.usual[..]
            };
            let absolute = command.starts_with('/').then(|| PathBuf::from(command));
            absolute
                .into_iter()
                .chain(folders.iter().map(move |folder| folder.join(command)))
        });
        preferred
            .chain(usual)
            .find(|path| path.is_absolute() && is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Finds a language's toolchain. What it prepares goes below `cache`.
pub(crate) async fn detect(
    definition: Definition,
    search: &SearchPath,
    cache: Option<&Path>,
) -> Result<Language, Missing> {
    let missing = |reason: String| Missing {
        id: definition.id.clone(),
        name: definition.name.clone(),
        reason,
        install: definition.toolchain.install.clone(),
    };
    let values = ask(&definition, search).await.map_err(missing)?;
    let version = values.fill("{version}").map_err(missing)?;
    require(&definition, &values).map_err(missing)?;
    let compile_mounts = match &definition.compile {
        Some(compile) => mounts(&compile.mounts, &compile.argv, &values).map_err(missing)?,
        None => Vec::new(),
    };
    let run_mounts = mounts(&definition.run.mounts, &definition.run.argv, &values).map_err(missing)?;
    let run_limits = definition.run_limits().map_err(missing)?;
    let compile_limits = definition.compile_limits().map_err(missing)?;
    let identity = identity(&definition, &values).map_err(missing)?;
    let prepared = cache.filter(|_| !definition.warm.is_empty()).map(|cache| {
        let key = prepared_key(&definition, &values, &identity);
        cache.join(format!("{}-{version}-{key:016x}", definition.id))
    });
    Ok(Language {
        definition,
        version,
        identity,
        run_limits,
        compile_limits,
        values,
        compile_mounts,
        run_mounts,
        prepared,
    })
}

/// The placeholders that describe the toolchain.
async fn ask(definition: &Definition, search: &SearchPath) -> Result<Values, String> {
    let toolchain = &definition.toolchain;
    let command = search
        .find(&toolchain.commands)
        .ok_or_else(|| format!("no {} in PATH", toolchain.commands.join(" or ")))?;
    let mut values = Values::default().with("command", command.to_string_lossy());
    for need in &toolchain.needs {
        let path = search.find(std::slice::from_ref(need));
        let path = path.ok_or_else(|| format!("no {need} in PATH"))?;
        values = values.with(need, path.to_string_lossy());
    }
    let mut answers = HashMap::new();
    if let Some(probe) = &toolchain.home {
        let home = answer(probe, &values, &mut answers).await?;
        values = values.with("home", home);
    }
    let mut asked = Vec::new();
    for (name, probe) in &toolchain.ask {
        asked.push((name, answer(probe, &values, &mut answers).await?));
    }
    let version = answer(&toolchain.version, &values, &mut answers).await?;
    for (name, said) in asked {
        values = values.with(name, said);
    }
    let version = version.split_whitespace().next().unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    Ok(values.with("version", version).with("major", major))
}

/// What a probe's command says. One command that answers two questions runs once.
async fn answer(probe: &Probe, values: &Values, said: &mut HashMap<Vec<String>, String>) -> Result<String, String> {
    let argv = values.fill_all(&probe.argv, &[])?;
    let text = match said.get(&argv) {
        Some(text) => text.clone(),
        None => said.entry(argv.clone()).or_insert(output(&argv).await?).clone(),
    };
    let after = probe.after.as_deref().unwrap_or_default();
    let answer = text
        .split_once(after)
        .and_then(|(_, rest)| rest.lines().next())
        .map(str::trim);
    match answer {
        Some(answer) if !answer.is_empty() => Ok(answer.to_owned()),
        _ => Err(format!(
            "{} does not say what it is: {:?}",
            argv.join(" "),
            first_line(&text)
        )),
    }
}

/// Standard output followed by standard error.
async fn output(argv: &[String]) -> Result<String, String> {
    let (program, arguments) = argv.split_first().ok_or("argv: must not be empty")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PROBE_TIMEOUT, command.output()).await;
    let output = output.map_err(|_| format!("{program} does not answer"))?;
    let output = output.map_err(|error| format!("{program} does not start: {error}"))?;
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if !output.status.success() {
        return Err(format!("{} fails: {}", argv.join(" "), first_line(&stderr)));
    }
    Ok(format!("{stdout}{stderr}"))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// That what is needed exists.
fn require(definition: &Definition, values: &Values) -> Result<(), String> {
    let paths = values.fill_all(&definition.toolchain.requires, &[])?;
    match paths.iter().find(|path| !Path::new(path).exists()) {
        Some(path) => Err(format!("{path} does not exist")),
        None => Ok(()),
    }
}

/// What of the host a stage's jails see, besides the base system; its program has to be there.
fn mounts(paths: &[String], argv: &[String], values: &Values) -> Result<Vec<Mount>, String> {
    let paths = values.fill_all(paths, &[])?;
    let outside = paths.into_iter().map(PathBuf::from);
    let mounts: Vec<Mount> = outside
        .filter(|path| !is_in_base_system(path) && path.exists())
        .map(|path| Mount {
            source: path.clone(),
            target: path,
        })
        .collect();
    if let Some(covered) = mounts.iter().find(|mount| is_covered(&mount.target)) {
        return Err(format!(
            "{} is in a folder that jails have one of their own of; move it",
            covered.target.display()
        ));
    }
    let program = values.fill(argv.first().map_or("", String::as_str))?;
    let path = Path::new(&program);
    let mounted = mounts.iter().any(|mount| path.starts_with(&mount.target));
    if mounted || is_in_base_system(path) || path.starts_with(codecrafter_sandbox::BOX) {
        return Ok(mounts);
    }
    Err(format!(
        "{program} is outside of what jails see; name its folder in mounts"
    ))
}

fn is_covered(path: &Path) -> bool {
    COVERED.iter().any(|own| path.starts_with(own))
}

fn is_in_base_system(path: &Path) -> bool {
    BASE_SYSTEM.iter().any(|base| path.starts_with(base))
}

/// Changes when the toolchain is replaced, even by one that calls itself the same version.
fn identity(definition: &Definition, values: &Values) -> Result<String, String> {
    let mut paths = values.fill_all(&definition.toolchain.requires, &[])?;
    paths.push(values.fill("{command}")?);
    let seen = paths.into_iter().map(|path| {
        let metadata = std::fs::metadata(&path).map(|metadata| (metadata.len(), metadata.mtime()));
        format!("{path}: {metadata:?}\n")
    });
    Ok(seen.collect())
}

/// Changes whenever what is prepared would.
fn prepared_key(definition: &Definition, values: &Values, identity: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{:?}{values:?}{identity}", definition.warm).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(text: &str) -> Definition {
        Definition::parse(text).expect("a readable file")
    }

    const SHELL: &str = r#"
        id = "shell"
        name = "Shell"
        source_name = "main.sh"
        extensions = ["sh"]
        sample = "read -r name; echo \"Hello, $name!\""
        toolchain.install = "apt install dash"
        toolchain.commands = ["no-such-shell", "/bin/sh"]
        toolchain.home = { argv = ["{command}", "-c", "echo said: /usr"], after = "said: " }
        toolchain.version = { argv = ["{command}", "-c", "echo version 1.2.3 of today"], after = "version " }
        toolchain.ask.libraries = { argv = ["{command}", "-c", "echo {home}/lib"] }
        toolchain.requires = ["{home}/bin"]
        run.mounts = ["{home}", "/no/such/folder", "/etc"]
        run.argv = ["{command}", "{entry}", "{args}"]
    "#;

    fn search() -> SearchPath {
        SearchPath {
            preferred: Vec::new(),
            usual: vec!["/usr/bin".into(), "/bin".into()],
        }
    }

    #[tokio::test]
    async fn a_toolchain_is_found_and_asked() {
        let language = detect(definition(SHELL), &search(), None)
            .await
            .expect("every machine has a shell");
        assert_eq!(language.version, "1.2.3");
        assert_eq!(
            language.values.fill("{home} {major} {command} {libraries}").as_deref(),
            Ok("/usr 1 /bin/sh /usr/lib")
        );
        let mounted: Vec<_> = language.run_mounts.into_iter().map(|mount| mount.source).collect();
        assert_eq!(
            mounted,
            [PathBuf::from("/etc")],
            "the base system and absent folders are left out"
        );
    }

    #[tokio::test]
    async fn what_is_missing_is_said() {
        for (changed, to, said) in [
            ("\"/bin/sh\"", "\"/bin/no-such-shell\"", "PATH"),
            ("{home}/bin", "/no/such/file", "/no/such/file"),
            ("echo version 1.2.3 of today", "exit 3", "fails"),
            ("echo version 1.2.3 of today", "echo nothing", "nothing"),
            ("\"/etc\"]", "\"/tmp\"]", "/tmp"),
            (
                "[\"{command}\", \"{entry}\"",
                "[\"/opt/x/sh\", \"{entry}\"",
                "/opt/x/sh",
            ),
        ] {
            assert!(SHELL.contains(changed));
            let changed = definition(&SHELL.replace(changed, to));
            let missing = detect(changed, &search(), None).await.expect_err(said);
            assert!(missing.reason.contains(said), "{}", missing.reason);
            assert_eq!(missing.install, "apt install dash");
        }
    }

    #[test]
    fn preferred_folders_come_first() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = folder.path().join("sh");
        std::fs::write(&own, "").expect("written");
        let preferring = SearchPath {
            preferred: vec![folder.path().into()],
            ..search()
        };
        let commands = ["/bin/sh".to_owned(), "sh".to_owned()];
        assert_eq!(preferring.find(&commands), Some("/bin/sh".into()), "not executable");
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).expect("permitted");
        assert_eq!(preferring.find(&commands), Some(own));
    }
}
