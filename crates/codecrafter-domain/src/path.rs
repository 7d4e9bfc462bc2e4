//! File paths inside a session or a run: relative, portable, harmless.

/// Longest path in bytes.
pub const MAX_PATH_BYTES: usize = 255;
/// Deepest nesting of folders.
pub const MAX_DEPTH: usize = 8;

/// Checks a path: relative, `/`-separated, no empty, `.` or `..` part, no control character,
/// no backslash, at most 255 bytes and 8 parts.
pub fn check(path: &str) -> Result<&str, String> {
    if path.is_empty() || path.len() > MAX_PATH_BYTES {
        return Err(format!("must have 1 to {MAX_PATH_BYTES} bytes"));
    }
    if path.starts_with('/') {
        return Err("must be relative: no leading /".into());
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return Err("must not contain control characters or backslashes".into());
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.len() > MAX_DEPTH {
        return Err(format!("must have at most {MAX_DEPTH} parts"));
    }
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return Err("must not contain empty, . or .. parts".into());
    }
    if parts.iter().any(|part| part.starts_with('-')) {
        return Err("no part may start with -, which tools read as an option".into());
    }
    Ok(path)
}

/// Finds paths that cannot stand side by side: the same but for case, or a file that is another's folder.
/// Returns the index of the later one.
pub fn first_collision<'a>(paths: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let folded: Vec<String> = paths.into_iter().map(str::to_lowercase).collect();
    (1..folded.len()).find(|&later| {
        folded[..later].iter().any(|earlier| {
            let (a, b) = (earlier.as_str(), folded[later].as_str());
            a == b || is_folder_of(a, b) || is_folder_of(b, a)
        })
    })
}

fn is_folder_of(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_paths_pass() {
        for path in ["main.py", "src/lib.rs", "données/été.txt", ".env", "a b.c"] {
            assert!(check(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn hostile_paths_fail() {
        let long = "x".repeat(256);
        let deep = "a/".repeat(8) + "b";
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a\0b",
            "a\\b",
            "a\nb",
            "-rf",
            "@/-x",
            &long,
            &deep,
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn collisions_are_found() {
        assert_eq!(first_collision(["a.py", "b.py", "A.PY"]), Some(2));
        assert_eq!(first_collision(["a", "a/b"]), Some(1));
        assert_eq!(first_collision(["a/b", "a"]), Some(1));
        assert_eq!(first_collision(["a", "ab", "a.b"]), None);
    }
}
