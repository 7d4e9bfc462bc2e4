//! Bytes that wait to be written to a descriptor that takes only some at a time.

use std::io;
use std::os::fd::AsFd;

use rustix::io::Errno;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    bytes: Vec<u8>,
    /// What of them is written.
    done: usize,
}

/// Whether anybody reads at the other end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Listens,
    Gone,
}

impl Queue {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.done > 0 {
            self.bytes.drain(..self.done);
            self.done = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.done
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes as much as it takes now.
    pub(super) fn write_to(&mut self, to: impl AsFd) -> io::Result<Reader> {
        while !self.is_empty() {
            match rustix::io::write(&to, &self.bytes[self.done..]) {
                Ok(length) => self.done += length,
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE | Errno::CONNRESET | Errno::IO) => return Ok(Reader::Gone),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Reader::Listens)
    }
}
