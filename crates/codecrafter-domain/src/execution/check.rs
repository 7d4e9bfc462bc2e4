//! Checking a request: everything that does not depend on which languages there are.

use super::{ExecutionRequest, bounds, callback};
use crate::limits::Limits;
use crate::path;
use crate::validate::Invalid;

impl ExecutionRequest {
    /// Checks everything that does not depend on which languages there are.
    ///
    /// # Errors
    /// Names each wrong field with its limit.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut invalid = Invalid::none();
        self.check_sources(&mut invalid);
        self.check_stdin(&mut invalid);
        check_args("args", &self.args, &mut invalid);
        self.check_env(&mut invalid);
        self.check_compile_options(&mut invalid);
        self.check_output_files(&mut invalid);
        self.check_tests(&mut invalid);
        if let Some(address) = &self.callback_url {
            invalid.check("callback_url", callback::check(address));
        }
        self.check_live(&mut invalid);
        if self.is_interactive() && !self.tests.is_empty() {
            invalid.add(
                "tests",
                "have inputs of their own: give either tests, or interactive or pty",
            );
        }
        if let Err(Invalid(errors)) = self.limits_over(Limits::default()) {
            invalid.0.extend(errors);
        }
        invalid.into_result()
    }

    fn check_sources(&self, invalid: &mut Invalid) {
        match (&self.code, self.files.len()) {
            (None, 0) => invalid.add("files", "give at least one file, or code"),
            (Some(_), 1..) => invalid.add("code", "give either files or code, not both"),
            (_, count) if count > bounds::FILES => {
                invalid.add("files", format!("must be at most {} files, not {count}", bounds::FILES));
            }
            _ => {}
        }
        let mut bytes = self.code.as_ref().map_or(0, String::len);
        for (index, file) in self.files.iter().enumerate() {
            invalid.check(&format!("files[{index}].path"), path::check(&file.path));
            let content = invalid.check(&format!("files[{index}].content"), file.encoding.decode(&file.content));
            bytes += content.map_or(0, |content| content.len());
        }
        if bytes > bounds::SOURCE_BYTES {
            let field = if self.code.is_some() { "code" } else { "files" };
            invalid.add(
                field,
                format!("must have at most {} bytes in all, not {bytes}", bounds::SOURCE_BYTES),
            );
        }
        if let Some(index) = path::first_collision(self.files.iter().map(|file| file.path.as_str())) {
            invalid.add(format!("files[{index}].path"), "collides with another file's path");
        }
        if let Some(entry) = &self.entry
            && !self.files.iter().any(|file| file.path == *entry)
        {
            invalid.add("entry", "must be the path of one of files");
        }
    }

    fn check_stdin(&self, invalid: &mut Invalid) {
        let stdin = invalid.check("stdin", self.stdin_bytes());
        if stdin.is_some_and(|stdin| stdin.len() > bounds::STDIN_BYTES) {
            invalid.add("stdin", format!("must have at most {} bytes", bounds::STDIN_BYTES));
        }
    }

    fn check_env(&self, invalid: &mut Invalid) {
        if self.env.len() > bounds::ENV {
            invalid.add("env", format!("must be at most {} variables", bounds::ENV));
        }
        for (name, value) in &self.env {
            let first = |c: char| c.is_ascii_alphabetic() || c == '_';
            let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.len() > 64 || !name.starts_with(first) || !name.chars().all(rest) {
                invalid.add(
                    "env",
                    format!("name {name:?} must be 1 to 64 of A-Z, a-z, 0-9 and _, not starting with a digit"),
                );
            }
            if value.len() > bounds::ARG_BYTES || value.contains('\0') {
                invalid.add(format!("env.{name}"), value_rule());
            }
        }
    }

    fn check_compile_options(&self, invalid: &mut Invalid) {
        if self.compile_options.len() > bounds::COMPILE_OPTIONS {
            invalid.add(
                "compile_options",
                format!("must be at most {}", bounds::COMPILE_OPTIONS),
            );
        }
        for (index, option) in self.compile_options.iter().enumerate() {
            if option.is_empty() || option.len() > bounds::COMPILE_OPTION_BYTES {
                invalid.add(
                    format!("compile_options[{index}]"),
                    format!("must have 1 to {} bytes", bounds::COMPILE_OPTION_BYTES),
                );
            }
        }
    }

    fn check_output_files(&self, invalid: &mut Invalid) {
        if self.output_files.len() > bounds::OUTPUT_FILES {
            invalid.add("output_files", format!("must be at most {}", bounds::OUTPUT_FILES));
        }
        for (index, file) in self.output_files.iter().enumerate() {
            let field = format!("output_files[{index}]");
            if self.output_files[..index].contains(file) {
                invalid.add(field, "is named twice");
            } else {
                invalid.check(&field, path::check(file));
            }
        }
        if !self.output_files.is_empty() && !self.tests.is_empty() {
            invalid.add(
                "output_files",
                "cannot be collected from tests, of which each has files of its own",
            );
        }
    }

    /// Standard input as bytes.
    pub fn stdin_bytes(&self) -> Result<Vec<u8>, String> {
        self.stdin_encoding.decode(self.stdin.as_deref().unwrap_or_default())
    }
}

/// Checks arguments, of the request or of one of its tests.
pub(super) fn check_args(field: &str, args: &[String], invalid: &mut Invalid) {
    if args.len() > bounds::ARGS {
        invalid.add(field, format!("must be at most {}", bounds::ARGS));
    }
    for (index, arg) in args.iter().enumerate() {
        if arg.len() > bounds::ARG_BYTES || arg.contains('\0') {
            invalid.add(format!("{field}[{index}]"), value_rule());
        }
    }
}

fn value_rule() -> String {
    format!("must have at most {} bytes and no NUL", bounds::ARG_BYTES)
}
