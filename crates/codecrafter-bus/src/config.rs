//! Where the bus is, by URL scheme.

use std::str::FromStr;

/// Which engine carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusConfig {
    /// `memory:`: within this process only.
    Memory,
}

impl FromStr for BusConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "memory:" => Ok(Self::Memory),
            _ => Err(format!("bus {text:?} is not known: use memory:")),
        }
    }
}
