//! What every adapter watches in a run: its output, its idleness, its limits; and what verdict follows.

mod activity;
mod budget;
mod typing;
mod verdict;

pub(crate) use activity::Activity;
pub(crate) use budget::Budget;
pub(crate) use typing::Typing;
pub(crate) use verdict::{Account, Stop, judge, limit_reached, millis, shortest_wait};
