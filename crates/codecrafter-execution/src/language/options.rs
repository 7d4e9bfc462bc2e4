//! Which options of the compiler a language's file may offer.

use codecrafter_domain::execution::bounds::COMPILE_OPTION_BYTES;

use super::definition::Definition;

impl Definition {
    /// Whoever may choose options must not choose files: no paths, no plugins, no response files.
    pub(super) fn check_options(&self) -> Result<(), String> {
        let Some(compile) = &self.compile else { return Ok(()) };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-+=:,._".contains(c);
        for option in &compile.options {
            let plain = option.starts_with('-') && option.chars().all(allowed) && !option.contains("..");
            if !plain || option.len() > COMPILE_OPTION_BYTES || option.contains("plugin") {
                return Err(format!(
                    "compile.options: {option:?} must begin with - and have at most {COMPILE_OPTION_BYTES} of \
                     A-Z, a-z, 0-9 and - + = : , . _ (no path, plugin or response file)"
                ));
            }
        }
        if !compile.options.is_empty() && !compile.argv.iter().any(|argument| argument == "{options}") {
            return Err("compile.options: argv does not say where they go: {options}".into());
        }
        Ok(())
    }
}
