//! Programs through the real path: submit, queue, worker, native sandbox, SQLite, bus.

mod admission;
mod cancel;
mod events;
mod fixture;
mod languages;
mod local;
mod programs;
mod recovery;

codecrafter_jail::serve_as_launcher!();
