//! Running programs: languages as data, the compile-and-run pipeline, the worker, and the side that submits.
//!
//! `catalogue`, `submit` and `events` are for those who ask for runs; they never touch the sandbox.

mod artefacts;
mod bus_log;
pub mod catalogue;
mod depth;
pub mod events;
mod idle;
pub mod language;
mod languages;
mod local;
pub mod pipeline;
mod program;
mod submission;
pub mod submit;
mod worker;

pub use catalogue::{Catalogue, LanguageInfo};
pub use idle::IdleSlots;
pub use language::{Language, Missing, SearchPath, definition::Definition};
pub use languages::Languages;
pub use local::{LocalError, run_local};
pub use submission::{IdempotencyKey, Submission};
pub use submit::{Executions, QUEUE_DEPTH, SubmitError};
pub use worker::{Peers, Worker, WorkerConfig, WorkerParts};
