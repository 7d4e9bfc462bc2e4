//! Edits, and what an update that arrives holds of them. Yjs' v1 encoding.

use anyhow::{Result, bail};

use crate::lib0::{Reader, put_bytes, put_uint};

const STRING: u8 = 4;
const LEFT: u8 = 0x80;
const RIGHT: u8 = 0x40;
const PARENT_SUB: u8 = 0x20;
/// The root text that all write in.
const ROOT: &[u8] = b"bench";

/// Somebody who types one character after the other at a place of their own.
pub struct Typist {
    pub client: u64,
    clock: u64,
}

impl Typist {
    pub fn new(client: u64) -> Self {
        Self { client, clock: 0 }
    }

    /// The update of the next character.
    pub fn next(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24);
        put_uint(&mut out, 1);
        put_uint(&mut out, 1);
        put_uint(&mut out, self.client);
        put_uint(&mut out, self.clock);
        item(&mut out, self.client, self.clock.checked_sub(1), None);
        out.push(0);
        self.clock += 1;
        out
    }
}

fn item(out: &mut Vec<u8>, client: u64, left: Option<u64>, right: Option<u64>) {
    let flags = if left.is_some() { LEFT } else { 0 } | if right.is_some() { RIGHT } else { 0 };
    out.push(STRING | flags);
    for clock in [left, right].into_iter().flatten() {
        put_uint(out, client);
        put_uint(out, clock);
    }
    if flags == 0 {
        put_uint(out, 1);
        put_bytes(out, ROOT);
    }
    put_bytes(out, b"a");
}

/// Updates of `per_update` characters each, every one put in at some other place: nothing can be joined.
pub struct Scatter {
    client: u64,
    /// The neighbour to the right of each character.
    right: Vec<Option<u64>>,
    random: u64,
}

impl Scatter {
    pub fn new(client: u64) -> Self {
        Self {
            client,
            right: Vec::new(),
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }

    pub fn next(&mut self, per_update: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 * per_update as usize);
        put_uint(&mut out, 1);
        put_uint(&mut out, per_update);
        put_uint(&mut out, self.client);
        put_uint(&mut out, self.right.len() as u64);
        for _ in 0..per_update {
            let clock = self.right.len() as u64;
            if clock == 0 {
                item(&mut out, self.client, None, None);
                self.right.push(None);
                continue;
            }
            let left = self.random() % clock;
            let right = self.right[left as usize];
            item(&mut out, self.client, Some(left), right);
            self.right.push(right);
            self.right[left as usize] = Some(clock);
        }
        out.push(0);
        out
    }

    /// Xorshift: which places does not matter, only that they are the same each time.
    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

/// Calls `found` with each client's range of clocks in an update of characters.
pub fn ranges(update: &[u8], mut found: impl FnMut(u64, u64, u64)) -> Result<()> {
    let mut reader = Reader(update);
    for _ in 0..reader.uint()? {
        let structs = reader.uint()?;
        let client = reader.uint()?;
        let start = reader.uint()?;
        let mut end = start;
        for _ in 0..structs {
            end += length(&mut reader)?;
        }
        found(client, start, end);
    }
    Ok(())
}

fn length(reader: &mut Reader<'_>) -> Result<u64> {
    let info = reader.byte()?;
    if info & 0x1f != STRING {
        bail!("an update holds what nobody wrote: {info}");
    }
    for flag in [LEFT, RIGHT] {
        if info & flag != 0 {
            reader.uint()?;
            reader.uint()?;
        }
    }
    if info & (LEFT | RIGHT) == 0 {
        if reader.uint()? == 1 {
            reader.bytes()?;
        } else {
            reader.uint()?;
            reader.uint()?;
        }
        if info & PARENT_SUB != 0 {
            reader.bytes()?;
        }
    }
    Ok(reader.bytes()?.len() as u64)
}
