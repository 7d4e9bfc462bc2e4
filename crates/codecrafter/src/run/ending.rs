//! How a run ended, as an exit code and in words.

use codecrafter_domain::execution::{ExecutionResult, Outcome};
use codecrafter_execution::pipeline::signal_number;

/// What is said about an end that the exit code and the program's own output do not explain.
pub(super) fn words(result: &ExecutionResult) -> Option<String> {
    let message = result.message.as_deref();
    match result.outcome {
        Outcome::Ok | Outcome::RuntimeError => None,
        Outcome::Cancelled => Some("interrupted".to_owned()),
        Outcome::CompileError => Some(match message {
            Some(message) => format!("does not compile: {message}"),
            None => "does not compile".to_owned(),
        }),
        _ => Some(message.unwrap_or("the platform failed").to_owned()),
    }
}

/// Codes as shells and `timeout(1)` use them, and `sysexits.h`.
pub(super) fn exit_code(result: &ExecutionResult) -> u8 {
    let run = result.run.as_ref();
    let own = run
        .and_then(|run| run.exit_code)
        .and_then(|code| u8::try_from(code & 0xff).ok());
    match result.outcome {
        Outcome::Ok => 0,
        Outcome::RuntimeError => own.unwrap_or(1),
        Outcome::Signalled => {
            let signal = run.and_then(|run| run.signal.as_deref()).and_then(signal_number);
            128_u8.saturating_add(signal.and_then(|number| u8::try_from(number).ok()).unwrap_or(0))
        }
        Outcome::CompileError => 65,
        Outcome::CpuLimit | Outcome::WallLimit => 124,
        Outcome::MemoryLimit => 137,
        Outcome::OutputLimit => 125,
        Outcome::Cancelled => 130,
        Outcome::InternalError => super::PLATFORM_FAILED,
    }
}

#[cfg(test)]
mod tests {
    use codecrafter_domain::execution::StageReport;

    use super::*;

    fn result(outcome: Outcome, exit_code: Option<i32>, signal: Option<&str>) -> ExecutionResult {
        let run = StageReport {
            exit_code,
            signal: signal.map(str::to_owned),
            ..StageReport::default()
        };
        ExecutionResult {
            run: Some(run),
            ..ExecutionResult::new(outcome, None)
        }
    }

    #[test]
    fn the_exit_code_is_the_programs() {
        assert_eq!(exit_code(&result(Outcome::Ok, Some(0), None)), 0);
        assert_eq!(exit_code(&result(Outcome::RuntimeError, Some(42), None)), 42);
        assert_eq!(exit_code(&result(Outcome::Signalled, None, Some("SIGSEGV"))), 139);
        assert_eq!(exit_code(&result(Outcome::Signalled, None, Some("signal 34"))), 162);
        assert_eq!(exit_code(&result(Outcome::CpuLimit, None, None)), 124);
    }

    #[test]
    fn what_the_output_says_is_not_said_again() {
        assert_eq!(words(&result(Outcome::RuntimeError, Some(1), None)), None);
        let limit = ExecutionResult {
            message: Some("the program ran for more than 1000 ms".into()),
            ..result(Outcome::WallLimit, None, None)
        };
        assert_eq!(words(&limit).as_deref(), limit.message.as_deref());
    }
}
