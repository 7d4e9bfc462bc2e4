//! How a stage's end is called, and what is said about it.

use std::borrow::Cow;

use codecrafter_domain::execution::Outcome;
use codecrafter_domain::limits::Limits;
use codecrafter_sandbox::{End, Report};

/// An outcome and more about it, for a person.
type Verdict = (Outcome, Option<String>);

/// How a run ended.
pub(super) fn of_running(report: &Report, limits: &Limits, cancelled: bool) -> Verdict {
    match report.end {
        End::Exited(0) => (Outcome::Ok, None),
        End::Exited(_) => (Outcome::RuntimeError, None),
        End::Signalled(number) => (Outcome::Signalled, Some(format!("ended by {}", signal_name(number)))),
        End::Killed if cancelled => (Outcome::Cancelled, None),
        End::Killed => (Outcome::InternalError, Some("ended by the system".into())),
        End::CpuLimit | End::WallLimit | End::IdleLimit | End::MemoryLimit | End::OutputLimit => {
            let (outcome, said) = limit_reached(report.end, limits);
            (outcome, Some(format!("the program {said}")))
        }
    }
}

/// How compiling ended; `None` if there is something to run.
pub(super) fn of_compiling(report: &Report, limits: &Limits, cancelled: bool) -> Option<Verdict> {
    let message = match report.end {
        End::Exited(0) => {
            return report
                .collect_error
                .clone()
                .map(|error| (Outcome::CompileError, Some(error)));
        }
        End::Exited(code) => format!("the compiler exited with code {code}"),
        End::Killed if cancelled => return Some((Outcome::Cancelled, None)),
        End::Killed => return Some((Outcome::InternalError, Some("ended by the system".into()))),
        End::Signalled(number) => format!("the compiler was ended by {}", signal_name(number)),
        End::CpuLimit | End::WallLimit | End::IdleLimit | End::MemoryLimit | End::OutputLimit => {
            format!("the compiler {}", limit_reached(report.end, limits).1)
        }
    };
    Some((Outcome::CompileError, Some(message)))
}

fn limit_reached(end: End, limits: &Limits) -> (Outcome, String) {
    match end {
        End::CpuLimit => (
            Outcome::CpuLimit,
            format!("used more than {} ms of processor time", limits.cpu_ms),
        ),
        End::WallLimit => (Outcome::WallLimit, format!("ran for more than {} ms", limits.wall_ms)),
        End::IdleLimit => (
            Outcome::WallLimit,
            format!(
                "was idle: neither input nor output for {} ms",
                limits.idle_ms.unwrap_or_default()
            ),
        ),
        End::MemoryLimit => (
            Outcome::MemoryLimit,
            format!("used more than {} of memory", size(limits.memory_bytes)),
        ),
        End::OutputLimit => (
            Outcome::OutputLimit,
            format!("wrote more than {}", size(limits.output_bytes)),
        ),
        End::Exited(_) | End::Signalled(_) | End::Killed => (Outcome::InternalError, "ended".into()),
    }
}

fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        _ if bytes >= KIB * KIB && bytes.is_multiple_of(KIB * KIB) => format!("{} MiB", bytes / KIB / KIB),
        _ if bytes >= KIB && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

/// SIGSYS.
const LAST_NAMED_SIGNAL: i32 = 31;

/// Name of a signal by its number (signal(7), all architectures that Linux shares numbers on).
pub(super) fn signal_name(number: i32) -> String {
    let name: Cow<'static, str> = match number {
        1 => "SIGHUP".into(),
        2 => "SIGINT".into(),
        3 => "SIGQUIT".into(),
        4 => "SIGILL".into(),
        5 => "SIGTRAP".into(),
        6 => "SIGABRT".into(),
        7 => "SIGBUS".into(),
        8 => "SIGFPE".into(),
        9 => "SIGKILL".into(),
        10 => "SIGUSR1".into(),
        11 => "SIGSEGV".into(),
        12 => "SIGUSR2".into(),
        13 => "SIGPIPE".into(),
        14 => "SIGALRM".into(),
        15 => "SIGTERM".into(),
        24 => "SIGXCPU".into(),
        25 => "SIGXFSZ".into(),
        31 => "SIGSYS".into(),
        _ => format!("signal {number}").into(),
    };
    name.into_owned()
}

/// The number of the signal that a [`codecrafter_domain::execution::StageReport`] names.
pub fn signal_number(name: &str) -> Option<i32> {
    match name.strip_prefix("signal ") {
        Some(number) => number.parse().ok(),
        None => (1..=LAST_NAMED_SIGNAL).find(|&number| signal_name(number) == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_numbers_and_names() {
        for number in 1..=64 {
            assert_eq!(signal_number(&signal_name(number)), Some(number));
        }
        assert_eq!(signal_number("SIGNONE"), None);
    }

    fn report(end: End) -> Report {
        Report {
            end,
            usage: codecrafter_domain::limits::Usage::default(),
            truncated: false,
            collected: Vec::new(),
            collect_error: None,
        }
    }

    #[test]
    fn runs_are_called_by_how_they_end() {
        let limits = Limits::default();
        for (end, cancelled, outcome, said) in [
            (End::Exited(0), false, Outcome::Ok, ""),
            (End::Exited(0), true, Outcome::Ok, ""),
            (End::Exited(3), false, Outcome::RuntimeError, ""),
            (End::Signalled(11), false, Outcome::Signalled, "SIGSEGV"),
            (End::Signalled(34), false, Outcome::Signalled, "signal 34"),
            (End::CpuLimit, false, Outcome::CpuLimit, "10000 ms"),
            (End::WallLimit, true, Outcome::WallLimit, "20000 ms"),
            (End::IdleLimit, false, Outcome::WallLimit, "was idle"),
            (End::MemoryLimit, false, Outcome::MemoryLimit, "256 MiB"),
            (End::OutputLimit, false, Outcome::OutputLimit, "1 MiB"),
            (End::Killed, true, Outcome::Cancelled, ""),
            (End::Killed, false, Outcome::InternalError, "system"),
        ] {
            let (called, message) = of_running(&report(end), &limits, cancelled);
            assert_eq!(called, outcome, "{end:?}");
            assert!(message.unwrap_or_default().contains(said), "{end:?}");
        }
    }

    #[test]
    fn a_compiler_that_fails_is_a_compile_error() {
        let limits = Limits::default();
        assert_eq!(of_compiling(&report(End::Exited(0)), &limits, false), None);
        for (end, cancelled, outcome, said) in [
            (End::Exited(1), false, Outcome::CompileError, "code 1"),
            (End::CpuLimit, false, Outcome::CompileError, "processor time"),
            (End::MemoryLimit, false, Outcome::CompileError, "256 MiB"),
            (End::Signalled(11), false, Outcome::CompileError, "SIGSEGV"),
            (End::Killed, true, Outcome::Cancelled, ""),
        ] {
            let (called, message) = of_compiling(&report(end), &limits, cancelled).expect("nothing to run");
            assert_eq!(called, outcome, "{end:?}");
            assert!(message.unwrap_or_default().contains(said), "{end:?}");
        }
        let too_large = Report {
            collect_error: Some("too large".into()),
            ..report(End::Exited(0))
        };
        let verdict = of_compiling(&too_large, &limits, false);
        assert_eq!(verdict, Some((Outcome::CompileError, Some("too large".into()))));
    }
}
