use super::*;

#[test]
fn every_file_can_be_read() {
    for (file, text) in BUILT_IN {
        let definition = Definition::parse(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(*file, format!("{}.toml", definition.id), "a file is named after its id");
        assert!(!definition.toolchain.install.is_empty(), "{file} says what to install");
        assert!(definition.sample.len() > 20, "{file} has a sample");
        let extension = definition.source_name.rsplit('.').next().unwrap_or_default();
        assert_eq!(definition.extensions[0], extension, "{file}");
    }
    let ids: Vec<_> = Definition::built_in().into_iter().map(|one| one.id).collect();
    let first = ["c", "cpp", "go", "java", "javascript", "python", "rust"];
    assert!(first.iter().all(|id| ids.iter().any(|known| known == id)), "{ids:?}");
}

#[test]
fn ids_and_aliases_are_unique() {
    let mut names: Vec<String> = Definition::built_in()
        .into_iter()
        .flat_map(|one| one.aliases.into_iter().chain([one.id]))
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

fn text(changed: &str, to: &str) -> String {
    let text = BUILT_IN
        .iter()
        .find(|(file, _)| *file == "c.toml")
        .expect("C is built in")
        .1;
    assert!(text.contains(changed));
    text.replace(changed, to)
}

#[test]
fn mistakes_are_named() {
    for (changed, to, named) in [
        ("aliases", "alias", "alias"),
        ("{sources}", "{source}", "{source}"),
        ("{command}", "{home}/bin/gcc", "{home}"),
        ("collect = [\".program\"]", "collect = [\"../program\"]", "collect"),
        ("id = \"c\"", "id = \"C!\"", "C!"),
        ("\"-O0\"", "\"@/etc/passwd\"", "@/etc/passwd"),
        ("\"-O0\"", "\"-I/etc\"", "-I/etc"),
        ("\"-O0\"", "\"-fplugin=x\"", "plugin"),
        ("\"-O0\"", "\"-B..\"", "-B.."),
        ("\"-O0\"", "\"O0\"", "O0"),
        ("\"{options}\", ", "", "{options}"),
        ("[toolchain]", "[toolchain]\nask.x = { argv = [\"{y}\"] }", "{y}"),
        ("[run]", "[run]\nlimits = { cpu_ms = 0 }", "cpu_ms"),
        ("[run]", "[run]\nshell = \"sh -c\"", "shell"),
        ("argv = [\"/box/.program\", \"{args}\"]", "argv = []", "argv"),
    ] {
        let error = Definition::parse(&text(changed, to)).expect_err(named);
        assert!(error.contains(named), "{named}: {error}");
    }
}

#[test]
fn a_folder_that_does_not_exist_adds_nothing() {
    let all = Definition::built_in_and(Path::new("/no/such/folder")).expect("no error");
    assert_eq!(all.len(), BUILT_IN.len());
}

#[test]
fn a_folder_adds_and_replaces() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("c.toml"), text("gnu17", "gnu23")).expect("written");
    fs::write(folder.path().join("x.toml"), text("id = \"c\"", "id = \"x\"")).expect("written");
    fs::write(folder.path().join("notes.txt"), "not a language").expect("written");
    let all = Definition::built_in_and(folder.path()).expect("readable");
    assert_eq!(all.len(), BUILT_IN.len() + 1);
    let c = all.iter().find(|one| one.id == "c").expect("still there");
    assert!(
        c.compile
            .as_ref()
            .expect("compiled")
            .argv
            .contains(&"-std=gnu23".to_owned())
    );
}
