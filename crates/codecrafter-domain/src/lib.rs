//! The words and rules of CodeCrafter: ids, users, sessions, roles, executions, limits, events.
//!
//! No I/O and no async: everything here can be tested with plain values. Every other crate
//! depends on this one, and this one on none of them.

pub mod account;
pub mod admin;
pub mod api_key;
pub mod audit;
pub mod chat;
pub mod event;
pub mod execution;
pub mod id;
pub mod identity;
pub mod limits;
pub mod live;
pub mod object;
pub mod path;
pub mod permission;
pub mod second_factor;
pub mod session;
pub mod snapshot;
pub mod text;
pub mod time;
pub mod topic;
pub mod user;
pub mod validate;
