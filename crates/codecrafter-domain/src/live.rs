//! Programs that are talked with while they run: terminals, signals, and what is asked of a running program.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::execution::ExecutionRequest;
use crate::limits::Limits;
use crate::validate::Invalid;

impl ExecutionRequest {
    /// Whether it takes input while it runs.
    pub fn is_interactive(&self) -> bool {
        self.interactive || self.pty.is_some()
    }

    /// Limits in force: `usual` ones with what is asked for in their place.
    ///
    /// # Errors
    /// Names each limit that is out of bounds.
    pub fn limits_over(&self, usual: Limits) -> Result<Limits, Invalid> {
        if self.is_interactive() {
            usual.interactive_with(&self.limits)
        } else {
            usual.with(&self.limits)
        }
    }

    pub(crate) fn check_live(&self, invalid: &mut Invalid) {
        if let Some(Err(Invalid(errors))) = self.pty.map(|size| size.check("pty")) {
            invalid.0.extend(errors);
        }
    }
}

/// Columns and rows of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TerminalSize {
    /// Characters in a line, from 1 to 500.
    pub cols: u16,
    /// Lines, from 1 to 300.
    pub rows: u16,
}

impl TerminalSize {
    /// The largest terminal.
    pub const MAX: Self = Self { cols: 500, rows: 300 };

    /// Checks the bounds; `field` is what the size is called in the request.
    ///
    /// # Errors
    /// Names each side that is out of bounds.
    pub fn check(self, field: &str) -> Result<(), Invalid> {
        let mut invalid = Invalid::none();
        for (side, value, most) in [("cols", self.cols, Self::MAX.cols), ("rows", self.rows, Self::MAX.rows)] {
            if !(1..=most).contains(&value) {
                invalid.add(
                    format!("{field}.{side}"),
                    format!("must be from 1 to {most}, not {value}"),
                );
            }
        }
        invalid.into_result()
    }
}

/// Signals that may be sent to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Signal {
    /// The terminal is gone.
    #[serde(rename = "SIGHUP", alias = "HUP")]
    Hup,
    /// Ctrl+C.
    #[serde(rename = "SIGINT", alias = "INT")]
    Int,
    /// Ctrl+\.
    #[serde(rename = "SIGQUIT", alias = "QUIT")]
    Quit,
    /// End at once.
    #[serde(rename = "SIGKILL", alias = "KILL")]
    Kill,
    /// Means what the program wants.
    #[serde(rename = "SIGUSR1", alias = "USR1")]
    Usr1,
    /// Means what the program wants.
    #[serde(rename = "SIGUSR2", alias = "USR2")]
    Usr2,
    /// End in order.
    #[serde(rename = "SIGTERM", alias = "TERM")]
    Term,
    /// Go on after a stop.
    #[serde(rename = "SIGCONT", alias = "CONT")]
    Cont,
    /// Ctrl+Z.
    #[serde(rename = "SIGTSTP", alias = "TSTP")]
    Tstp,
    /// The terminal has another size.
    #[serde(rename = "SIGWINCH", alias = "WINCH")]
    Winch,
}

impl Signal {
    /// Its number (signal(7)): the same on all architectures that this is built for.
    pub fn number(self) -> u8 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Quit => 3,
            Self::Kill => 9,
            Self::Usr1 => 10,
            Self::Usr2 => 12,
            Self::Term => 15,
            Self::Cont => 18,
            Self::Tstp => 20,
            Self::Winch => 28,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_bounds() {
        for (cols, rows, wrong) in [
            (80, 24, &[][..]),
            (1, 1, &[]),
            (500, 300, &[]),
            (0, 24, &["pty.cols"]),
            (501, 301, &["pty.cols", "pty.rows"]),
        ] {
            let checked = TerminalSize { cols, rows }.check("pty");
            let fields: Vec<_> = checked
                .err()
                .unwrap_or_default()
                .0
                .into_iter()
                .map(|error| error.field)
                .collect();
            assert_eq!(fields, wrong, "{cols}x{rows}");
        }
    }

    #[test]
    fn a_terminal_makes_it_interactive() {
        let text = r#"{"language": "c", "code": "x", "pty": {"cols": 80, "rows": 24}, "limits": {"idle_ms": 500}}"#;
        let request: ExecutionRequest = serde_json::from_str(text).expect("right");
        assert_eq!(request.check(), Ok(()));
        let limits = request.limits_over(Limits::default()).expect("within bounds");
        assert_eq!(limits.idle_ms, Some(500));
        let request = ExecutionRequest { pty: None, ..request };
        assert!(request.check().is_err(), "only interactive runs may be idle");
    }

    #[test]
    fn signals_have_both_of_their_names() {
        for name in ["\"SIGINT\"", "\"INT\""] {
            assert_eq!(serde_json::from_str::<Signal>(name).expect("known"), Signal::Int);
        }
        for name in ["\"SIGSTOP\"", "\"int\"", "2", "\"SIGSEGV\""] {
            assert!(serde_json::from_str::<Signal>(name).is_err(), "{name}");
        }
    }
}
