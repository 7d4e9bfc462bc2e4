//! The first process of a container (`docker:`); linked statically, so that it runs in every image.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(codecrafter_jail::ARGUMENT) {
        codecrafter_jail::main()
    } else {
        codecrafter_jail::agent::main()
    }
}
