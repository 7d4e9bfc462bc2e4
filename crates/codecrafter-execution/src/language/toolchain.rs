//! Finding a language's toolchain.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use codecrafter_sandbox::Mount;

use super::definition::{Definition, Probe};
use super::place::{Place, first_line};
use super::template::Values;
use super::{Language, Missing};

/// Finds a language's toolchain. What it prepares goes below `cache`.
pub(crate) async fn detect(
    definition: Definition,
    place: &Place<'_>,
    cache: Option<&Path>,
) -> Result<Language, Missing> {
    let missing = |reason: String| Missing {
        id: definition.id.clone(),
        name: definition.name.clone(),
        reason,
        install: definition.toolchain.install.clone(),
    };
    let values = ask(&definition, place).await.map_err(missing)?;
    let version = values.fill("{version}").map_err(missing)?;
    require(&definition, &values, place).await.map_err(missing)?;
    let compile_mounts = match &definition.compile {
        Some(compile) => mounts(&compile.mounts, &compile.argv, &values, place).map_err(missing)?,
        None => Vec::new(),
    };
    let run_mounts = mounts(&definition.run.mounts, &definition.run.argv, &values, place).map_err(missing)?;
    let run_limits = definition.run_limits().map_err(missing)?;
    let compile_limits = definition.compile_limits().map_err(missing)?;
    let identity = identity(&definition, &values, place).map_err(missing)?;
    let optional = optional(&definition, place).await.map_err(missing)?;
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
        optional,
        prepared,
    })
}

/// The placeholders that describe the toolchain.
async fn ask(definition: &Definition, place: &Place<'_>) -> Result<Values, String> {
    let toolchain = &definition.toolchain;
    let command = place.find(&toolchain.commands).await?;
    let mut values = Values::default().with("command", command.to_string_lossy());
    for need in &toolchain.needs {
        let path = place.find(std::slice::from_ref(need)).await?;
        values = values.with(need, path.to_string_lossy());
    }
    let mut answers = HashMap::new();
    if let Some(probe) = &toolchain.home {
        let home = answer(probe, &values, place, &mut answers).await?;
        values = values.with("home", home);
    }
    let mut asked = Vec::new();
    for (name, probe) in &toolchain.ask {
        asked.push((name, answer(probe, &values, place, &mut answers).await?));
    }
    let version = answer(&toolchain.version, &values, place, &mut answers).await?;
    for (name, said) in asked {
        values = values.with(name, said);
    }
    let version = version.split_whitespace().next().unwrap_or_default();
    let major = version.split('.').next().unwrap_or_default();
    Ok(values.with("version", version).with("major", major))
}

/// What a probe's command says. One command that answers two questions runs once.
async fn answer(
    probe: &Probe,
    values: &Values,
    place: &Place<'_>,
    said: &mut HashMap<Vec<String>, String>,
) -> Result<String, String> {
    let argv = values.fill_all(&probe.argv, &[])?;
    let text = match said.get(&argv) {
        Some(text) => text.clone(),
        None => said.entry(argv.clone()).or_insert(place.output(&argv).await?).clone(),
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

/// That what is needed exists.
async fn require(definition: &Definition, values: &Values, place: &Place<'_>) -> Result<(), String> {
    let paths = values.fill_all(&definition.toolchain.requires, &[])?;
    match place.missing(&paths).await? {
        Some(path) => Err(format!("{path} does not exist")),
        None => Ok(()),
    }
}

/// What of the place a stage's jails see, besides the base system.
fn mounts(paths: &[String], argv: &[String], values: &Values, place: &Place<'_>) -> Result<Vec<Mount>, String> {
    let program = values.fill(argv.first().map_or("", String::as_str))?;
    place.mounts(values.fill_all(paths, &[])?, &program)
}

/// Arguments that this place has a use for.
async fn optional(definition: &Definition, place: &Place<'_>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut optional = BTreeMap::new();
    for (name, each) in &definition.toolchain.optional {
        let missing = place.missing(std::slice::from_ref(&each.file)).await?;
        let argv = if missing.is_none() {
            each.argv.clone()
        } else {
            Vec::new()
        };
        optional.insert(name.clone(), argv);
    }
    Ok(optional)
}

/// Changes when the toolchain is replaced, even by one that calls itself the same version.
fn identity(definition: &Definition, values: &Values, place: &Place<'_>) -> Result<String, String> {
    let mut paths = values.fill_all(&definition.toolchain.requires, &[])?;
    paths.push(values.fill("{command}")?);
    Ok(place.identity(&paths))
}

/// Changes whenever what is prepared would.
fn prepared_key(definition: &Definition, values: &Values, identity: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{:?}{values:?}{identity}", definition.warm).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::language::SearchPath;

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

    /// Its shell is named by its path.
    fn search() -> SearchPath {
        SearchPath::default()
    }

    #[tokio::test]
    async fn a_toolchain_is_found_and_asked() {
        let language = detect(definition(SHELL), &Place::Here(&search()), None)
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
            let missing = detect(changed, &Place::Here(&search()), None).await.expect_err(said);
            assert!(missing.reason.contains(said), "{}", missing.reason);
            assert_eq!(missing.install, "apt install dash");
        }
    }
}
