//! Files that a run leaves behind: asked for before the start, taken from the report after the end.

use codecrafter_domain::execution::bounds::{OUTPUT_FILE_BYTES, OUTPUT_FILES_BYTES};
use codecrafter_domain::execution::{Encoding, ExecutionResult, OutputFile};
use codecrafter_sandbox::{BoxFile, Report, Spec};

/// Has the sandbox take these out.
pub(super) fn ask(spec: &mut Spec, paths: &[String]) {
    spec.collect = paths.to_vec();
    spec.collect_bytes = OUTPUT_FILES_BYTES as u64;
}

/// Puts what was taken out into the result, and says what was not and why.
pub(super) fn take(report: &mut Report, paths: &[String], result: &mut ExecutionResult) {
    if paths.is_empty() {
        return;
    }
    let mut refused: Vec<String> = report.collect_error.take().into_iter().collect();
    for file in std::mem::take(&mut report.collected) {
        // A folder gives what is in it, which nobody asked for by name, or is there already.
        if !paths.contains(&file.path) || result.files.iter().any(|taken| taken.path == file.path) {
            continue;
        }
        if file.content.len() > OUTPUT_FILE_BYTES {
            refused.push(format!("{}: larger than {OUTPUT_FILE_BYTES} bytes", file.path));
        } else {
            result.files.push(output_file(&file));
        }
    }
    if !refused.is_empty() {
        let refused = format!("output_files: {}", refused.join("; "));
        result.message = Some(match result.message.take() {
            Some(message) => format!("{message}; {refused}"),
            None => refused,
        });
    }
}

fn output_file(file: &BoxFile) -> OutputFile {
    let (content, encoding) = Encoding::encode(&file.content);
    OutputFile {
        path: file.path.clone(),
        content,
        encoding,
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::execution::Outcome;
    use codecrafter_domain::limits::Usage;
    use codecrafter_sandbox::End;

    use super::*;

    fn file(path: &str, content: &[u8]) -> BoxFile {
        BoxFile {
            path: path.into(),
            content: content.to_vec().into(),
            executable: false,
        }
    }

    #[test]
    fn only_what_was_named_and_is_small_enough_is_given_back() {
        let mut report = Report {
            end: End::Exited(0),
            usage: Usage::default(),
            truncated: false,
            collected: vec![
                file("a", b"text"),
                file("b", &[255]),
                file("folder/in", b"x"),
                file("a", b"text"),
                file("large", &vec![b'x'; OUTPUT_FILE_BYTES + 1]),
            ],
            collect_error: Some("link: not a regular file".into()),
        };
        let paths = ["a", "b", "folder", "large", "link"].map(str::to_owned);
        let mut result = ExecutionResult::new(Outcome::RuntimeError, Some("before".into()));
        take(&mut report, &paths, &mut result);
        let names: Vec<_> = result
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.encoding))
            .collect();
        assert_eq!(names, [("a", Encoding::Utf8), ("b", Encoding::Base64)]);
        let message = result.message.expect("said");
        for part in ["before; output_files: ", "link: not a regular file", "large: larger"] {
            assert!(message.contains(part), "{message}");
        }
    }
}
