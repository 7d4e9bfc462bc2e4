//! What a run may use and what it used: portable words, apart from any platform.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::validate::Invalid;

/// What a person asked for; what is left out takes the language's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsRequest {
    /// Processor time of all processes together, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u64>,
    /// Time on the clock, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    /// Memory of all processes together, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Stack of the main thread, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_bytes: Option<u64>,
    /// Processes and threads at one moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<u64>,
    /// Standard output and standard error together, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
    /// Time without input and without output, in ms; of interactive runs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u64>,
}

/// What a run may use. Every value is positive: nothing is ever unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Processor time of all processes together, in ms.
    pub cpu_ms: u64,
    /// Time on the clock, in ms.
    pub wall_ms: u64,
    /// Memory of all processes together, in bytes.
    pub memory_bytes: u64,
    /// Stack of the main thread, in bytes.
    pub stack_bytes: u64,
    /// Processes and threads at one moment.
    pub processes: u64,
    /// Standard output and standard error together, in bytes.
    pub output_bytes: u64,
    /// Files written, in bytes.
    pub files_bytes: u64,
    /// Time without input and without output, in ms. Interactive runs have it, and only they.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u64>,
}

const MIB: u64 = 1024 * 1024;

/// Without input and output for this long, nobody is there any more.
const IDLE_MS: u64 = 5 * 60_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_ms: 10_000,
            wall_ms: 20_000,
            memory_bytes: 256 * MIB,
            stack_bytes: 64 * MIB,
            processes: 64,
            output_bytes: MIB,
            files_bytes: 64 * MIB,
            idle_ms: None,
        }
    }
}

impl Limits {
    /// The most that anybody may ask for.
    pub const MAX: Self = Self {
        cpu_ms: 60_000,
        wall_ms: 120_000,
        memory_bytes: 1024 * MIB,
        stack_bytes: 256 * MIB,
        processes: 256,
        output_bytes: 8 * MIB,
        files_bytes: 256 * MIB,
        idle_ms: None,
    };

    /// The most that anybody may ask for an interactive run: people think for longer than programs.
    pub const MAX_INTERACTIVE: Self = Self {
        wall_ms: 60 * 60_000,
        idle_ms: Some(60 * 60_000),
        ..Self::MAX
    };

    /// The least that a program can start with.
    pub const MIN: Self = Self {
        cpu_ms: 10,
        wall_ms: 10,
        memory_bytes: 4 * MIB,
        stack_bytes: 64 * 1024,
        processes: 1,
        output_bytes: 1,
        files_bytes: MIB,
        idle_ms: Some(10),
    };

    /// These limits with what `request` asks for in their place.
    ///
    /// # Errors
    /// Names each field outside [`Limits::MIN`] to [`Limits::MAX`], with the bounds.
    pub fn with(self, request: &LimitsRequest) -> Result<Self, Invalid> {
        self.with_at_most(Self::MAX, "limits", request)
    }

    /// These limits with what `request`, the input's `field`, asks for in their place: never more than they are.
    ///
    /// # Errors
    /// Names each field outside [`Limits::MIN`] to these limits, with the bounds.
    pub fn lowered(self, field: &str, request: &LimitsRequest) -> Result<Self, Invalid> {
        self.with_at_most(self, field, request)
    }

    /// These limits as those of an interactive run that asks for none.
    #[must_use]
    pub fn interactive(self) -> Self {
        Self {
            wall_ms: Self::MAX_INTERACTIVE.wall_ms,
            idle_ms: Some(IDLE_MS),
            ..self
        }
    }

    /// These limits, as those of an interactive run, with what `request` asks for in their place.
    ///
    /// # Errors
    /// Names each field outside [`Limits::MIN`] to [`Limits::MAX_INTERACTIVE`], with the bounds.
    pub fn interactive_with(self, request: &LimitsRequest) -> Result<Self, Invalid> {
        self.interactive()
            .with_at_most(Self::MAX_INTERACTIVE, "limits", request)
    }

