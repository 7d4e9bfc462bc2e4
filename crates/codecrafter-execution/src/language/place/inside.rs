//! Toolchains that a sandbox brings along: a shell in it answers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{Process, Sandbox, SandboxError, Spec};
use tokio::sync::Mutex;

use super::first_line;
use crate::program::PATH;

/// How long one answer may take: a cold JDK in a container that has only just started.
const PATIENCE: Duration = Duration::from_mins(1);

/// Stands after each answer, with the command's exit code.
const END: &str = "=== codecrafter: ";

/// Many toolchains are asked one after the other, some of which start virtual machines.
const LIMITS: Limits = Limits {
    wall_ms: 10 * 60_000,
    output_bytes: 8 << 20,
    ..Limits::MAX
};

/// A shell in the sandbox.
pub(crate) struct Inside {
    identity: String,
    shell: Mutex<Shell>,
}

struct Shell {
    process: Process,
    /// What has come since the last answer.
    said: String,
}

impl Inside {
    /// Starts the shell. `identity` tells what the sandbox brings along from anything else.
    pub(crate) async fn open(sandbox: &Arc<dyn Sandbox>, identity: String) -> Result<Self, SandboxError> {
        let process = sandbox.spawn(spec()).await?;
        let shell = Shell {
            process,
            said: String::new(),
        };
        Ok(Self {
            identity,
            shell: Mutex::new(shell),
        })
    }

    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// As on this machine: names in the folders of PATH, absolute paths as they are.
    pub(super) async fn find(&self, commands: &[String]) -> Result<Option<PathBuf>, String> {
        let candidates = commands.iter().flat_map(|command| {
            let folders: Vec<&str> = if command.starts_with('/') {
                vec![""]
            } else {
                PATH.split(':').collect()
            };
            let path = move |folder: &str| match folder {
                "" => command.clone(),
                folder => format!("{folder}/{command}"),
            };
            folders.into_iter().map(path).collect::<Vec<_>>()
        });
        let words: Vec<String> = candidates.map(|path| quoted(&path)).collect();
        let script = format!(
            "for p in {}; do if [ -f \"$p\" ] && [ -x \"$p\" ]; then printf %s \"$p\"; break; fi; done",
            words.join(" ")
        );
        let (found, _) = self.ask(&script).await?;
        Ok((!found.is_empty()).then(|| found.into()))
    }

    pub(super) async fn missing(&self, paths: &[String]) -> Result<Option<String>, String> {
        let words: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
        let script = format!(
            "for p in {}; do [ -e \"$p\" ] || {{ printf %s \"$p\"; break; }}; done",
            words.join(" ")
        );
        let (missing, _) = self.ask(&script).await?;
        Ok((!missing.is_empty()).then_some(missing))
    }

    pub(super) async fn output(&self, argv: &[String]) -> Result<String, String> {
        let words: Vec<String> = argv.iter().map(|word| quoted(word)).collect();
        let command = words.join(" ");
        // Standard error after standard output, as elsewhere.
        let (text, code) = self
            .ask(&format!("({command}) 2>/tmp/.said; c=$?; cat /tmp/.said; (exit $c)"))
            .await?;
        match code {
            0 => Ok(text),
            _ => Err(format!("{} fails: {}", argv.join(" "), first_line(&text))),
        }
    }

    /// What a script prints, and its exit code.
    async fn ask(&self, script: &str) -> Result<(String, i32), String> {
        let mut shell = self.shell.lock().await;
        let answer = tokio::time::timeout(PATIENCE, shell.ask(script)).await;
        answer.unwrap_or_else(|_| Err("the sandbox does not answer".to_owned()))
    }
}

impl Shell {
    async fn ask(&mut self, script: &str) -> Result<(String, i32), String> {
        let ended = || "the sandbox's shell has ended".to_owned();
        let line = format!("({script}) </dev/null; printf '\\n{END}%s\\n' $?\n");
        let stdin = self.process.stdin.as_ref().ok_or_else(ended)?;
        stdin.send(Bytes::from(line)).await.map_err(|_| ended())?;
        loop {
            if let Some(answer) = take_answer(&mut self.said) {
                return Ok(answer);
            }
            let piece = self.process.output.recv().await.ok_or_else(ended)?;
            self.said.push_str(&String::from_utf8_lossy(&piece.bytes));
        }
    }
}

/// The answer in front of [`END`], once all of it is there.
fn take_answer(said: &mut String) -> Option<(String, i32)> {
    let (answer, rest) = said.split_once(END)?;
    let (code, rest) = rest.split_once('\n')?;
    let answer = (answer.trim_end_matches('\n').to_owned(), code.parse().unwrap_or(-1));
    *said = rest.to_owned();
    Some(answer)
}

fn spec() -> Spec {
    Spec {
        argv: vec!["/bin/sh".to_owned()],
        env: [("PATH", PATH), ("HOME", codecrafter_sandbox::BOX), ("LC_ALL", "C")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits: LIMITS,
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 0,
    }
}

/// One word of a shell's.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_one_by_one() {
        let mut said = format!("one\n\n{END}0\n\n{END}7");
        assert_eq!(take_answer(&mut said), Some(("one".to_owned(), 0)));
        assert_eq!(take_answer(&mut said), None);
        said.push('\n');
        assert_eq!(take_answer(&mut said), Some((String::new(), 7)));
    }

    #[test]
    fn words_are_quoted() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
