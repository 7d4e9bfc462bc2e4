//! Running programs: languages as data, the compile-and-run pipeline, the worker, and the side that submits.
//!
//! `catalogue`, `submit` and `events` are for those who ask for runs; they never touch the sandbox.

mod bus_log;
pub mod catalogue;
pub mod events;
pub mod language;
mod languages;
pub mod pipeline;
mod program;
pub mod submit;

pub use catalogue::{Catalogue, LanguageInfo};
pub use language::{Language, Missing, SearchPath, definition::Definition};
pub use languages::Languages;
pub use submit::{Executions, SubmitError};
