//! What the host and a container's agent say to each other over the container's standard streams: frames of a kind (one
//! byte), a length (4 bytes, little-endian) and that many bytes.
//!
//! Neither side ever waits for the other's reading in the middle of a frame: program input and output have windows of
//! [`WINDOW`] bytes, which whoever receives opens again, and everything else is short or asked for.

use std::io;

use serde::{Deserialize, Serialize};

use crate::protocol::Template;

/// Changes with the meaning of anything in here; an image whose agent has another one is refused.
pub const VERSION: u32 = 1;

/// Longest frame; what is longer goes in several.
pub const FRAME_MAX: usize = 64 << 10;

/// Bytes of a program's input, and of its output, that are on their way at one moment.
pub const WINDOW: usize = 256 << 10;

/// A frame's kind and length.
pub const HEAD: usize = 5;

/// Host to agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Make the jail of this [`Template`] (JSON).
    Begin,
    /// The program and its files, for the jail's control socket; dropped once the jail has answered.
    Control,
    /// What is asked after that answer, for the same socket.
    Collect,
    /// Bytes for the program to read.
    Input,
    /// There is no more input.
    InputEnd,
    /// One signal's number.
    Signal,
    /// The terminal's size: columns and rows, 2 bytes each, little-endian.
    Resize,
    /// Answer with the accounts and these 4 bytes.
    Account,
    /// So many more bytes of output have been taken (4 bytes, little-endian).
    Taken,
    /// Kill all of the jail.
    Kill,
}

/// Agent to host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// First: [`Hello`] (JSON).
    Hello,
    /// The jail is ready: [`Accounts`] (JSON).
    Begun,
    /// The jail cannot be made, for this reason (text).
    Failed,
    /// Bytes from the jail's control socket; none at its end.
    Control,
    /// Bytes of standard output; none at its end.
    Stdout,
    /// Bytes of standard error; none at its end.
    Stderr,
    /// So many more bytes of input have been taken (4 bytes, little-endian); none if nobody reads any more.
    Taken,
    /// The 4 bytes of the question, then [`Accounts`] (JSON).
    Account,
    /// All of the jail is dead.
    Dead,
}

/// Kinds as bytes, in both directions.
const ASKS: [(u8, Ask); 10] = [
    (b'b', Ask::Begin),
    (b'c', Ask::Control),
    (b'g', Ask::Collect),
    (b'i', Ask::Input),
    (b'e', Ask::InputEnd),
    (b's', Ask::Signal),
    (b'r', Ask::Resize),
    (b'a', Ask::Account),
    (b't', Ask::Taken),
    (b'k', Ask::Kill),
];
const TELLS: [(u8, Tell); 9] = [
    (b'H', Tell::Hello),
    (b'B', Tell::Begun),
    (b'F', Tell::Failed),
    (b'C', Tell::Control),
    (b'O', Tell::Stdout),
    (b'E', Tell::Stderr),
    (b'T', Tell::Taken),
    (b'A', Tell::Account),
    (b'D', Tell::Dead),
];

/// A kind of frame.
pub trait Kind: Copy + Eq + Sized + 'static {
    /// All of them.
    const ALL: &'static [(u8, Self)];
}

impl Kind for Ask {
    const ALL: &'static [(u8, Self)] = &ASKS;
}

impl Kind for Tell {
    const ALL: &'static [(u8, Self)] = &TELLS;
}

/// The agent's first words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// Its [`VERSION`].
    pub version: u32,
    /// Whether this kernel has Landlock.
    pub landlock: bool,
    /// The accounts, or why they cannot be read.
    pub accounts: Result<Accounts, String>,
}

/// What the container's control group says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// Processor time of all its processes, in µs.
    pub cpu_us: u64,
    /// Its highest memory, in bytes, where the kernel keeps it.
    pub memory_peak: Option<u64>,
    /// Processes that the kernel killed because it had used up its memory.
    pub oom_kills: u64,
    /// How much memory it may use, in bytes.
    pub memory_max: u64,
    /// How many processes it may have.
    pub pids_max: u64,
    /// What its sockets may hold, in bytes, where that is no part of its memory (cgroup v1).
    pub sockets_max: Option<u64>,
}

/// What [`Ask::Begin`] carries.
pub type Begin = Template;

/// A frame's bytes; `content` has at most [`FRAME_MAX`].
pub fn frame<K: Kind>(kind: K, content: &[u8]) -> Vec<u8> {
    debug_assert!(content.len() <= FRAME_MAX, "callers cut");
    let byte = K::ALL
        .iter()
        .find(|(_, each)| *each == kind)
        .map_or(0, |(byte, _)| *byte);
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEAD + content.len());
    frame.push(byte);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(content);
    frame
}

/// `content` in as many frames as it needs.
pub fn frames<K: Kind>(kind: K, content: &[u8]) -> Vec<u8> {
    content.chunks(FRAME_MAX).flat_map(|piece| frame(kind, piece)).collect()
}

/// The number of [`Ask::Taken`] and [`Tell::Taken`].
pub fn number(content: &[u8]) -> Option<usize> {
    let bytes = content.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// Frames out of a stream of bytes.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where the next frame begins.
    start: usize,
}

impl Frames {
    /// Takes what has come.
    pub fn put(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame that is whole.
    ///
    /// # Errors
    /// An unknown kind, or a frame that is too long.
    pub fn take<K: Kind>(&mut self) -> io::Result<Option<(K, Vec<u8>)>> {
        let waiting = &self.bytes[self.start..];
        let Some((&[byte, ref length @ ..], rest)) = waiting.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        let kind = K::ALL.iter().find(|(each, _)| *each == byte).map(|(_, kind)| *kind);
        let Some(kind) = kind.filter(|_| length <= FRAME_MAX) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a frame"));
        };
        let Some(content) = rest.get(..length) else {
            return Ok(None);
        };
        let content = content.to_vec();
        self.start += HEAD + length;
        Ok(Some((kind, content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_however_they_are_cut() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        let sent = [frames(Ask::Input, &content), frame(Ask::InputEnd, &[])].concat();
        for cut in [1, 7, 65_536, sent.len()] {
            let (mut frames, mut back, mut ended) = (Frames::default(), Vec::new(), false);
            for piece in sent.chunks(cut) {
                frames.put(piece);
                while let Some((kind, content)) = frames.take::<Ask>().expect("frames") {
                    ended = kind == Ask::InputEnd;
                    back.extend(content);
                }
            }
            assert!(back == content && ended, "cut every {cut} bytes");
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for bytes in [&b"x\0\0\0\0"[..], b"i\xff\xff\xff\xff", b"O\0\0\0\0"] {
            let mut frames = Frames::default();
            frames.put(bytes);
            assert!(frames.take::<Ask>().is_err(), "{bytes:?}");
        }
    }
}
