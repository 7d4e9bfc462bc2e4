//! Placeholders such as `{entry}` in the argument lists of a language's file.

use std::collections::BTreeMap;

/// Values of placeholders that stand within one argument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values(BTreeMap<String, String>);

/// Values of placeholders that stand alone and become any number of arguments.
pub(crate) type Lists<'a> = [(&'a str, &'a [String])];

impl Values {
    /// These values and one more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// An argument with its placeholders filled in.
    ///
    /// # Errors
    /// Names a placeholder that has no value.
    pub(crate) fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Name(name) => {
                    let value = self.0.get(name);
                    filled.push_str(value.ok_or_else(|| format!("{text:?}: there is no {{{name}}} here"))?);
                }
            }
        }
        Ok(filled)
    }

    /// An argument list with its placeholders filled in.
    ///
    /// # Errors
    /// Names a placeholder that has no value.
    pub(crate) fn fill_all(&self, argv: &[String], lists: &Lists<'_>) -> Result<Vec<String>, String> {
        let mut filled = Vec::new();
        for argument in argv {
            let list = lists
                .iter()
                .find(|(name, _)| argument.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name));
            match list {
                Some((_, values)) => filled.extend_from_slice(values),
                None => filled.push(self.fill(argument)?),
            }
        }
        Ok(filled)
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Cuts at `{name}`, a name being of a-z and _; other braces are text.
fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let inside = &text[open + 1..];
        let length = inside
            .find(|c: char| !c.is_ascii_lowercase() && c != '_')
            .unwrap_or(inside.len());
        if length == 0 || !inside[length..].starts_with('}') {
            from = open + 1;
            continue;
        }
        pieces.push(Piece::Text(&text[..open]));
        pieces.push(Piece::Name(&inside[..length]));
        text = &inside[length + 1..];
        from = 0;
    }
    pieces.push(Piece::Text(text));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values::default().with("home", "/opt/x").with("entry", "{home}")
    }

    #[test]
    fn placeholders_are_filled_once() {
        assert_eq!(
            values().fill("-L{home}/lib:{entry}").as_deref(),
            Ok("-L/opt/x/lib:{home}")
        );
    }

    #[test]
    fn other_braces_are_text() {
        for text in ["{}", "{ a }", "x{A}", "{", "}{", "print({1})", "{é}"] {
            assert_eq!(values().fill(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn unknown_names_are_errors() {
        assert!(values().fill("a{nope}").expect_err("unknown").contains("{nope}"));
    }

    #[test]
    fn lists_become_any_number_of_arguments() {
        let argv = ["{home}", "{args}", "{none}"].map(str::to_owned);
        let given = ["{home}".to_owned(), String::new()];
        let filled = values().fill_all(&argv, &[("args", &given), ("none", &[])]);
        assert_eq!(
            filled,
            Ok(vec!["/opt/x".to_owned(), "{home}".to_owned(), String::new()])
        );
    }
}
