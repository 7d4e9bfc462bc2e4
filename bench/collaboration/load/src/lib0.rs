//! lib0's encoding, as far as updates and protocol messages need it.

use anyhow::{Context, Result, ensure};

/// Appends an unsigned integer, seven bits a byte.
pub fn put_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends bytes with their length in front.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads from the front of a slice.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.0.split_first().context("cut off")?;
        self.0 = rest;
        Ok(*first)
    }

    pub fn uint(&mut self) -> Result<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            ensure!(shift < 64, "an integer is too long");
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.uint()? as usize;
        ensure!(len <= self.0.len(), "cut off");
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(taken)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
