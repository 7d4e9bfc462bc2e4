//! What a session can begin with, besides the sample.

use codecrafter_domain::execution::bounds;
use codecrafter_domain::path;
use serde::Deserialize;

/// Ids that every language has.
const ALWAYS: [&str; 2] = ["sample", "empty"];

/// What a session can begin with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Identifier within the language; not `sample` or `empty`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The files; the first is the one to start.
    pub files: Vec<TemplateFile>,
}

/// A text file of a template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
    /// Relative path, `/`-separated.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// Says what is wrong with the templates of a language, for a person.
pub(super) fn check(templates: &[Template]) -> Result<(), String> {
    let mut ids: Vec<&str> = ALWAYS.to_vec();
    for template in templates {
        let id = template.id.as_str();
        let wrong = |why: String| Err(format!("templates: {id:?}: {why}"));
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > 32 || !id.chars().all(allowed) {
            return wrong("the id must be 1 to 32 of a-z, 0-9 and -".into());
        }
        if ids.contains(&id) {
            return wrong("there is another one of this id".into());
        }
        ids.push(id);
        if template.files.is_empty() || template.files.len() > bounds::FILES {
            return wrong(format!("must have 1 to {} files", bounds::FILES));
        }
        for file in &template.files {
            path::check(&file.path).map_err(|error| format!("templates: {id:?}: {}: {error}", file.path))?;
        }
        if let Some(index) = path::first_collision(template.files.iter().map(|file| file.path.as_str())) {
            return wrong(format!("{}: collides with another file", template.files[index].path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(id: &str, paths: &[&str]) -> Template {
        let file = |path: &&str| TemplateFile {
            path: (*path).to_owned(),
            content: String::new(),
        };
        Template {
            id: id.into(),
            name: "Name".into(),
            files: paths.iter().map(file).collect(),
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(check(&[template("tests", &["a.py", "b.py"])]), Ok(()));
        for (templates, word) in [
            (vec![template("sample", &["a.py"])], "another"),
            (vec![template("a", &["a.py"]), template("a", &["a.py"])], "another"),
            (vec![template("A b", &["a.py"])], "a-z"),
            (vec![template("a", &[])], "files"),
            (vec![template("a", &["../a.py"])], "../a.py"),
            (vec![template("a", &["a.py", "A.py"])], "collides"),
        ] {
            let error = check(&templates).expect_err(word);
            assert!(error.contains(word), "{error}");
        }
    }
}
