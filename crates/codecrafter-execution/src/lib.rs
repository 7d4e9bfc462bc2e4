//! Running programs: languages as data, the compile-and-run pipeline, the worker, and the side that submits.
//!
//! `catalogue`, `submit` and `events` are for those who ask for runs; they never touch the sandbox.

mod bus_log;
pub mod catalogue;
pub mod events;
pub mod submit;

pub use catalogue::{Catalogue, LanguageInfo};
pub use submit::{Executions, SubmitError};
