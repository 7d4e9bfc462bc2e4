//! Where the bus is, by URL scheme.

mod redis;

use std::fmt;
use std::str::FromStr;

pub use redis::{RedisConfig, RedisServers};

/// Which engine carries messages.
#[derive(Clone, PartialEq, Eq)]
pub enum BusConfig {
    /// `memory:`: within this process only.
    Memory,
    /// `redis:` and its relatives: a Redis server, or several that act as one.
    Redis(RedisConfig),
}

/// The URL without what is secret in it.
impl fmt::Display for BusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Redis(config) => config.fmt(f),
        }
    }
}

impl fmt::Debug for BusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BusConfig({self})")
    }
}

impl FromStr for BusConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        match text.split_once("://") {
            Some((scheme, rest)) if scheme.starts_with("redis") => Ok(Self::Redis(redis::parse(scheme, rest)?)),
            // Not the text itself: it may hold a password.
            _ => Err("the bus is not known: use memory: or redis://user:password@host".into()),
        }
    }
}