    fn with_at_most(self, max: Self, field: &str, request: &LimitsRequest) -> Result<Self, Invalid> {
        let mut limits = self;
        let mut invalid = Invalid::none();
        let min = Self::MIN;
        invalid.check(&format!("{field}.idle_ms"), limits.set_idle(request.idle_ms, &max));
        for (name, asked, slot, least, most) in [
            ("cpu_ms", request.cpu_ms, &mut limits.cpu_ms, min.cpu_ms, max.cpu_ms),
            (
                "wall_ms",
                request.wall_ms,
                &mut limits.wall_ms,
                min.wall_ms,
                max.wall_ms,
            ),
            (
                "memory_bytes",
                request.memory_bytes,
                &mut limits.memory_bytes,
                min.memory_bytes,
                max.memory_bytes,
            ),
            (
                "stack_bytes",
                request.stack_bytes,
                &mut limits.stack_bytes,
                min.stack_bytes,
                max.stack_bytes,
            ),
            (
                "processes",
                request.processes,
                &mut limits.processes,
                min.processes,
                max.processes,
            ),
            (
                "output_bytes",
                request.output_bytes,
                &mut limits.output_bytes,
                min.output_bytes,
                max.output_bytes,
            ),
        ] {
            match asked {
                Some(value) if (least..=most).contains(&value) => *slot = value,
                Some(value) => {
                    invalid.add(
                        format!("{field}.{name}"),
                        format!("must be from {least} to {most}, not {value}"),
                    );
                }
                None => {}
            }
        }
        invalid.into_result().map(|()| limits)
    }

    fn set_idle(&mut self, asked: Option<u64>, max: &Self) -> Result<(), String> {
        let Some(value) = asked else { return Ok(()) };
        let (Some(least), Some(most)) = (Self::MIN.idle_ms, max.idle_ms) else {
            return Err("is for interactive runs only".into());
        };
        if !(least..=most).contains(&value) {
            return Err(format!("must be from {least} to {most}, not {value}"));
        }
        self.idle_ms = asked;
        Ok(())
    }
}

/// What a run used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Processor time of all processes together, in ms.
    pub cpu_ms: u64,
    /// Time on the clock, in ms.
    pub wall_ms: u64,
    /// Highest memory of all processes together, in bytes.
    pub memory_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_replaces_the_default() {
        let request = LimitsRequest {
            cpu_ms: Some(500),
            ..LimitsRequest::default()
        };
        let limits = Limits::default().with(&request).expect("within bounds");
        assert_eq!(limits.cpu_ms, 500);
        assert_eq!(limits.wall_ms, Limits::default().wall_ms);
    }

    #[test]
    fn interactive_runs_may_take_longer_and_be_idle() {
        let request = LimitsRequest {
            wall_ms: Some(600_000),
            idle_ms: Some(30_000),
            ..LimitsRequest::default()
        };
        let limits = Limits::default().interactive_with(&request).expect("within bounds");
        assert_eq!((limits.wall_ms, limits.idle_ms), (600_000, Some(30_000)));
        let Invalid(errors) = Limits::default().with(&request).expect_err("not interactive");
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["limits.idle_ms", "limits.wall_ms"]);
        let defaults = Limits::default().interactive();
        assert_eq!((defaults.wall_ms, defaults.idle_ms), (3_600_000, Some(300_000)));
    }

    #[test]
    fn zero_and_absurd_values_are_named() {
        let request = LimitsRequest {
            cpu_ms: Some(0),
            memory_bytes: Some(u64::MAX),
            ..LimitsRequest::default()
        };
        let Invalid(errors) = Limits::default().with(&request).expect_err("out of bounds");
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["limits.cpu_ms", "limits.memory_bytes"]);
        assert!(errors[0].message.contains("60000"));
    }

    #[test]
    fn lowering_never_raises() {
        let all = |value| LimitsRequest {
            cpu_ms: Some(value),
            wall_ms: Some(value),
            memory_bytes: Some(value),
            stack_bytes: Some(value),
            processes: Some(value),
            output_bytes: Some(value),
            idle_ms: None,
        };
        let limits = Limits::default();
        for absurd in [0, u64::MAX] {
            let Invalid(errors) = limits
                .lowered("compile_limits", &all(absurd))
                .expect_err("out of bounds");
            assert_eq!(errors.len(), 6);
            assert!(errors.iter().all(|error| error.field.starts_with("compile_limits.")));
        }
        let one_more = LimitsRequest {
            cpu_ms: Some(limits.cpu_ms + 1),
            ..LimitsRequest::default()
        };
        assert!(limits.lowered("compile_limits", &one_more).is_err());
        let less = LimitsRequest {
            cpu_ms: Some(20),
            ..LimitsRequest::default()
        };
        assert_eq!(
            limits.lowered("compile_limits", &less).map(|limits| limits.cpu_ms),
            Ok(20)
        );
    }
}
