//! Documents as their clients see them: a real store in a folder, an in-process bus, replicas as clients.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test has no public surface, and fails by panicking"
)]

mod access;
mod bounds;
mod client;
mod compaction;
mod convergence;
mod durability;
mod faulty;
mod history;
mod hocuspocus;
mod lifecycle;
mod nodes;
mod presence;
mod sync;
mod wire;
mod world;
