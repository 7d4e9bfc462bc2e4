//! Programs through the real path: submit, queue, worker, native sandbox, SQLite, bus.

mod admission;
mod away;
mod cached;
mod cancel;
mod choices;
mod compile;
mod early;
mod events;
mod fixture;
mod idle;
mod isolation;
mod judging;
mod languages;
mod life;
mod live;
mod local;
mod prepared;
mod programs;
mod recovery;
mod submission;

codecrafter_jail::serve_as_launcher!();
