//! Administration of the platform. Everything here takes a platform administrator, and what changes something is recorded
//! in the audit log. What people write in sessions that they keep private is not shown here.

pub(crate) mod audit;
pub(crate) mod dead_letters;
pub(crate) mod executions;
pub(crate) mod platform;
pub(crate) mod sessions;
pub(crate) mod users;
