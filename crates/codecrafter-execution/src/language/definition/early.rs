//! Programs that may be started before it is known what they are to do.

use serde::Deserialize;

/// Says of an interpreter that it opens the entry file when it has done everything else of its start, once, and reads it
/// to the end, from a pipe as well: then it is started in jails that are made ready, and waits there. It is for runs of
/// one file of the usual name, without arguments and environment of their own; others start as ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// Sources that hold one of these are not read from a pipe.
    #[serde(default)]
    pub unless: Vec<String>,
}

impl Early {
    /// Whether this source may come through a pipe.
    pub fn takes(&self, source: &[u8]) -> bool {
        let holds = |word: &String| {
            source
                .windows(word.len().max(1))
                .any(|window| window == word.as_bytes())
        };
        !self.unless.iter().any(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_with_a_named_word_are_refused() {
        let early = Early {
            unless: vec!["coding".into()],
        };
        assert!(early.takes(b"print(1)") && early.takes(b""));
        assert!(!early.takes(b"# -*- coding: latin-1 -*-\nprint(1)"));
        assert!(Early::default().takes(b"coding"));
    }
}
