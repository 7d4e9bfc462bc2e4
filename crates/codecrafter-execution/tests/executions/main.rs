//! Programs through the real path: submit, queue, worker, native sandbox, SQLite, bus.

mod admission;
mod cancel;
mod compile;
mod events;
mod fixture;
mod hostile;
mod isolation;
mod languages;
mod live;
mod local;
mod programs;
mod recovery;

codecrafter_jail::serve_as_launcher!();
