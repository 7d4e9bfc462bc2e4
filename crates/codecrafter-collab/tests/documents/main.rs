//! Documents as their clients see them: a real store in a folder, an in-process bus, replicas as clients.
#![allow(unreachable_pub, reason = "a test binary has no public surface")]

mod client;
mod sync;
mod wire;
mod world;
