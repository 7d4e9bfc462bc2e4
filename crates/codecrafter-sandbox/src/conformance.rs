//! What every adapter of the Sandbox must do. `sandbox_conformance!(async { adapter })` expands to one named test per case.
//!
//! The programs are scripts for `/bin/sh` and `/usr/bin/python3`, which the base system of every jail has. After each
//! hostile one an honest one must run as if nothing had happened.

pub mod ends;
pub mod escape;
pub mod files;
pub mod leftovers;
pub mod limits;
pub mod live;
pub mod streams;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codecrafter_domain::event::Stream;
use codecrafter_domain::limits::Limits;

use crate::{End, Process, Report, Sandbox, SandboxError, Spec};

/// Runs every case against the adapter that the expression makes, as tests of the calling module.
#[macro_export]
macro_rules! sandbox_conformance {
    ($make:expr) => {
        $crate::sandbox_conformance!(@cases $make; ends:
            the_exit_code_is_reported,
            a_signal_is_reported,
            killing_oneself_is_a_signal_and_no_limit,
            arguments_and_environment_arrive_exactly,
            a_missing_program_is_an_error,
            a_missing_mount_is_an_error,
            a_mount_is_seen_at_its_target_and_read_only,
            many_runs_at_once_are_apart,
        );
        $crate::sandbox_conformance!(@cases $make; streams:
            binary_input_comes_back_byte_for_byte,
            input_ends_when_the_sender_is_dropped,
            streams_are_apart,
            a_program_that_does_not_read_does_not_block_the_end,
            a_reader_that_went_away_does_not_stop_the_program,
            the_programs_own_streams_can_be_opened_by_name,
        );
        $crate::sandbox_conformance!(@cases $make; limits:
            a_busy_loop_uses_up_its_processor_time,
            processor_time_of_children_counts,
            sleeping_ends_at_the_wall_limit,
            output_is_cut_exactly_at_its_limit,
            output_of_just_the_limit_is_complete,
            a_memory_hog_is_a_memory_limit,
            shared_memory_counts_as_memory,
            memory_of_children_counts,
            memory_reserved_but_untouched_passes,
            more_processes_than_allowed_are_refused,
            a_fork_bomb_is_contained,
            files_are_bounded_in_bytes_and_number,
            a_deep_stack_is_as_large_as_allowed,
            a_dozen_threads_start,
        );
        $crate::sandbox_conformance!(@cases $make; files:
            files_are_put_in_place,
            named_files_come_out,
            a_folder_comes_out_whole,
            what_is_missing_is_left_out,
            links_are_not_followed,
            links_in_the_middle_are_not_followed,
            what_is_no_regular_file_is_refused,
            paths_out_of_the_box_are_refused,
            too_much_to_collect_gives_nothing,
            files_are_collected_after_everything_is_dead,
        );
        $crate::sandbox_conformance!(@cases $make; escape:
            the_hosts_files_cannot_be_read,
            the_hosts_processes_cannot_be_seen,
            the_base_system_cannot_be_changed,
            there_is_no_network,
            dangerous_system_calls_are_refused,
            there_are_no_privileges_and_none_to_get,
            other_architectures_calls_are_refused,
            newer_calls_do_not_exist,
            there_are_no_core_dumps,
            nothing_is_inherited,
            the_first_process_is_out_of_reach,
            devices_are_few,
        );
        $crate::sandbox_conformance!(@cases $make; leftovers:
            a_daemon_does_not_outlive_the_program,
            a_child_that_holds_the_output_open_does_not_hold_the_run_open,
            killing_ends_everything,
            dropping_ends_everything,
            nothing_passes_from_one_run_to_the_next,
        );
        $crate::sandbox_conformance!(@cases $make; live:
            a_program_answers_line_by_line,
            signals_reach_the_program,
            signals_reach_the_programs_children,
            a_signal_that_nobody_handles_ends_the_program,
            orphans_are_reaped_while_the_program_runs,
            a_terminal_is_one_and_pipes_are_none,
            a_terminal_echoes_and_edits_lines,
            ctrl_c_ends_a_program_in_a_terminal,
            the_end_of_input_is_typed_in_a_terminal,
            the_terminals_size_is_seen,
            a_terminal_loses_no_output,
            a_terminal_opens_no_way_out,
            an_idle_program_is_ended,
            input_that_nobody_reads_is_bounded,
            killing_does_not_wait_for_input,
        );
    };
    (@cases $make:expr; $group:ident: $($case:ident,)*) => {
        mod $group {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    $crate::conformance::$group::$case($make.await).await;
                }
            )*
        }
    };
}

