//! Programs through the real path: submit, queue, worker, native sandbox, SQLite, bus.

mod admission;
mod cached;
mod cancel;
mod compile;
mod events;
mod fixture;
mod hostile;
mod isolation;
mod languages;
mod local;
mod prepared;
mod programs;
mod recovery;

codecrafter_jail::serve_as_launcher!();
