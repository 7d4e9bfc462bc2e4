//! lib0's encoding: variable-length integers, byte strings. Reads are bounded by the input; nothing is allocated.

/// The input cannot be read; says what is wrong with it.
pub(crate) type Malformed = &'static str;

/// Largest integer that JavaScript represents exactly, and with it the largest client id.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Reads from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (&first, rest) = self.rest.split_first().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(first)
    }

    /// A variable-length integer of at most 53 bits.
    pub(crate) fn uint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return if value <= MAX_SAFE_INTEGER {
                    Ok(value)
                } else {
                    Err("an integer is too large")
                };
            }
        }
        Err("an integer is too long")
    }

    /// A variable-length integer that is at most `max`.
    pub(crate) fn uint_to(&mut self, max: u32) -> Result<u32, Malformed> {
        u32::try_from(self.uint()?)
            .ok()
            .filter(|value| *value <= max)
            .ok_or("an integer is too large")
    }

    /// A count of things that take at least `least` bytes each: refused when they cannot all be there.
    pub(crate) fn count(&mut self, least: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.uint()?).map_err(|_| "a count is too large")?;
        if count > self.left() / least {
            Err("a count exceeds the input")
        } else {
            Ok(count)
        }
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or("it ends too early")?;
        self.rest = rest;
        Ok(taken)
    }

    /// A byte string: its length, then its bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.count(1)?;
        self.take(len)
    }

    /// A byte string that must be UTF-8.
    pub(crate) fn string(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a string is not UTF-8")
    }
}

/// Appends a variable-length integer.
#[expect(clippy::cast_possible_truncation, reason = "the low seven bits are what is meant")]
pub(crate) fn write_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a byte string with its length.
pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_as_lib0_writes_them() {
        // Bytes from lib0 0.2.117's encoding.writeVarUint.
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[128, 1]),
            (4_294_967_295, &[255, 255, 255, 255, 15]),
            (MAX_SAFE_INTEGER, &[255, 255, 255, 255, 255, 255, 255, 15]),
        ] {
            let mut out = Vec::new();
            write_uint(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Reader::new(bytes).uint(), Ok(value));
        }
    }

    #[test]
    fn absurd_lengths_are_refused() {
        assert!(Reader::new(&[255; 16]).uint().is_err());
        assert!(Reader::new(&[255, 255, 255, 255, 255, 255, 255, 16]).uint().is_err());
        assert!(Reader::new(&[5, 1, 2, 3, 4]).bytes().is_err());
        assert!(Reader::new(&[255, 255, 255, 255, 15, 1]).count(1).is_err());
        assert!(Reader::new(&[2, 0xff, 0xfe]).string().is_err());
        assert!(Reader::new(&[]).byte().is_err());
    }

    proptest! {
        #[test]
        fn integers_survive(value in 0..=MAX_SAFE_INTEGER) {
            let mut out = Vec::new();
            write_uint(&mut out, value);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.uint(), Ok(value));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn strings_survive(text in ".*") {
            let mut out = Vec::new();
            write_bytes(&mut out, text.as_bytes());
            prop_assert_eq!(Reader::new(&out).string(), Ok(text.as_str()));
        }
    }
}
