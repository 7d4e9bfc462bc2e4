//! The inside of the native sandbox: a launcher, the first process of each jail and the steps before the program starts.
//!
//! Small, synchronous and single-threaded, because it forks; the only crate with `unsafe`. The host starts one launcher
//! per set of mounts (the same executable with the hidden argument [`ARGUMENT`]) and speaks [`protocol`] with it and
//! with each jail:
//!
//! 1. The launcher, in a user namespace of its own if it is not root's, builds the root of all its jails once ([`template`]), keeps nothing else of the host in view, and
//!    forks a jail into new namespaces for each request ([`launcher`]).
//! 2. The first process of the jail ([`init`]) joins the cgroup, mounts `/proc` and the writable folders, enters a new
//!    user namespace and forks the runner. It alone can end the jail and reads files out of it.
//! 3. The runner ([`runner`]) gives everything up (capabilities, Landlock, seccomp), says that the jail is ready, waits
//!    for the program's description, puts the files in place and becomes the program. Where the template says so it
//!    becomes the program at once, and a [`porter`] brings that its file later.
//!
//! In a container an [`agent`] takes the host's place at the launcher's other end ([`order`]), and speaks [`wire`] with the
//! host.

pub mod agent;
mod channel;
mod collect;
mod confine;
mod error;
mod etc;
mod init;
mod launcher;
pub mod order;
mod porter;
pub mod protocol;
mod runner;
mod seccomp;
mod sys;
mod template;
mod terminal;
mod user;
pub mod wire;

use std::process::ExitCode;

pub use channel::{recv_with_fds, send_with_fds};

/// First argument that makes an executable call [`main`].
pub const ARGUMENT: &str = "__jail";

/// The launcher's whole life; its control socket is standard input. Call it before any thread is started.
pub fn main() -> ExitCode {
    match launcher::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("codecrafter {ARGUMENT}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether this kernel has Landlock, and so every program is confined by it.
pub fn landlock_available() -> bool {
    confine::landlock_available()
}

/// Makes a test executable or an example its own launcher: put it at the root of the crate.
///
/// With [`ARGUMENT`] as first argument the launcher runs before `main`, so the standard test harness never starts.
#[macro_export]
macro_rules! serve_as_launcher {
    () => {
        #[used]
        #[expect(unsafe_code, reason = "the only way to run before the test harness's main")]
        // SAFETY: the loader calls each entry of .init_array once, with the C calling convention.
        #[unsafe(link_section = ".init_array")]
        static SERVE_AS_LAUNCHER: extern "C" fn() = {
            extern "C" fn serve() {
                if std::env::args().nth(1).as_deref() == Some($crate::ARGUMENT) {
                    let code = $crate::main();
                    std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
                }
            }
            serve
        };
    };
}