/// How long a run may take before a case fails; far above every limit used here.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether the adapter promises `property`. Where it declares that it does not, a case expects the weaker behaviour, and
/// says so.
fn promises(sandbox: &Arc<dyn Sandbox>, property: &str) -> bool {
    let isolation = sandbox.isolation();
    let found = isolation.properties.iter().find(|each| each.name == property);
    let found = found.unwrap_or_else(|| panic!("{} says nothing about its {property}", isolation.name));
    if !found.in_force {
        eprintln!("{} declares: no {property} ({})", isolation.name, found.detail);
    }
    found.in_force
}

/// A run from start to end.
#[derive(Debug)]
struct Ran {
    report: Report,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Ran {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails with what the program said.
    fn expect_end(&self, end: End) {
        assert_eq!(
            self.report.end,
            end,
            "stdout: {:.2000}\nstderr: {:.2000}",
            self.out(),
            String::from_utf8_lossy(&self.stderr)
        );
    }
}

fn spec(argv: &[&str]) -> Spec {
    Spec {
        argv: argv.iter().map(|&part| part.to_owned()).collect(),
        env: vec![
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
            ("HOME".to_owned(), crate::BOX.to_owned()),
        ],
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits::default(),
        terminal: None,
        collect: Vec::new(),
        collect_bytes: 1 << 20,
    }
}

/// A script for `/bin/sh`, with the limits of the suite.
pub fn sh(script: &str) -> Spec {
    spec(&["/bin/sh", "-c", script])
}

fn python(script: &str) -> Spec {
    spec(&["/usr/bin/python3", "-c", script])
}

fn within(spec: Spec, change: impl FnOnce(&mut Limits)) -> Spec {
    let mut spec = spec;
    change(&mut spec.limits);
    spec
}

async fn start(sandbox: &Arc<dyn Sandbox>, spec: Spec) -> Process {
    sandbox.spawn(spec).await.expect("spawns")
}

/// With the given standard input.
async fn try_run(sandbox: &Arc<dyn Sandbox>, spec: Spec, stdin: &[Bytes]) -> Result<Ran, SandboxError> {
    let mut process = sandbox.spawn(spec).await?;
    let sender = process.stdin.take();
    let feed = async move {
        for piece in stdin {
            if let Some(sender) = &sender {
                // A program that ended reads no more.
                let _ = sender.send(piece.clone()).await;
            }
        }
    };
    let all = async {
        let ((), (stdout, stderr)) = tokio::join!(feed, drain(&mut process));
        let report = (&mut process.report).await.expect("the sandbox answers")?;
        Ok(Ran { report, stdout, stderr })
    };
    tokio::time::timeout(PATIENCE, all).await.expect("ends in time")
}

async fn drain(process: &mut Process) -> (Vec<u8>, Vec<u8>) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(piece) = process.output.recv().await {
        match piece.stream {
            Stream::Stdout => stdout.extend_from_slice(&piece.bytes),
            Stream::Stderr => stderr.extend_from_slice(&piece.bytes),
        }
    }
    (stdout, stderr)
}

async fn run(sandbox: &Arc<dyn Sandbox>, spec: Spec) -> Ran {
    try_run(sandbox, spec, &[]).await.expect("runs")
}

/// Waits until the program has written `text` to standard output.
async fn until_it_says(process: &mut Process, text: &str) {
    let mut said = String::new();
    let saying = async {
        while !said.contains(text) {
            let piece = process.output.recv().await.expect("still running");
            said.push_str(&String::from_utf8_lossy(&piece.bytes));
        }
    };
    tokio::time::timeout(PATIENCE, saying).await.expect("says so in time");
}

async fn report_of(process: &mut Process) -> Report {
    let report = tokio::time::timeout(PATIENCE, &mut process.report).await;
    report.expect("in time").expect("the sandbox answers").expect("runs")
}

/// An honest program, which must not notice what ran before it.
async fn all_is_well(sandbox: &Arc<dyn Sandbox>) {
    let ran = run(sandbox, sh("echo hello; find /box /tmp /dev/shm -mindepth 1")).await;
    ran.expect_end(End::Exited(0));
    assert_eq!(ran.out(), "hello\n");
}
